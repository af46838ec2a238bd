#!/bin/sh
# The shared part of run.sh and test.sh: makes or mends the environment in .venv and sees to the system's libraries.
#
#     sh packaging/setup.sh run     what the program needs
#     sh packaging/setup.sh test    that, and what the tests need
#
# A stamp of pyproject.toml and the Python version makes every later start immediate. What was interrupted is
# finished by the next run. Packages come from where your own pip or uv configuration says.

set -eu

kind=${1:-run}
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
venv=$root/.venv
python=$venv/bin/python

# What Qt's window, sound and SVG modules and their X11 and Wayland plugins link to, as Debian and Ubuntu name it.
libraries='libegl1 libgl1 libopengl0 libdbus-1-3 libfontconfig1 libfreetype6 libglib2.0-0 libgssapi-krb5-2 libpulse0
libdrm2 libx11-6 libx11-xcb1 libxext6 libxrandr2 libxkbcommon0 libxkbcommon-x11-0 libxcb1 libxcb-cursor0 libxcb-glx0
libxcb-icccm4 libxcb-image0 libxcb-keysyms1 libxcb-randr0 libxcb-render0 libxcb-render-util0 libxcb-shape0 libxcb-shm0
libxcb-sync1 libxcb-util1 libxcb-xfixes0 libxcb-xkb1 libwayland-client0 libwayland-cursor0 libwayland-egl1'

say() { printf '%s\n' "$@" >&2; }
stop() { say "$@"; exit 1; }

# --- packages of the system --------------------------------------------------------------------------------

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi
}

may_install() {
    command -v apt-get >/dev/null 2>&1 || return 1
    [ "$(id -u)" = 0 ] && return 0
    command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null
}

# Waits while somebody else installs: a fresh machine often does by itself.
apt() {
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=300 "$@" >&2
}

system_install() {
    apt install -y --no-install-recommends "$@" 2>/dev/null && return 0
    apt update && apt install -y --no-install-recommends "$@"
}

# --- Python -----------------------------------------------------------------------------------------------

fits() {
    "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' >/dev/null 2>&1
}

makes_environments() { "$1" -c 'import venv, ensurepip' >/dev/null 2>&1; }

# The first Python of a fitting version, preferably one that can make environments by itself.
find_python() {
    found=
    for name in python3.13 python3.12 python3.11 python3 python; do
        command -v "$name" >/dev/null 2>&1 && fits "$name" || continue
        if makes_environments "$name"; then command -v "$name"; return; fi
        [ -n "$found" ] || found=$(command -v "$name")
    done
    printf '%s\n' "$found"
}

# uv does not read pip's configuration: who has set pip up, for a mirror say, is served by pip.
prefers_uv() {
    command -v uv >/dev/null 2>&1 || return 1
    [ -z "${PIP_INDEX_URL:-}${PIP_EXTRA_INDEX_URL:-}${PIP_FIND_LINKS:-}${PIP_NO_INDEX:-}${PIP_CONFIG_FILE:-}" ] || return 1
    for file in /etc/pip.conf "${XDG_CONFIG_HOME:-$HOME/.config}/pip/pip.conf" "$HOME/.pip/pip.conf"; do
        [ ! -e "$file" ] || return 1
    done
}

