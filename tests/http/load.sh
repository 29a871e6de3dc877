#!/bin/sh
# 64 connections on an authenticated route, HTTP/1.1 then HTTP/2: load.sh [REQUESTS]
#
# Fails when a request fails, when a sanitizer speaks, or when the server does not end with 0.
# SLEUTH names the binary; make load and load-long run this on the sanitizers' builds, too.
# One user may not send more than 100,000 requests a minute, so a long run is that of 8 users.
set -eu
cd "$(dirname "$0")/../.."
sleuth="${SLEUTH:-$PWD/build/release/sleuth}"
count="${1:-10000}"
command -v h2load > /dev/null || { echo "SKIPPED: there is no h2load here (package nghttp2-client)"; exit 0; }
clients=1
[ "$count" -le 50000 ] || clients=8
dir=$(mktemp -d)
server=""
trap '[ -z "$server" ] || kill "$server" 2> /dev/null || true; rm -rf "$dir"' EXIT
printf '[log]\naccess = false\nlevel = warn\n' > "$dir/sleuth.conf"
printf '[plan "enterprise"]\nper_minute = 100000\n' > "$dir/plans.conf"
echo 'tulip brick ferry nine' > "$dir/password"
# libh2o keeps a few freed buffers per thread until the process ends.
echo "leak:h2o_mem_alloc_recycle" > "$dir/lsan"
LSAN_OPTIONS="suppressions=$dir/lsan:print_suppressions=0" \
    "$sleuth" serve --data "$dir/data" --listen 127.0.0.1:0 --config "$dir/sleuth.conf" > "$dir/out" 2> "$dir/err" &
server=$!
for _ in $(seq 300); do
    grep -q '^listening ' "$dir/out" 2> /dev/null && break
    kill -0 "$server" 2> /dev/null || { cat "$dir/err"; exit 1; }
    sleep 0.1
done
url=$(sed -n 's/^listening //p' "$dir/out")
bad=0
users=0
key_of_new_user() {
    "$sleuth" user create "u$1@example.com" --plan enterprise --password-file "$dir/password" --data "$dir/data" > /dev/null 2> "$dir/cli" &&
        "$sleuth" key create "u$1@example.com" --name load --data "$dir/data" 2> "$dir/cli" || cat "$dir/cli" >&2
}
run() { # NAME FLAGS…
    name=$1
    shift
    keys=""
    for _ in $(seq "$clients"); do
        users=$((users + 1))
        keys="$keys $(key_of_new_user "$users")"
    done
    begin=$(date +%s%N)
    at=0
    loads=""
    for key in $keys; do
        at=$((at + 1))
        timeout 600 h2load "$@" -n $((count / clients)) -c $((64 / clients)) -t 1 -H "X-API-Key: $key" \
            "$url/api/dashboard/keys" > "$dir/load.$at" 2>&1 &
        loads="$loads $!"
    done
    for load in $loads; do wait "$load" || bad=1; done
    ms=$((($(date +%s%N) - begin) / 1000000))
    ok=$(sed -n 's/^status codes: \([0-9]*\) 2xx.*/\1/p' "$dir"/load.* | awk '{n += $1} END {print n + 0}')
    echo "$name: $ok of $count answered 200 over 64 connections in $ms ms, $((ok * 1000 / ms)) per second"
    [ "$ok" = "$count" ] || { cat "$dir"/load.*; bad=1; }
    rm -f "$dir"/load.*
}
run "HTTP/1.1" --h1
run "HTTP/2" -m 4
curl -sk "$url/metrics" | sed -n 's/^sleuth_loop_\(max_turn_seconds\|slow_turns_total\) /loop \1: /p'
sed -n 's/^VmHWM:[ \t]*/peak memory: /p' "/proc/$server/status"
kill -TERM "$server"
code=0
wait "$server" || code=$?
server=""
[ "$code" = 0 ] || { echo "the server ended with $code"; cat "$dir/err"; bad=1; }
if grep -qE 'Sanitizer|runtime error' "$dir/err"; then cat "$dir/err"; bad=1; fi
exit $bad
