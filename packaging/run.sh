#!/bin/sh
# Starts Genre Tagger from a checkout; the first start installs what it needs into .venv.
#
#     sh packaging/run.sh [FOLDER…]     open the program, with these folders in its library
#     sh packaging/run.sh --demo        open it on a temporary copy of the demo library
#
# Without a display it walks the line on the command line instead and changes no file.

set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
root=$(dirname -- "$here")
python=$root/.venv/bin/python

case ${1:-} in
    -h | --help)
        sed -n '2,7s/^# \{0,1\}//p' "$0"
        exit 0
        ;;
esac

sh "$here/setup.sh" run

temporary=
trap '[ -z "$temporary" ] || rm -rf "$temporary"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

make_temporary() {
    [ -n "$temporary" ] || temporary=$(mktemp -d "${TMPDIR:-/tmp}/genre-tagger.XXXXXX")
}

copy_demo() {
    make_temporary
    cp -R "$root/resources/demo" "$temporary/Demo library"
}

# -P: a folder that happens to hold an app.py is not where the program comes from.
program() { "$python" -P -m app "$@"; }

# One step on the command line. Status 1 says that some files failed, and the walk goes on; anything above ends it.
walk() {
    printf '\n$ genre-tagger-cli %s\n' "$*"
    code=0
    "$python" -P -m genre_tagger.cli "$@" --library "$temporary/library.sqlite3" || code=$?
    [ "$code" -le 1 ] || exit "$code"
    [ "$code" = 0 ] || status=1
}

if [ "$(uname -s)" = Linux ] && [ -z "${DISPLAY:-}" ] && [ -z "${WAYLAND_DISPLAY:-}" ] && [ -z "${QT_QPA_PLATFORM:-}" ]; then
    echo "There is no display, so here is the line on the command line; no file is changed."
    make_temporary
    expected=0
    if [ "${1:-}" = --demo ] || [ $# = 0 ]; then
        copy_demo
        set -- "$temporary/Demo library"
        expected=1 # one file of the demo library is broken on purpose
    fi
    status=0
    walk scan "$@"
    walk classify
    walk show
    walk write --dry-run
    [ "$status" -gt "$expected" ] || status=0
    exit "$status"
fi

if [ "${1:-}" = --demo ]; then
    shift
    copy_demo
    XDG_CONFIG_HOME=$temporary/config XDG_STATE_HOME=$temporary/state XDG_DATA_HOME=$temporary/data
    XDG_CACHE_HOME=$temporary/cache
    export XDG_CONFIG_HOME XDG_STATE_HOME XDG_DATA_HOME XDG_CACHE_HOME
    set -- --library "$temporary/library.sqlite3" "$temporary/Demo library" "$@"
fi
program "$@"
