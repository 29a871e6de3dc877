# detect, gate, report: no server, no data directory.
S=$ROOT/web/samples
run 0 detect "$S/honest.csv"
err_empty
run 1 detect "$S/adaptive.csv"
out_has 'followed the results'
run 1 detect "$S/adaptive.csv" --format json
json_is "j['verdict']['verdict'], j['bias_detected'], j['schema_version']" \
    "('adaptive_protocol_detected', True, 1)"
cp out adaptive.json
run 1 detect "$S/adaptive.csv" -o json --threads 3
json_is "j['verdict'] == json.load(open('adaptive.json'))['verdict']" True
INPUT=$S/adaptive.csv run 1 detect -
out_has 'followed the results'
run 1 detect "$S/adaptive.csv" --lang zh
out_has '协议|设置'
run 0 detect "$S/too_short.csv"
out_has 'cannot answer'
run 1 detect "$S/adaptive.csv" --output report.html
out_empty
check "a report is one HTML file" "$(head -c 15 report.html)" '<!doctype html>'
run 1 detect "$S/adaptive.csv" --format csv
out_has ','
run 1 detect "$S/adaptive.csv" --format md
out_has '^#'

# Upstream's flags and exit codes.
run 1 detect "$S/honest.csv" --algorithm psi
out_has '^psi	'
run 0 detect "$S/honest.csv" --algorithm psi --psi-threshold 1000
run 64 detect "$S/honest.csv" --algorithm psi --engine calibrated
run 1 detect "$S/chinese.csv" --engine classic --bootstrap 50 --format json
json_is "j['bootstrap']['summary']['n_iterations']" 50
run 2 detect missing.csv
err_has "cannot open 'missing.csv'"
printf 'a,b\n1,2\n' > bad.csv
run 2 detect bad.csv
err_has 'Missing required columns'
err_has '^hint: '
run 2 detect "$S/honest.csv" --alpha 0.9
run 64 detect "$S/honest.csv" --alpha x
run 64 detect "$S/honest.csv" --weights 1,2

# Other names, other separators, lower is better.
sed '1s/performance/accuracy/; s/,/;/g' "$S/adaptive.csv" > other.csv
run 1 detect other.csv --map accuracy=performance --format json
json_is "j['verdict']['p_value'] == json.load(open('adaptive.json'))['verdict']['p_value']" True

# Many logs are corrected together.
run 1 detect "$S/adaptive.csv" "$S/honest.csv" -o csv
out_has '^file,verdict,p_value,p_bh,flagged$'
out_has 'adaptive.csv,adaptive_protocol_detected,.*,yes$'
out_has 'honest.csv,no_evidence,.*,no$'
run 2 detect "$S/adaptive.csv" missing.csv
out_has 'missing.csv +error'
run 64 detect "$S/adaptive.csv" "$S/honest.csv" --format html

# The gate.
run 0 gate "$S/honest.csv"
out_has 'adaptive +passed'
run 1 gate "$S/adaptive.csv" --junit gate.xml
check "JUnit says what failed" "$(python3 -c "
import xml.etree.ElementTree as e
r = e.parse('gate.xml').getroot(); print([c.get('name') for c in r.iter('testcase') if c.find('failure') is not None])")" "['adaptive']"
run 9 gate "$S/too_short.csv" --preset strict
run 0 gate "$S/too_short.csv"
run 1 gate "$S/too_short.csv" --fail-on insufficient
run 1 gate "$S/honest.csv" --min-grade B
run 64 gate "$S/honest.csv" --fail-on bias
run 1 gate "$S/chinese.csv" --engine classic --fail-on bias
run 2 gate missing.csv
sleuth detect "$S/honest.csv" --output honest.json 2> /dev/null
run 0 gate "$S/honest.csv" --baseline honest.json
out_has 'deviation +passed'
head -20 "$S/honest.csv" > shorter.csv
run 1 gate shorter.csv --baseline honest.json
out_has 'deviation +failed'

# Reports can be computed again.
run 0 report recompute honest.json "$S/honest.csv"
err_has 'reproduced byte for byte'
run 3 report recompute honest.json "$S/adaptive.csv"
err_has 'is not the input'
sed 's/"alpha":0.05/"alpha":0.04/' honest.json > forged.json
run 3 report recompute forged.json "$S/honest.csv"
run 3 report verify honest.json
run 2 report verify "$S/honest.csv"

run 0 info "$S/honest.csv"
out_has '^performance +number +score'

# JSON rows, and logs of evaluation tools as they are.
python3 - "$S/adaptive.csv" > rows.jsonl <<'X'
import csv, json, sys
for row in csv.DictReader(open(sys.argv[1])):
    print(json.dumps({k: (float(v) if k not in ("algorithm",) else v) for k, v in row.items()}))
X
run 1 detect rows.jsonl --format json
json_is "j['verdict']['p_value'] == json.load(open('adaptive.json'))['verdict']['p_value']" True
mkdir logs
python3 - <<'X'
import json
for i in range(8):
    json.dump({"results": {"gsm8k": {"alias": "gsm8k", "exact_match,strict-match": 0.5 + i / 100,
               "exact_match_stderr,strict-match": 0.01}},
               "configs": {"gsm8k": {"task": "gsm8k", "num_fewshot": 5}}, "versions": {"gsm8k": 3},
               "n-shot": {"gsm8k": 5}, "higher_is_better": {"gsm8k": {"exact_match": True}},
               "n-samples": {"gsm8k": {"original": 1319, "effective": 100 if i == 5 else 1319}},
               "config": {"model": "hf", "model_args": "pretrained=m", "limit": 100 if i == 5 else None},
               "git_hash": "abc", "date": 1764000000.0 + 86400 * i, "lm_eval_version": "0.4.9",
               "model_name": "acme/m", "start_time": 1.0, "end_time": 2.0},
              open(f"logs/results_2026-01-{i + 1:02d}T00-00-00.000000.json", "w"))
X
run 0 detect logs
err_has '8 scores of completed runs'
out_has 'grade B'
run 0 gate logs --min-grade B
run 1 gate logs --fail-on incomparable
out_has 'incomparable +failed'
run 1 gate logs --min-grade A
