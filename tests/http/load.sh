#!/bin/sh
# 64 connections on an authenticated route, HTTP/1.1 then HTTP/2: load.sh [REQUESTS]
#
# Fails when a request fails, when a sanitizer speaks, or when the server does not end with 0.
# SLEUTH names the binary; make load runs this on the address and the thread sanitizer's builds.
set -eu
cd "$(dirname "$0")/../.."
sleuth="${SLEUTH:-$PWD/build/release/sleuth}"
count="${1:-10000}"
command -v h2load > /dev/null || { echo "SKIPPED: there is no h2load here (package nghttp2-client)"; exit 0; }
dir=$(mktemp -d)
server=""
trap '[ -z "$server" ] || kill "$server" 2> /dev/null || true; rm -rf "$dir"' EXIT
printf '[log]\naccess = false\nlevel = warn\n' > "$dir/sleuth.conf"
printf '[plan "enterprise"]\nper_minute = 100000\n' > "$dir/plans.conf"
# libh2o keeps a few freed buffers per thread until the process ends.
echo "leak:h2o_mem_alloc_recycle" > "$dir/lsan"
LSAN_OPTIONS="suppressions=$dir/lsan:print_suppressions=0" \
    "$sleuth" serve --dev --config "$dir/sleuth.conf" > "$dir/out" 2> "$dir/err" &
server=$!
for _ in $(seq 300); do
    grep -q '^listening ' "$dir/out" && break
    kill -0 "$server" 2> /dev/null || { cat "$dir/err"; exit 1; }
    sleep 0.1
done
url=$(sed -n 's/^listening //p' "$dir/out")
key=$(sed -n 's/^key //p' "$dir/out")
bad=0
run() { # NAME FLAGS…
    name=$1
    shift
    timeout 240 h2load "$@" -n "$count" -c 64 -t 1 -H "X-API-Key: $key" "$url/api/dashboard/keys" > "$dir/load" 2>&1 || bad=1
    ok=$(sed -n 's/^status codes: \([0-9]*\) 2xx.*/\1/p' "$dir/load")
    echo "$name: $(grep '^finished' "$dir/load"); ${ok:-0} of $count answered 200"
    [ "${ok:-0}" = "$count" ] || { cat "$dir/load"; bad=1; }
}
run "HTTP/1.1" --h1
run "HTTP/2" -m 4
kill -TERM "$server"
code=0
wait "$server" || code=$?
server=""
[ "$code" = 0 ] || { echo "the server ended with $code"; cat "$dir/err"; bad=1; }
if grep -qE 'Sanitizer|runtime error' "$dir/err"; then cat "$dir/err"; bad=1; fi
exit $bad
