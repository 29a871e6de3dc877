#!/bin/sh
# Installs the Debian packages that Sleuth needs and that are missing: install-deps.sh build|try|test|package
#
# Works as root and with sudo. What is there already is left alone; nothing is upgraded.
set -eu

build="gcc libc6-dev make pkg-config patch xz-utils brotli ca-certificates
    liblmdb-dev libsodium-dev libmsgpack-dev libyajl-dev libcurl4-openssl-dev libssl-dev libinih-dev libseccomp-dev
    libarchive-dev libzstd-dev libbrotli-dev zlib1g-dev"
try="$build curl"
test="$try check clang git python3"
package="$build git debhelper lintian cmake libc-ares-dev nettle-dev liblzma-dev libbz2-dev"

case ${1:-} in
    build) wanted=$build ;;
    try) wanted=$try ;;
    test) wanted=$test ;;
    package) wanted=$package ;;
    *) echo "usage: install-deps.sh build|try|test|package" >&2; exit 64 ;;
esac
command -v apt-get > /dev/null || { echo "this needs Debian 12 or a system like it (no apt-get here)" >&2; exit 1; }

missing=
for package in $wanted; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing="$missing $package"
done
[ -n "$missing" ] || { echo "packages: all there"; exit 0; }

if [ "$(id -u)" -eq 0 ]; then as_root=
elif command -v sudo > /dev/null; then as_root="sudo"
else
    echo "packages are missing, and there is neither root nor sudo. As root, run:" >&2
    echo "    apt-get install --no-install-recommends$missing" >&2
    exit 1
fi
echo "packages: installing$missing"
# shellcheck disable=SC2086
$as_root apt-get update -qq
# shellcheck disable=SC2086
$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing > /dev/null
