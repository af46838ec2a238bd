#!/bin/sh
# Everything a change has to pass, in a window that nobody sees; words after the command go to pytest:
#
#     sh packaging/test.sh
#     sh packaging/test.sh tests/core -k undo

set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
root=$(dirname -- "$here")

sh "$here/setup.sh" test

cd "$root"
PATH=$root/.venv/bin:$PATH
export PATH QT_QPA_PLATFORM="${QT_QPA_PLATFORM:-offscreen}"
if [ -z "${GENRE_TAGGER_DATA:-}" ] && [ -d "$root/../shared/data" ]; then
    GENRE_TAGGER_DATA=$(CDPATH='' cd -- "$root/../shared/data" && pwd)
    export GENRE_TAGGER_DATA
fi

must() {
    echo "== $*"
    "$@" && return 0
    code=$?
    echo "test.sh: stopped at: $*" >&2
    exit "$code"
}

must ruff check
must mypy
must lint-imports
# Nothing may be printed after this: whoever reads the result looks at pytest's closing line.
echo "== pytest"
# A worker that crashes is not replaced: pytest-xdist would wait for ever for the work of the one before it.
exec python -m pytest -q -n 2 --dist loadfile --max-worker-restart=0 "$@"
