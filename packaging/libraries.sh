#!/bin/sh
# Prints the Debian packages whose libraries a build of Sleuth takes: one name per line.
set -eu
for package in liblmdb-dev libsodium-dev libmsgpack-dev libyajl-dev libssl-dev libinih-dev libarchive-dev \
    libzstd-dev libbrotli-dev zlib1g-dev libzxcvbn-dev libcurl4-openssl-dev libc6-dev; do
    dpkg-query -W -f '${Package}\n' "$package"
done
