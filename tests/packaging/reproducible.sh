#!/bin/sh
# Builds the package twice, in different directories, and compares the octets: reproducible.sh [static]
set -eu
cd "$(dirname "$0")/../.."
what=${1:-deb}
first=$(mktemp -d) second=$(mktemp -d -p "$PWD/build")
trap 'rm -rf "$first" "$second"' EXIT
for dir in "$first" "$second"; do
    case $what in
        deb) sh packaging/deb.sh "$dir/some" ;;
        static) sh packaging/static/build.sh "$dir/some" ;;
    esac
done
failed=0
for file in $(cd "$first/some" && find . -maxdepth 1 \( -name '*.deb' -o -name '*.spdx.json' -o -name sleuth -type f \) | sort); do
    if cmp "$first/some/$file" "$second/some/$file"; then
        echo "$(sha256sum "$first/some/$file" | cut -c1-16)  $file: equal bits"
    else
        failed=1
    fi
done
exit $failed
