# sleuth watch: new logs are captured once, over restarts, kill -9, and an appliance that is away.
echo 'tulip brick ferry nine' > pw
run 0 user create ann@example.com --plan pro --password-file pw --data "$D"
run 0 project create spring --user ann@example.com --data "$D"
mkdir -p logs/deep
line() { # NUMBER
    printf '{"run_id":"r%s","time":"2027-01-%02dT00:00:00Z","system":"m","lineage":"m","task":"t","metric":"acc","value":0.%s,"protocol":{"judge":"g"},"source":{"path":"r%s","sha256":"%064d"}}\n' \
        "$1" "$1" "$1" "$1" "$1"
}
rows() { run 0 project show spring -o json --data "$D"; json_is "j['rows']" "$1"; }

# --- once, in-process; twice is once; runs that did not start under the watch are of grade B ---
line 1 > logs/1.jsonl
line 2 > logs/deep/2.jsonl
echo '{"not":"a log"}' > logs/settings.json
run 64 watch logs --once --data "$D"
err_has '--project'
run 0 watch logs --project spring --once --data "$D"
err_has 'sent: 2 rounds'
rows 2
json_is "j['grade'], j['additions']" "('B', 1)"
run 0 watch logs --project spring --once --data "$D"
err_empty
cp logs/1.jsonl logs/copy-of-1.jsonl
run 0 watch logs --project spring --once --data "$D"
rows 2
run 6 watch logs --project summer --once --data "$D" --state other-state
err_has "no project 'summer'"

# --- the appliance does not answer: what was captured waits, even when its log goes away ---
server_start --no-tls
kill -STOP "$SERVER"
line 3 > logs/3.jsonl
run 8 watch logs --project spring --once --data "$D" --timeout 1
err_has 'waits in'
check "one addition is in the spool" "$(ls logs/.sleuth-watch.spool | wc -l)" 1
rm logs/3.jsonl
kill -CONT "$SERVER"
run 0 watch logs --project spring --once --data "$D"
err_has 'sent: 3 rounds'
check "the spool is empty" "$(ls logs/.sleuth-watch.spool | wc -l)" 0
rows 3

# --- as it happens; kill -9 and restart ---
watch_start() {
    "$SLEUTH" watch logs --project spring --data "$D" > watch.out 2> watch.err &
    WATCH=$!
}
wait_for() { # ROWS
    for _ in $(seq 100); do
        "$SLEUTH" project show spring -o json --data "$D" > out 2> err
        python3 -c "import json,sys; sys.exit(json.load(open('out'))['rows'] != $1)" && break
        sleep 0.1
    done
    json_is "j['rows']" "$1"
}
watch_start
sleep 0.3
line 4 > logs/deep/4.jsonl
wait_for 4
mkdir logs/new
line 5 > logs/new/5.jsonl
wait_for 5
run 7 watch logs --project spring --once --data "$D"
err_has 'another watch'
kill -9 "$WATCH"
wait "$WATCH" 2> /dev/null
line 6 > logs/6.jsonl
watch_start
wait_for 6
kill -TERM "$WATCH"
wait "$WATCH"
check "ends in order when it is interrupted" "$?" 130

# --- crashes between spool and state, and between answer and removal: nothing twice ---
run 0 project show spring -o json --data "$D"
json_is "j['additions']" "$(python3 -c "import json; print(json.load(open('out'))['additions'])")"
head -c 40 logs/.sleuth-watch > torn # the state of an earlier moment, its last line torn
cp torn logs/.sleuth-watch
run 0 watch logs --project spring --once --data "$D"
rows 6
server_stop
check "every captured file is in the state once more" "$(grep -c sha256 logs/.sleuth-watch | grep -cE '^[6-9]$')" 1

# --- another host: HTTPS with a key; nothing of this host's configuration or data is used ---
fresh() { # NAME START: a run that started at that time
    printf '{"run_id":"%s","time":"%s","system":"m","lineage":"m","task":"t","metric":"acc","value":0.5,"protocol":{"judge":"g"},"source":{"path":"%s","sha256":"%064d"}}\n' \
        "$1" "$2" "$1" "$3" > "away/$1.jsonl"
}
ago() { date -u -d "-$1" +%FT%TZ; }
run 0 project create away --user ann@example.com --data "$D"
run 0 key create ann@example.com --data "$D"
cp out key
mkdir away empty
server_start
remote() { # CODE FLAGS…: as from a machine without an appliance
    code=$1
    shift
    run "$code" watch away --project away --once --server "$URL" --data empty "$@"
}
stored() { run 0 project show away -o json --data "$D"; json_is "j['rows'], j['grade']" "$1"; }
remote 64
err_has 'key-file FILE or SLEUTH_API_KEY'
run 64 watch away --project away --once --key-file key
err_has 'belong to --server'
run 2 watch away --project away --once --server ftp://example.com --key-file key
err_has 'not an address like'
remote 8 --key-file key # its certificate is not trusted
err_has 'cannot reach .*certificate'
echo sk_live_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA > wrong
remote 4 --key-file wrong --ca-file "$D/tls/cert.pem"
err_has 'invalid or has been revoked'
remote 0 --key-file key --ca-file "$D/tls/cert.pem" # registers, finds nothing yet
check "the registration is kept" "$(grep -c '"token"' away/.sleuth-watch.session)" 1
fresh r1 "$(ago 1min)" 1
SLEUTH_API_KEY=$(cat key) SLEUTH_SERVER=$URL "$SLEUTH" watch away --project away --once --ca-file "$D/tls/cert.pem" > out 2> err
err_has 'sent: 1 rounds in all, grade of these A'
stored "(1, 'A')"

# --- away: it waits in the spool, survives that its log goes, and arrives after the restart ---
kill -STOP "$SERVER"
fresh r2 "$(ago 30sec)" 2
remote 8 --key-file key --ca-file "$D/tls/cert.pem" --timeout 1
err_has 'waits in'
rm away/r2.jsonl
kill -CONT "$SERVER"
server_stop
remote 8 --key-file key --ca-file "$D/tls/cert.pem"
server_start
"$SLEUTH" watch away --project away --server "$URL" --key-file key --ca-file "$D/tls/cert.pem" > watch.out 2> watch.err &
WATCH=$!
for _ in $(seq 100); do
    grep -q 'sent: 2 rounds' watch.err && break
    sleep 0.1
done
kill -TERM "$WATCH"
wait "$WATCH"
check "ends in order when it is interrupted" "$?" 130
stored "(2, 'A')"

# --- a run from before the watch, or whose log comes late, is of grade B, whatever the sender says ---
fresh r3 "$(ago 2hours)" 3
remote 0 --key-file key --ca-file "$D/tls/cert.pem"
stored "(3, 'B')"
run 0 project create other --user ann@example.com --data "$D"
rm -r away/.sleuth-watch*
run 0 watch away --project other --once --server "$URL" --key-file key --ca-file "$D/tls/cert.pem" --data empty
# A token that the appliance does not know (it was restored, or somebody made one up) is replaced.
sed -i 's/"token":"...../"token":"AAAAA/' away/.sleuth-watch.session
fresh r4 "$(ago 1sec)" 4
run 0 watch away --project other --once --server "$URL" --key-file key --ca-file "$D/tls/cert.pem" --data empty
err_has 'sent: '
run 0 project add other away/r1.jsonl --server "$URL" --key-file key --ca-file "$D/tls/cert.pem"
server_stop
check "the other machine made no data directory" "$(ls empty | wc -l)" 0
