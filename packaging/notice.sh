#!/bin/sh
# Prints NOTICE, the licences of what is inside a package: notice.sh deb|static
#
# The .deb holds libh2o (with the small libraries inside of it) and links the rest from Debian; the
# static binary holds everything. Texts come from Debian's copyright files on the building machine.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
h2o=$here/../build/h2o

echo "Sleuth $(cat "$here/VERSION"), licensed under the Apache License 2.0 (see LICENSE)."
echo
echo "This package contains the following software, under the licences below."
echo
echo "=== h2o 2.2.5+dfsg2-7 (libh2o-evloop, with picohttpparser, khash, cloexec, golombset), patched:"
sed 's/^/    /' "$h2o/../h2o/tree/debian/copyright" | sed '/^    $/s/.*//'
sed 's/^/    patch: /' "$here/h2o/series"
[ "${1:-}" = static ] || exit 0
for package in $(sh "$here/libraries.sh" static); do
    echo
    echo "=== $package $(dpkg-query -W -f '${Version}' "$package"):"
    sed 's/^/    /' "/usr/share/doc/${package%%:*}/copyright" | sed '/^    $/s/.*//'
done
