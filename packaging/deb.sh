#!/bin/sh
# Builds build/sleuth_VERSION_ARCH.deb with its SBOM and checksums: deb.sh [DIR]
#
# The tree is copied to DIR (build/deb by default), so that the result does not depend on what lies
# about here; no network is used once the source of libh2o is in build/h2o/source (`make` fetches it).
set -eu
cd "$(dirname "$0")/.."
version=$(cat packaging/VERSION)
dir=${1:-build/deb}
export H2O_SOURCE_DIR="$PWD/build/h2o/source"
export TZ=UTC LC_ALL=C.UTF-8
SOURCE_DATE_EPOCH=$(date -d "$(sed -n 's/^ -- .*>  //p' packaging/debian/changelog | head -1)" +%s)
export SOURCE_DATE_EPOCH

rm -rf "$dir"
mkdir -p "$dir/sleuth-$version"
git ls-files -z | tar -c --null -T - | tar -x -C "$dir/sleuth-$version"
mv "$dir/sleuth-$version/packaging/debian" "$dir/sleuth-$version/debian"
(cd "$dir/sleuth-$version" && dpkg-buildpackage -us -uc -b -j"$(nproc)" > ../build.log 2>&1) ||
    { tail -40 "$dir/build.log" >&2; exit 1; }
deb=$(ls "$dir"/sleuth_*.deb)
sh packaging/sbom.sh deb "$deb" > "$dir/sleuth_$version.spdx.json"
[ $# -eq 0 ] || exit 0
cp "$deb" "$dir/sleuth_$version.spdx.json" build/
(cd build && sha256sum "$(basename "$deb")" "sleuth_$version.spdx.json" > "sleuth_$version.sha256")
echo "build/$(basename "$deb"), $(stat -c %s "$deb") bytes"
