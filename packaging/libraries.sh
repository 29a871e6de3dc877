#!/bin/sh
# Prints the Debian packages whose libraries a build of Sleuth takes, one name per line: libraries.sh deb|static
set -eu
static=
[ "$1" = deb ] || static="libc-ares-dev nettle-dev liblzma-dev libbz2-dev"
for package in $static liblmdb-dev libsodium-dev libmsgpack-dev libyajl-dev libssl-dev libinih-dev libseccomp-dev libarchive-dev \
    libzstd-dev libbrotli-dev zlib1g-dev libcurl4-openssl-dev libc6-dev; do
    dpkg-query -W -f '${Package}\n' "$package"
done