make_environment() {
    base=$(find_python)
    if [ -z "$base" ] && ! command -v uv >/dev/null 2>&1; then
        stop "Genre Tagger needs Python 3.11, 3.12 or 3.13, and none was found. Install it, then run this again."
    fi
    rm -rf "$venv"
    if prefers_uv || [ -z "$base" ]; then
        uv venv --quiet --seed --python "${base:-3.12}" "$venv" && return 0
    fi
    if [ -n "$base" ] && ! makes_environments "$base"; then
        if command -v uv >/dev/null 2>&1 && uv venv --quiet --seed --python "$base" "$venv"; then return 0; fi
        package=$("$base" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')
        if ! may_install || ! system_install "$package"; then
            stop "Python's venv module is missing. Install it, then run this again:" "    sudo apt-get install $package"
        fi
    fi
    "$base" -m venv "$venv" || stop "The environment $venv could not be made; see above."
}

environment_works() {
    [ -x "$python" ] && fits "$python" && "$python" -m pip --version >/dev/null 2>&1
}

install_packages() {
    say "Installing what Genre Tagger needs into .venv. This happens once and takes some minutes."
    quiet=-q
    [ ! -t 2 ] || quiet=
    cd "$root"
    if prefers_uv; then
        group=
        [ "$kind" = run ] || group='--group dev'
        # shellcheck disable=SC2086
        uv pip install $quiet --python "$python" -e . $group && return 0
        say "uv did not manage; trying pip."
    fi
    export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore PIP_REQUIRE_VIRTUALENV=0
    if [ "$kind" = run ]; then
        # shellcheck disable=SC2086
        "$python" -m pip install $quiet -e . >&2 && return 0
    else
        # Dependency groups are understood since pip 25.1.
        # shellcheck disable=SC2086
        "$python" -m pip install $quiet --upgrade 'pip>=25.1' >&2 &&
            "$python" -m pip install $quiet -e . --group dev >&2 && return 0
    fi
    stop "Not everything could be installed; see above. Run this again to go on from here."
}

# --- the libraries of Qt -----------------------------------------------------------------------------------

missing_libraries() {
    command -v ldd >/dev/null 2>&1 || return 0
    qt=$("$python" -c 'import importlib.util as u; print(u.find_spec("PySide6").submodule_search_locations[0])')
    for file in "$qt"/QtWidgets.*.so "$qt"/QtSvg.*.so "$qt"/QtMultimedia.*.so "$qt"/QtDBus.*.so "$qt"/QtNetwork.*.so \
        "$qt"/Qt/plugins/platforms/libqxcb.so "$qt"/Qt/plugins/platforms/libqwayland*.so \
        "$qt"/Qt/plugins/platforms/libqoffscreen.so "$qt"/Qt/plugins/multimedia/*.so; do
        [ ! -e "$file" ] || ldd "$file" 2>/dev/null
    done | sed -n 's/^[[:space:]]*\([^ ]*\) => not found$/\1/p' | sort -u | tr '\n' ' '
}

install_libraries() {
    [ "$(uname -s)" = Linux ] || return 0
    missing=$(missing_libraries)
    [ -n "$missing" ] || return 0
    say "Qt needs libraries that this system does not have yet: $missing"
    # shellcheck disable=SC2086
    if may_install && system_install $libraries && missing=$(missing_libraries) && [ -z "$missing" ]; then
        return 0
    fi
    command -v apt-get >/dev/null 2>&1 ||
        stop "Install them with your system's package manager, then run this again."
    say "Still missing: $missing" "Install them, then run this again:"
    # shellcheck disable=SC2086
    stop "    sudo apt-get install --no-install-recommends $(echo $libraries)"
}

# --- what some tests ask or drive -------------------------------------------------------------------------------

# Each command or file, and the package that has it as Debian and Ubuntu name it. Tests skip what is not there.
tools='Xvfb:xvfb openbox:openbox xdotool:xdotool xprop:x11-utils gio:libglib2.0-bin dbus-daemon:dbus dbus-send:dbus
playerctl:playerctl desktop-file-validate:desktop-file-utils appstreamcli:appstream man:man-db objdump:binutils
/usr/share/mime/packages/freedesktop.org.xml:shared-mime-info'

missing_tools() {
    for tool in $tools; do
        case $tool in
        /*) [ -e "${tool%%:*}" ] ;;
        *) command -v "${tool%%:*}" >/dev/null 2>&1 ;;
        esac || printf '%s\n' "${tool#*:}"
    done | sort -u | tr '\n' ' '
}

# Nothing stops here: without them most is tested, and the end of the tests says what was not.
install_tools() {
    [ "$(uname -s)" = Linux ] || return 0
    missing=$(missing_tools)
    [ -n "$missing" ] || return 0
    if may_install; then
        say "Installing what some tests ask or drive: $missing"
        # shellcheck disable=SC2086
        system_install $missing || for package in $missing; do system_install "$package" || :; done
        missing=$(missing_tools)
        [ -n "$missing" ] || return 0
    fi
    say "Some tests will be skipped, because packages are missing (their names on Debian and Ubuntu):" "    $missing"
}

# --- the stamp ---------------------------------------------------------------------------------------------

fingerprint() {
    cat "$root/pyproject.toml" "$root/packaging/setup.sh" "$venv/pyvenv.cfg" | cksum
    # An editable installation points to where the project lay.
    printf '%s\n' "$root"
}

current() {
    [ -x "$python" ] || return 1
    stamp=$(fingerprint)
    for finished in "$1" test; do
        if [ "$(cat "$venv/genre-tagger-$finished.stamp" 2>/dev/null)" = "$stamp" ]; then return 0; fi
    done
    return 1
}

case $kind in run | test) ;; *) stop "usage: sh packaging/setup.sh run|test" ;; esac
current "$kind" && exit 0
# Two impatient starts must not install into one another.
if command -v flock >/dev/null 2>&1; then
    exec 9<"$root"
    flock 9
    ! current "$kind" || exit 0
fi
rm -f "$venv"/genre-tagger-*.stamp
environment_works || make_environment
install_packages
install_libraries
[ "$kind" = run ] || install_tools
fingerprint >"$venv/genre-tagger-$kind.stamp"
