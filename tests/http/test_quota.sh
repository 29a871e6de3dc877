#!/bin/sh
# A monthly quota of 200 under 64 parallel clients, with a kill -9 in the middle: exactly 200 are
# billed, no more than 200 different logs are ever answered, and the books agree afterwards.
set -u
sleuth=${SLEUTH:-build/release/sleuth}
dir=$(mktemp -d)
pid=
trap 'kill "$pid" 2>/dev/null; rm -rf "$dir"' EXIT
say() { echo "quota: $*"; }
fail() { say "FAILED: $*"; exit 1; }

serve() { # ADDRESS
    "$sleuth" serve --data "$dir/data" --listen "$1" --no-tls > "$dir/out" 2>> "$dir/err" &
    pid=$!
    for _ in $(seq 100); do
        url=$(grep -o 'http://[0-9.:]*' "$dir/out" | head -1)
        [ -n "$url" ] && curl -sf -m 2 -o /dev/null "$url/livez" && return
        sleep 0.1
    done
    fail "the server does not start: $(tail -2 "$dir/err")"
}
host() { # PATH [CURL-ARGUMENTS]
    path=$1
    shift
    curl -s -m 5 --unix-socket "$dir/data/run/admin.sock" "http://host$path" "$@"
}
billed() { host /api/admin/users/1 | grep -o '"analyses_this_month":[0-9]*' | cut -d: -f2; }
storm() { seq 1 300 | timeout 90 xargs -P64 -n1 "$dir/one.sh"; }

serve 127.0.0.1:0
echo 'tulip brick ferry nine' > "$dir/password"
"$sleuth" user create a@example.com --plan pro --password-file "$dir/password" --data "$dir/data" \
    > /dev/null || fail "user create"
key=$("$sleuth" key create a@example.com --name quota --data "$dir/data" 2> /dev/null)
[ ${#key} = 51 ] || fail "key create printed '$key'"
host /api/admin/users/1 -X PATCH -H 'content-type: application/json' -o /dev/null \
    -d '{"per_minute":100000,"per_day":1000000,"analyses_per_month":200}'
log='time_period,algorithm,performance,constraint_x\n1,A,0.7,100\n1,B,0.6,100\n2,A,0.72,110\n2,B,0.63,110\n'
cat > "$dir/one.sh" <<END
#!/bin/sh
code=\$(curl -s -m 20 -o /dev/null -w '%{http_code}' -H 'X-API-Key: $key' \\
    -H 'content-type: application/json' \\
    -d '{"engine":"classic","seed":'"\$1"',"csv_data":"$log"}' $url/api/detect)
echo "\$1 \$code" >> "$dir/answers"
END
chmod +x "$dir/one.sh"

storm &
storm_pid=$!
sleep 0.3
kill -9 "$pid"
wait "$pid" 2> /dev/null # the lock goes with the process, which takes a moment to end
serve "${url#http://}"
wait "$storm_pid"
storm # everything again: what was billed is answered from the cache, the rest is refused
distinct=$(awk '$2 == 200 {print $1}' "$dir/answers" | sort -u | wc -l)
count=$(billed)
books=$(host /api/admin/usage/verify)
echo "figure: answered $(awk '{print $2}' "$dir/answers" | sort | uniq -c | awk '{printf "%s x %s, ", $1, $2}')" \
    "$distinct different logs, $count billed, books $books"
[ "$count" = 200 ] || fail "$count billed instead of 200"
[ "$distinct" = 200 ] || fail "$distinct different logs answered instead of 200"
case $books in *'"ok":true'*) ;; *) fail "the books disagree" ;; esac
awk '$2 != 200 && $2 != 429 && $2 != "000" {bad = 1; print} END {exit bad}' "$dir/answers" ||
    fail "answers that are neither 200 nor 429"
say "ok"
