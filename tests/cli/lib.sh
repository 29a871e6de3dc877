# What scenarios of the command line are written with; run.sh starts it with the scenario's path.
#
#   run 6 user show nobody        runs sleuth, expects exit code 6, keeps out and err
#   out_is TEXT · out_has REGEX · out_empty · err_has REGEX · err_empty · out_lines N
set -u
D=$PWD/data
export HOME="$PWD"
what="?"

sleuth() { "$SLEUTH" "$@"; }

ok() { echo "ok $1"; }
bad() {
    echo "not ok $1"
    echo "    after: sleuth $what"
    sed 's/^/    out: /' out 2>/dev/null | head -20
    sed 's/^/    err: /' err 2>/dev/null | head -20
}
check() { if [ "$2" = "$3" ]; then ok "$1"; else echo "    expected '$3', got '$2'"; bad "$1"; fi; }

run() {
    want=$1
    shift
    what="$*"
    "$SLEUTH" "$@" > out 2> err < "${INPUT:-/dev/null}"
    check "exit $want: sleuth $what" "$?" "$want"
}
out_is() { check "output is '$1'" "$(cat out)" "$1"; }
out_empty() { if [ -s out ]; then bad "no output"; else ok "no output"; fi; }
err_empty() { if [ -s err ]; then bad "nothing on standard error"; else ok "nothing on standard error"; fi; }
out_has() { if grep -qE -e "$1" out; then ok "output has '$1'"; else bad "output has '$1'"; fi; }
out_lacks() { if grep -qE -e "$1" out; then bad "output lacks '$1'"; else ok "output lacks '$1'"; fi; }
err_has() { if grep -qE -e "$1" err; then ok "standard error has '$1'"; else bad "standard error has '$1'"; fi; }
out_lines() { check "output has $1 lines" "$(wc -l < out)" "$1"; }
json_is() { # PYTHON-EXPRESSION over j, expected text
    check "json: $1" "$(python3 -c "import json,sys; j=json.load(open('out')); print(($1))" 2>&1)" "$2"
}

# A server on a free port; sets URL and SERVER. server_stop ends it and checks that it ended well.
server_start() {
    "$SLEUTH" serve --data "$D" --listen 127.0.0.1:0 "$@" > serve.out 2> serve.err &
    SERVER=$!
    for _ in $(seq 100); do
        URL=$(sed -n 's/^listening //p' serve.out)
        [ -n "$URL" ] && break
        kill -0 "$SERVER" 2>/dev/null || break
        sleep 0.05
    done
    if [ -n "$URL" ]; then ok "the server listens"; else cp serve.err err; bad "the server listens"; fi
}
server_stop() {
    kill -TERM "$SERVER"
    wait "$SERVER"
    check "the server stops in order" "$?" 0
    SERVER=
}
trap '[ -z "${SERVER:-}" ] || kill "$SERVER" 2>/dev/null' EXIT

. "$1"
