#!/bin/sh
# From a clone to a first verdict: installs what is missing, builds, starts a throw-away appliance,
# and asks it about web/samples/adaptive.csv over HTTPS. On a terminal it then serves until Ctrl-C.
#
# The data directory is temporary and removed at the end; run it as often as you like.
set -eu
cd "$(dirname "$0")/.."
step() { printf '\n== %s\n' "$*"; }

step "1/5 Debian packages that are missing"
sh packaging/install-deps.sh try

step "2/5 building build/release/sleuth (a minute the first time)"
make -s -j"$(nproc)" all
sleuth=$PWD/build/release/sleuth

step "3/5 starting a throw-away appliance"
umask 077
data=$(mktemp -d) server=
finish() {
    [ -z "$server" ] || { kill "$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true; }
    rm -rf "$data"
}
trap finish EXIT
trap 'echo; echo "stopping"; exit 0' INT TERM
"$sleuth" serve --data "$data/store" --listen 127.0.0.1:0 > "$data/serve.out" 2> "$data/serve.log" &
server=$!
url=
for _ in $(seq 300); do
    url=$(sed -n 's/^listening \(https:[^ ]*\).*/\1/p' "$data/serve.out" | head -1)
    [ -z "$url" ] || break
    kill -0 "$server" 2>/dev/null || break
    sleep 0.1
done
[ -n "$url" ] || { echo "the appliance did not start:"; cat "$data/serve.out" "$data/serve.log"; exit 1; } >&2
echo "listening on $url, data in $data/store"

step "4/5 a user and a key, by the command line"
# The password is drawn and kept in a file of this run: it is never an argument and never shown.
od -An -N18 -tx1 /dev/urandom | tr -d ' \n' > "$data/password"
"$sleuth" user create demo@example.org --plan pro --password-file "$data/password" --data "$data/store"
"$sleuth" key create demo@example.org --name try --data "$data/store" > "$data/key" 2> /dev/null
{ printf 'X-API-Key: '; cat "$data/key"; } > "$data/header"
echo "user demo@example.org, plan pro; key (shown this once): $(cat "$data/key")"

step "5/5 web/samples/adaptive.csv, sent to $url/api/detect"
ask() { curl -sS --fail-with-body --max-time 60 --cacert "$data/store/tls/cert.pem" -H @"$data/header" "$@"; }
ask -H 'Content-Type: text/csv' --data-binary @web/samples/adaptive.csv "$url/api/detect" > "$data/answer.json" ||
    { cat "$data/answer.json" "$data/serve.log" >&2; exit 1; }
# The first of each is the verdict; later ones belong to parts of the report.
sed 's/,"/,\n"/g' "$data/answer.json" | sed -n 's/^"\(bias_detected\|risk_level\|interpretation\)":\(.*\),$/  \1: \2/p' |
    awk '!seen[$1]++'

cat << EOF

Three things to try next:
  build/release/sleuth detect web/samples/honest.csv           the same question, without a server
  build/release/sleuth detect web/samples/chinese.csv --lang zh   in Chinese
  curl --cacert $data/store/tls/cert.pem -H "X-API-Key: \$KEY" -H 'Content-Type: text/csv' \\
       --data-binary @YOUR.csv $url/api/detect                your own log
EOF
if [ -t 0 ] && [ -t 1 ]; then
    echo
    echo "Serving $url until Ctrl-C."
    wait "$server"
fi
