#!/bin/sh
# Makes "Genre Tagger.app" and a disk image of it, on macOS 13 or newer. UNTESTED: written from the documentation.
#
#     sh packaging/macos/bundle.sh
#
# Needs Python 3.11 to 3.13 from python.org or Homebrew. The app is signed for this computer only; to give it to others
# sign it with a Developer ID (codesign --sign "Developer ID Application: …" --options runtime) and have it notarised.

set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
root=$(dirname -- "$(dirname -- "$here")")
venv=$root/build/bundle-venv

[ -x "$venv/bin/python" ] || "${PYTHON:-python3}" -m venv "$venv"
"$venv/bin/python" - "$root/pyproject.toml" >"$venv/wanted.txt" <<'END'
import sys, tomllib

with open(sys.argv[1], "rb") as file:
    project = tomllib.load(file)
print("\n".join([*project["project"]["dependencies"], *project["dependency-groups"]["bundle"]]))
END
"$venv/bin/python" -m pip install -q -r "$venv/wanted.txt"
"$venv/bin/pyinstaller" --noconfirm --distpath "$root/dist" --workpath "$root/build/pyinstaller" \
    "$root/packaging/genre-tagger.spec"
"$venv/bin/python" "$root/packaging/bundle_finish.py" "$root/dist/genre-tagger"

app="$root/dist/Genre Tagger.app"
codesign --force --deep --sign - "$app"
codesign --verify --deep --strict "$app"

version=$("$venv/bin/python" -c 'import sys; sys.path.insert(0, sys.argv[1]); import genre_tagger; print(genre_tagger.__version__)' "$root")
image=$root/dist/genre-tagger-$version-macos-$(uname -m).dmg
stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT
cp -R "$app" "$root/dist/genre-tagger/licences" "$root/dist/genre-tagger/LICENSE" "$root/dist/genre-tagger/NOTICE" "$stage/"
ln -s /Applications "$stage/Applications"
rm -f "$image"
hdiutil create -volname "Genre Tagger" -srcfolder "$stage" -format ULMO "$image"
echo "$image"
