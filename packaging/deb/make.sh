#!/bin/sh
# Makes the Debian package from a bundle and says its path. Run by bundle.sh:
#
#     sh packaging/deb/make.sh BUNDLE OUTPUT PYTHON VERSION

set -eu
umask 022

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
packaging=$(dirname -- "$here")
bundle=$1 output=$2 python=$3 version=$4
architecture=$(dpkg --print-architecture)
package=$output/genre-tagger_${version}_$architecture.deb
stage=$(mktemp -d "${TMPDIR:-/tmp}/genre-tagger-deb.XXXXXX")
trap 'rm -rf "$stage"' EXIT
trap 'exit 130' INT TERM
chmod 755 "$stage"

lib=$stage/usr/lib/genre-tagger
doc=$stage/usr/share/doc/genre-tagger
mkdir -p "$lib" "$doc" "$stage/usr/bin" "$stage/usr/share/lintian/overrides" "$stage/DEBIAN"

cp -a "$bundle/genre-tagger" "$bundle/genre-tagger-cli" "$bundle/_internal" "$lib/"
for name in genre-tagger genre-tagger-cli; do ln -s "../lib/genre-tagger/$name" "$stage/usr/bin/$name"; done
sh "$packaging/desktop/install.sh" --prefix "$stage/usr" --program genre-tagger --no-refresh >/dev/null
gzip -9n "$stage"/usr/share/man/man1/*.1

cp "$here/copyright" "$doc/copyright"
cp -R "$bundle/licences" "$bundle/versions.txt" "$bundle/NOTICE" "$doc/"
gzip -9nc "$bundle/CHANGELOG.md" >"$doc/CHANGELOG.md.gz"
LC_ALL=C gzip -9n >"$doc/changelog.gz" <<END
genre-tagger ($version) unstable; urgency=medium

  * What is new stands in CHANGELOG.md.gz beside this file.

 -- The Genre Tagger founders <founders@genre-tagger.invalid>  $(LC_ALL=C date -R -u -d "@${SOURCE_DATE_EPOCH:-$(date +%s)}")
END
cp "$here/lintian-overrides" "$stage/usr/share/lintian/overrides/genre-tagger"

find "$stage" -type d -exec chmod 755 {} +
find "$stage" -type f -exec chmod 644 {} +
chmod 755 "$lib/genre-tagger" "$lib/genre-tagger-cli"

sed -e "s/@VERSION@/$version/" -e "s/@ARCHITECTURE@/$architecture/" \
    -e "s/@SIZE@/$(du -sk --apparent-size "$stage/usr" | cut -f1)/" \
    -e "s/@DEPENDS@/$("$python" "$packaging/bundle_check.py" --depends "$bundle")/" "$here/control" >"$stage/DEBIAN/control"
(cd "$stage" && find usr -type f -print0 | sort -z | xargs -0 md5sum) >"$stage/DEBIAN/md5sums"
chmod 644 "$stage"/DEBIAN/*

find "$stage" -exec touch -h -d "@${SOURCE_DATE_EPOCH:-$(date +%s)}" {} +
# Two threads of xz at its usual strength: 200 MB of memory.
dpkg-deb --root-owner-group -Zxz "-z${XZ_LEVEL:-6}" --threads-max=2 --build "$stage" "$package" >&2
printf '%s\n' "$package"
