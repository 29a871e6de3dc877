# Six walk-throughs from a log directory to a finding; no flags for the common case. What a person
# reads is compared line by line with tests/cli/walks, in both languages.

# lm_eval DAY SCORE VERSION LIMIT PROMPT_HASH: one result of lm-evaluation-harness
lm_eval() {
    printf '{"results":{"gsm8k":{"alias":"gsm8k","exact_match,none":%s,"exact_match_stderr,none":0.013}},
"versions":{"gsm8k":3},"n-shot":{"gsm8k":5},"task_hashes":{"gsm8k":"%s"},
"n-samples":{"gsm8k":{"original":1319,"effective":%s}},"config":{"model":"hf",
"model_args":"pretrained=acme/m-1","limit":%s},"date":%s,"model_name":"acme/m-1","lm_eval_version":"%s"}\n' \
        "$2" "$5" "$([ "$4" = null ] && echo 1319 || echo "$4")" "$4" \
        "$((1767225600 + $1 * 86400))" "$3" > "results_day$1.json"
}
# inspect DAY SCORE STATUS: one log of Inspect
inspect() {
    printf '{"version":2,"status":"%s","eval":{"run_id":"r%s","eval_id":"e%s","created":"2026-01-0%sT00:00:00Z",
"task":"math","model":"acme/m-1","dataset":{"name":"MATH"},"config":{"epochs":1}},
"results":{"completed_samples":100,"scores":[{"name":"match","metrics":{"accuracy":{"value":%s}}}]}}\n' \
        "$3" "$1" "$1" "$1" "$2" > "log_$1.json"
}
begin() { mkdir "$1" && cd "$1" || exit 2; }
# walk CODE NAME COMMAND…: the whole text, English and Chinese
walk() {
    code=$1 name=$2
    shift 2
    for lang in en zh; do
        run "$code" "$@" --lang $lang
        check "$name reads as expected ($lang)" "$(diff out "$ROOT/tests/cli/walks/$name.$lang.txt" 2>&1)" ""
    done
}

# 1. The harness version changed mid-way.
begin harness
lm_eval 1 0.40 0.4.5 null aa; lm_eval 2 0.41 0.4.5 null aa; lm_eval 3 0.45 0.4.8 null aa
walk 1 harness diff .
cd ..

# 2. A limit was used in one run.
begin limit
lm_eval 1 0.40 0.4.5 null aa; lm_eval 2 0.52 0.4.5 100 aa
walk 1 limit diff .
cd ..

# 3. The prompt changed after a bad result.
begin prompt
lm_eval 1 0.40 0.4.5 null aa; lm_eval 2 0.31 0.4.5 null aa; lm_eval 3 0.44 0.4.5 null bb
walk 1 prompt diff .
run 1 diff . --format json
json_is "j['comparable'], j['tasks'][0]['changes'][0]['run_id']" "(False, 'results_day3')"
cd ..

# 4. A sweep on development data is how development works.
begin sweep
lm_eval 1 0.40 0.4.5 50 aa; lm_eval 2 0.41 0.4.5 60 aa; lm_eval 3 0.45 0.4.5 70 aa
walk 0 sweep detect . --split dev
cd ..

# 5. Failed runs stay visible and do not count as attempts.
begin failed
inspect 1 0.50 success; inspect 2 0.20 error; inspect 3 0.52 success
walk 0 failed diff .
run 0 import . --output ledger.jsonl
check "the failed run has no round" "$(grep -c '"status":"failed"' ledger.jsonl) $(grep '"status":"failed"' ledger.jsonl | grep -c '"round"')" '1 0'
cd ..

# 6. A clean history.
begin clean
lm_eval 1 0.40 0.4.5 null aa; lm_eval 2 0.41 0.4.5 null aa; lm_eval 3 0.42 0.4.5 null aa
walk 0 clean diff .
run 0 diff . --format html
out_has '<!doctype html>'
cd ..

# A file that nobody understands is named with the reason; a directory without logs is an error.
begin refused
echo '{"hello":1}' > x.json
run 2 diff .
err_has 'x.json: no known evaluation log'
err_has 'no evaluation log was found'
cd ..
