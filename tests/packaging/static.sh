#!/bin/sh
# The static binary in an empty chroot: the README's session, a name resolved and a record fetched over
# HTTPS from fakes on loopback. Needs root (chroot, a network namespace of its own); SKIPPED without.
#
#   static.sh [BINARY]
set -eu
cd "$(dirname "$0")/../.."
binary=$(realpath "${1:-build/static/sleuth}")
if [ -z "${STATIC_INSIDE:-}" ]; then
    [ "$(id -u)" -eq 0 ] && unshare --net --mount true 2> /dev/null || { echo "SKIPPED: needs root and namespaces"; exit 0; }
    [ -x "$binary" ] || { echo "no $binary: make static"; exit 2; }
    # Ports 53 and 443 of a loopback that nobody else has.
    exec env STATIC_INSIDE=1 unshare --net --mount --kill-child sh "$0" "$binary"
fi
ip link set lo up
dir=$(mktemp -d)
failed=0 pids=
finish() { for pid in $pids; do kill "$pid" 2> /dev/null || true; done; rm -rf "$dir"; }
trap finish EXIT
check() { # NAME COMMAND...
    name=$1
    shift
    if "$@" > "$dir/log" 2>&1; then echo "ok    $name"; else failed=1; echo "FAIL  $name"; tail -5 "$dir/log"; fi
}
size=$(stat -c %s "$binary")
check "$size bytes, at most 9 MB" [ "$size" -le 9000000 ]
check "needs no other file" sh -c "! readelf -d '$binary' | grep -q NEEDED"

# --- the chroot: the binary and two samples; then what the fakes need: their certificate and a resolver ----
root=$dir/root
mkdir -p "$root/data" "$root/etc/ssl/certs"
cp "$binary" "$root/sleuth"
cp web/samples/honest.csv web/samples/adaptive.csv "$root/"
inside() { chroot "$root" /sleuth "$@"; }
check "version" inside version
check "an honest log: exit 0" inside detect /honest.csv
check "an adaptive log: exit 1" sh -c "chroot '$root' /sleuth detect /adaptive.csv; [ \$? -eq 1 ]"

# --- a resolver and a Zenodo of our own on loopback; the chroot gets the address of the one and the
# --- certificate of the other, nothing else
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -keyout "$dir/key.pem" -out "$dir/cert.pem" \
    -subj /CN=records.test -addext subjectAltName=DNS:records.test 2> /dev/null
python3 tests/packaging/fakes.py "$dir/cert.pem" "$dir/key.pem" > "$dir/fakes" 2>&1 &
pids="$pids $!"
for _ in $(seq 50); do grep -q ready "$dir/fakes" && break; sleep 0.1; done
echo 'nameserver 127.0.0.1' > "$root/etc/resolv.conf"
cp "$dir/cert.pem" "$root/etc/ssl/certs/ca-certificates.crt"
export SLEUTH_ZENODO_BASE_URL=https://records.test SLEUTH_ZENODO_SOURCE=1002 SLEUTH_OUTBOUND_PRIVATE_NETWORKS=127.0.0.0/8

# --- the README's session ------------------------------------------------------------------------------
serve() {
    rm -f "$dir/serve.out"
    chroot "$root" /sleuth serve --data /data --listen 127.0.0.1:5000 > "$dir/serve.out" 2> "$dir/serve.err" &
    server=$!
    pids="$pids $server"
    for _ in $(seq 100); do grep -qs '^listening' "$dir/serve.out" && return 0; sleep 0.1; done
    cat "$dir/serve.err"
    return 1
}
stop() { kill "$server" && wait "$server"; }
od -An -N12 -tx1 /dev/urandom | tr -d ' \n' > "$root/password"
if serve; then echo "ok    serve"; else echo "FAIL  serve"; exit 1; fi
code_start() { sed -n '/ r-xp .*sleuth$/{s/-.*//p;q}' "/proc/$server/maps"; }
first_start=$(code_start)
check "user create" inside user create a@example.org --plan pro --password-file /password --data /data
inside key create a@example.org --name ci --data /data > "$dir/key" 2> /dev/null
key=$(cat "$dir/key")
check "a key of 51 characters" [ "${#key}" -eq 51 ]
ask() { curl -sS --fail --cacert "$root/data/tls/cert.pem" -H "X-API-Key: $key" -o "$dir/verdict" "$@"; }
check "detect over HTTPS" ask -H 'Content-Type: text/csv' --data-binary @web/samples/adaptive.csv https://127.0.0.1:5000/api/detect
check "the verdict" grep -q '"bias_detected": *true' "$dir/verdict"

# --- out of it: a name is resolved, a record fetched over HTTPS ----------------------------------------------
zenodo() { ask -H 'Content-Type: application/json' -d '{"draws":199}' https://127.0.0.1:5000/api/analyze_zenodo; }
check "a record is fetched over HTTPS and judged" zenodo
check "its name was resolved" grep -q '^dns records.test' "$dir/fakes"
check "its file was fetched" grep -q '^https .*/records/1002' "$dir/fakes"

# --- backup and restore --------------------------------------------------------------------------------
check "backup create" inside backup create --data /data --output /one.backup
check "backup verify" inside backup verify /one.backup --data /data
check "the server ends in order" stop
check "restore" inside restore /one.backup --data /data --yes
check "db check" inside db check --data /data
# A certificate that nobody vouches for is refused; the code lies elsewhere at each start.
rm "$root/etc/ssl/certs/ca-certificates.crt"
rm -rf "$root/data/blobs"
if serve; then echo "ok    serve again"; else echo "FAIL  serve again"; exit 1; fi
second_start=$(code_start)
check "the code is at $second_start, before at $first_start" [ -n "$first_start" -a "$first_start" != "$second_start" ]
check "without the authority's certificate nothing is fetched" sh -c "! curl -sS --fail --cacert '$root/data/tls/cert.pem' -H 'X-API-Key: $key' \
    -H 'Content-Type: application/json' -d '{\"draws\":199,\"record_id\":\"1003\"}' https://127.0.0.1:5000/api/analyze_zenodo"
stop
exit $failed
