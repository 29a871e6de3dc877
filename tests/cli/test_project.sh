# sleuth project: the same over a server's socket and without one; tables and JSON.
echo 'tulip brick ferry nine' > pw
run 0 user create ann@example.com --plan pro --password-file pw --name Ann --data "$D"
run 0 user create rae@example.com --role reviewer --password-file pw --name Rae --data "$D"

# --- made and filled without a server ---
run 64 project create spring --data "$D"
err_has 'user USER names the owner'
run 0 project create spring --user ann@example.com --metric acc --data "$D"
out_has '^prj_[0-9a-z]{26}$'
P=$(cat out)
run 0 project list --data "$D"
out_has 'spring'
run 0 project show spring -o json --data "$D"
json_is "j['id'], j['rounds_total'], j['frozen']" "('$P', 0, False)"
run 6 project show summer --data "$D"
err_has "there is no project 'summer'"

line() { # NUMBER JUDGE
    printf '{"run_id":"r%s","time":"2027-01-%02dT00:00:00Z","system":"m-%s","lineage":"m","task":"t","metric":"acc","value":0.%s,"n":50,"status":"completed","split":"test","protocol":{"judge":"%s","seed":1},"source":{"path":"r%s","sha256":"%064d"}}\n' \
        "$1" "$1" "$1" "$1" "$2" "$1" "$1"
}
line 1 g > trial.jsonl
run 64 project freeze spring trial.jsonl --planned-rounds 4 --data "$D"
err_has '--metric'
run 0 project freeze spring trial.jsonl --planned-rounds 4 --metric acc --split test --budget 3 --dry-run --data "$D"
json_is "j['tasks']['t']['protocol']['judge'], j['planned_rounds'], j['budget']" "('g', 4, 3)"
run 0 project freeze spring trial.jsonl --planned-rounds 4 --metric acc --split test --data "$D"
out_has 'acc'
run 7 project freeze spring trial.jsonl --planned-rounds 4 --metric acc --split test --data "$D"
err_has 'frozen already'
mkdir logs
line 1 g > logs/1.jsonl
line 2 g > logs/2.jsonl
run 0 project add spring logs --data "$D"
err_empty_of_deviations() { if grep -q changed err; then bad "no deviation"; else ok "no deviation"; fi; }
err_empty_of_deviations
out_has 'spending_planned'
run 0 project add spring logs -o json --data "$D"
json_is "j['already_recorded'], j['rows_added'], j['rounds_total']" "(True, 0, 2)"

# --- over the socket ---
server_start --no-tls
line 3 other > logs/3.jsonl
run 0 project add spring logs -o json --data "$D"
json_is "j['rows_added'], [d['kind'] for d in j['deviations']]" "(1, ['judge_changed'])"
err_has 'judge_changed'
run 0 project deviations spring --data "$D"
out_has 'judge_changed'
run 64 project approve spring 1 --reason 'the old judge is gone' --data "$D"
err_has '--as USER'
run 4 project approve spring 1 --reason 'the old judge is gone' --as ann@example.com --data "$D"
run 0 project approve spring 1 --reason 'the old judge is gone' --as rae@example.com --data "$D"
out_has 'Rae'
run 7 project approve spring 1 --reason 'again' --as rae@example.com --data "$D"
run 4 project review spring --decision accept --as ann@example.com --role reviewer --data "$D"
run 0 project review spring --decision dispute --comment 'why this judge' --as rae@example.com -o json --data "$D"
json_is "j['decision'], j['reviewer'], j['role'], j['verdict_number'], len(j['signature'])" "('dispute', 'Rae', 'reviewer', 2, 128)"
run 0 project sign spring --verdict 1 --as ann@example.com --role preparer --data "$D"
out_has 'sign'
run 0 project reviews spring --data "$D"
out_has 'why this judge'
run 0 project verdicts spring -o json --data "$D"
json_is "[v['number'] for v in j['verdicts']]" "[2, 1]"
run 0 project attempts spring --data "$D"
out_has 't +m +3'
run 0 project report spring --data "$D"
out_has 'What changed between the runs'
out_has 'why this judge'
run 0 project report spring --lang zh --data "$D"
out_has '各次运行之间的改变'
run 0 project report spring --format json --output report.json --data "$D"
run 0 report verify report.json
out_has 'spring'
run 0 project export spring --format eee --output spring.jsonl --data "$D"
run 0 import spring.jsonl --output back.jsonl
run 0 project export spring --output ledger.jsonl --data "$D"
check "the exported ledger reads back the same" "$(cmp back.jsonl ledger.jsonl && echo same)" same
run 0 project export spring --format csv --data "$D"
out_has '^run_id,time'
run 0 project rounds spring --data "$D"
out_has 'upload'
server_stop

# --- and without one again ---
run 0 project show spring --data "$D"
out_has 'OPEN DEVIATIONS +0'
run 0 audit list --data "$D" -o json
out_has 'project.deviation.approve'
out_has 'for user:'
run 4 project delete spring --data "$D"
run 0 project delete spring --yes --data "$D"
run 6 project show "$P" --data "$D"
