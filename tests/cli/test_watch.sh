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

# --- once, in-process; grade A; twice is once ---
line 1 > logs/1.jsonl
line 2 > logs/deep/2.jsonl
echo '{"not":"a log"}' > logs/settings.json
run 64 watch logs --once --data "$D"
err_has '--project'
run 0 watch logs --project spring --once --data "$D"
err_has 'sent: 2 rounds'
rows 2
json_is "j['grade'], j['additions']" "('A', 1)"
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
