#!/bin/sh
# Fetches a Debian source package and verifies it: fetch-source.sh NAME VERSION SUMS DIR [LOCAL]
#
# SUMS lists the SHA-256 of the files wanted, DIR receives them, LOCAL is a directory to copy them from
# instead of the archive. A private apt configuration with source packages switched on is used, so the
# machine's own stays as it is. Nothing is done when DIR holds the files already.
set -eu
name=$1 version=$2 sums=$(cd "$(dirname "$3")" && pwd)/$(basename "$3")
mkdir -p "$4"
cd "$4"
verify() { sha256sum -c --quiet --strict "$sums"; }
if verify > /dev/null 2>&1; then exit 0; fi

if [ -n "${5:-}" ]; then
    while read -r _ file; do cp "$5/$file" .; done < "$sums"
else
    echo "$name: fetching Debian's source package $version" >&2
    apt=$(mktemp -d)
    trap 'rm -rf "$apt"' EXIT
    mkdir -p "$apt/lists/partial" "$apt/cache/partial" "$apt/parts"
    # The mirror that this machine already uses.
    { cat /etc/apt/sources.list /etc/apt/sources.list.d/*.list 2> /dev/null | grep '^deb .*debian' | sed 's/^deb /deb-src /' || true
    } > "$apt/sources.list"
    for f in /etc/apt/sources.list.d/*.sources; do
        if [ -f "$f" ] && grep -q 'debian' "$f"; then sed 's/^Types:.*/Types: deb-src/' "$f" > "$apt/parts/$(basename "$f")"; fi
    done
    set -- -o Dir::Etc::sourcelist="$apt/sources.list" -o Dir::Etc::sourceparts="$apt/parts" \
        -o Dir::State::lists="$apt/lists" -o Dir::Cache="$apt/cache" -o APT::Sandbox::User=root -qq
    apt-get "$@" update
    apt-get "$@" source --download-only "$name=$version"
fi
verify || { echo "$name: the source does not have the pinned hash" >&2; exit 1; }
