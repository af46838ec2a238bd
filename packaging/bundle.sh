#!/bin/sh
# Makes the bundle: a folder with the program and all it needs, and from it a .tar.xz and a .deb (docs/packaging.md).
#
#     sh packaging/bundle.sh [--output FOLDER] [--work FOLDER] [--no-archives] [--write-sizes]
#
# FOLDER is dist/ and build/ by default. The environment it builds in is its own (build/bundle-venv). --write-sizes puts
# the measured sizes into docs/packaging.md. PYTHON names another Python 3.11 to 3.13 than the first one found, and
# XZ_LEVEL how hard the archives are pressed (6).

set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
root=$(dirname -- "$here")
output=$root/dist
work=$root/build
archives=yes
write=

say() { printf '%s\n' "$@" >&2; }
stop() { say "bundle.sh: $1"; exit 1; }
step() { say "== $*"; }

while [ $# -gt 0 ]; do
    case $1 in
        -h | --help) sed -n '2,8s/^# \{0,1\}//p' "$0"; exit 0 ;;
        --output | --work)
            [ $# -gt 1 ] || stop "$1 needs a folder after it."
            mkdir -p "$2"
            folder=$(CDPATH='' cd -- "$2" && pwd)
            if [ "$1" = --output ]; then output=$folder; else work=$folder; fi
            shift ;;
        --no-archives) archives= ;;
        --write-sizes) write=yes ;;
        *) stop "$1 is not understood; --help says what is." ;;
    esac
    shift
done

[ "$(uname -s)" = Linux ] || stop "This is for Linux; docs/packaging.md has what to do elsewhere."
for tool in objdump strip xz tar; do
    command -v "$tool" >/dev/null 2>&1 || stop "$tool is missing (Debian: apt install binutils xz-utils)."
done

# PyInstaller takes Python's shared library along, so there has to be one.
fits() {
    "$1" -c 'import sys, sysconfig, venv, ensurepip
sys.exit(not ((3, 11) <= sys.version_info[:2] < (3, 14) and sysconfig.get_config_var("Py_ENABLE_SHARED")))' \
        >/dev/null 2>&1
}
python=
for name in ${PYTHON:-python3.11 python3.12 python3.13 python3}; do
    if fits "$name"; then python=$name; break; fi
done
[ -n "$python" ] || stop "It needs Python 3.11, 3.12 or 3.13 with venv and a shared library (Debian: apt install python3-venv libpython3.11); PYTHON can name it."

venv=$work/bundle-venv
in_it=$venv/bin/python
# What the program imports, and the tool.
wanted=$("$python" - "$root/pyproject.toml" <<'END'
import sys, tomllib

with open(sys.argv[1], "rb") as file:
    project = tomllib.load(file)
print("\n".join([*project["project"]["dependencies"], *project["dependency-groups"]["bundle"]]))
END
)
stamp=$({ "$python" -V; printf '%s\n' "$wanted"; } | cksum)
if [ "$(cat "$venv/bundle.stamp" 2>/dev/null)" != "$stamp" ]; then
    step "environment $venv ($("$python" -V))"
    rm -rf "$venv"
    "$python" -m venv "$venv"
    printf '%s\n' "$wanted" >"$venv/wanted.txt"
    "$in_it" -m pip install -q --disable-pip-version-check -r "$venv/wanted.txt" >&2
    printf '%s\n' "$stamp" >"$venv/bundle.stamp"
fi

version=$("$in_it" -c 'import sys; sys.path.insert(0, sys.argv[1]); import genre_tagger; print(genre_tagger.__version__)' "$root")
# The same sources give the same times in the archives.
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git -C "$root" log -1 --format=%ct 2>/dev/null || date +%s)}
PYTHONHASHSEED=0
export SOURCE_DATE_EPOCH PYTHONHASHSEED

step "genre-tagger $version by PyInstaller; the full log is $work/bundle.log"
folder=$output/genre-tagger
rm -rf "$folder"
(cd "$work" && "$venv/bin/pyinstaller" --noconfirm --distpath "$output" --workpath "$work/pyinstaller" \
    "$here/genre-tagger.spec" >"$work/bundle.log" 2>&1) || { tail -n 30 "$work/bundle.log" >&2; stop "PyInstaller failed."; }
# A module of our own that something imports and nobody has: an unfinished change.
if grep -E "missing module named '?(app|genre_tagger)\b" "$work/pyinstaller/genre-tagger/warn-genre-tagger.txt" >&2; then
    stop "a module of the program is missing."
fi

step "finishing and checking"
"$in_it" "$here/bundle_finish.py" "$folder"
"$in_it" "$here/bundle_check.py" "$folder"
for program in genre-tagger genre-tagger-cli; do
    said=$("$folder/$program" --version 2>&1) || { say "$said"; stop "$program does not start."; }
done
[ -n "$archives" ] || exit 0

portable=$output/genre-tagger-$version-linux-$(uname -m).tar.xz
step "$portable"
tar -C "$output" --sort=name --owner=0 --group=0 --numeric-owner --mtime="@$SOURCE_DATE_EPOCH" -cf - genre-tagger |
    xz "-${XZ_LEVEL:-6}" -T2 >"$portable.new"
mv -f "$portable.new" "$portable"
set -- --archive "$portable"

if command -v dpkg-deb >/dev/null 2>&1; then
    step "the Debian package"
    package=$(sh "$here/deb/make.sh" "$folder" "$output" "$in_it" "$version")
    set -- "$@" --archive "$package"
else
    say "There is no dpkg-deb here, so there is no Debian package."
fi

step "sizes"
[ -z "$write" ] || set -- "$@" --write "$root/docs/packaging.md"
"$in_it" "$here/bundle_check.py" "$folder" "$@"
