#!/bin/sh
# Lints the OpenAPI document of a running server with Redocly: lint.sh BINARY (needs npm's registry).
set -eu
linter=@redocly/cli@2.77.0
work=$(mktemp -d)
"$1" serve --dev --no-tls --listen 127.0.0.1:0 > "$work/out" 2> "$work/err" &
server=$!
trap 'kill "$server" 2>/dev/null; rm -rf "$work"' EXIT
url=
for _ in $(seq 100); do
    url=$(sed -n 's/^listening //p' "$work/out")
    [ -z "$url" ] || break
    sleep 0.1
done
curl -sf -m 10 -o "$work/openapi.json" "$url/openapi.json"
REDOCLY_TELEMETRY=off timeout 300 npx --yes "$linter" lint "$work/openapi.json" \
    --extends="${LINT_RULES:-spec}"
