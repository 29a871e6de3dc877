#!/bin/sh
# Prints an SPDX 2.3 list of what a build of Sleuth consists of: sbom.sh deb|static FILE...
#
# FILE... are the artifacts it describes; their SHA-256 are part of it. The same inputs give the same
# octets: the time is SOURCE_DATE_EPOCH, names are sorted.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
kind=$1
shift
version=$(cat "$here/VERSION")
created=$(date -u -d "@${SOURCE_DATE_EPOCH:-0}" +%Y-%m-%dT%H:%M:%SZ)
sums=$(for file in "$@"; do echo "$(sha256sum "$file" | cut -d' ' -f1) $(basename "$file")"; done | sort -k2)

package() { # ID NAME VERSION LICENCE SUPPLIER [PURL]
    printf '    {"SPDXID": "SPDXRef-%s", "name": "%s", "versionInfo": "%s", "licenseConcluded": "%s", ' "$1" "$2" "$3" "$4"
    printf '"licenseDeclared": "%s", "copyrightText": "NOASSERTION", "supplier": "%s", ' "$4" "$5"
    printf '"downloadLocation": "NOASSERTION", "filesAnalyzed": false'
    [ -z "${6:-}" ] || printf ', "externalRefs": [{"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": "%s"}]' "$6"
    printf '}'
}

printf '{\n  "spdxVersion": "SPDX-2.3",\n  "dataLicense": "CC0-1.0",\n  "SPDXID": "SPDXRef-DOCUMENT",\n'
printf '  "name": "sleuth-%s-%s",\n' "$version" "$kind"
printf '  "documentNamespace": "https://sleuth.example/spdx/%s-%s-%s",\n' "$kind" "$version" "$(echo "$sums" | sha256sum | cut -c1-16)"
printf '  "creationInfo": {"created": "%s", "creators": ["Tool: packaging/sbom.sh"]},\n  "packages": [\n' "$created"
package sleuth sleuth "$version" Apache-2.0 "Organization: Sleuth engineering"
relations='{"spdxElementId": "SPDXRef-DOCUMENT", "relationshipType": "DESCRIBES", "relatedSpdxElement": "SPDXRef-sleuth"}'
relate() { relations="$relations,
    {\"spdxElementId\": \"SPDXRef-sleuth\", \"relationshipType\": \"$2\", \"relatedSpdxElement\": \"SPDXRef-$1\"}"; }
printf ',\n'
package h2o h2o "2.2.5+dfsg2-7+sleuth.$(cat "$here"/h2o/series "$here"/h2o/*.patch | sha256sum | cut -c1-12)" MIT \
    "Organization: Debian" "pkg:deb/debian/h2o@2.2.5%2Bdfsg2-7?arch=source"
relate h2o STATIC_LINK
link=DYNAMIC_LINK
[ "$kind" = deb ] || link=STATIC_LINK
for name in $(sh "$here/libraries.sh" "$kind" | sort); do
    printf ',\n'
    found=$(dpkg-query -W -f '${Version}' "$name")
    package "$name" "$name" "$found" NOASSERTION "Organization: Debian" "pkg:deb/debian/$name@$(echo "$found" | sed 's/+/%2B/g; s/:/%3A/g; s/~/%7E/g')"
    relate "$name" "$link"
done
printf '\n  ],\n  "files": ['
separator=
echo "$sums" | while read -r sum name; do
    [ -n "$sum" ] || continue
    printf '%s\n    {"SPDXID": "SPDXRef-File-%s", "fileName": "./%s", "checksums": [{"algorithm": "SHA256", "checksumValue": "%s"}], "licenseConcluded": "NOASSERTION", "copyrightText": "NOASSERTION"}' \
        "$separator" "$(echo "$name" | tr -c 'A-Za-z0-9.\n' -)" "$name" "$sum"
    separator=,
done
printf '\n  ],\n  "relationships": [\n    %s\n  ]\n}\n' "$relations"
