# Jobs from the command line: list, show, watch, result, cancel, retry, with and without a server.
printf 'quiet crane 5817\n' > pw
run 0 user create a@example.com --password-file pw --plan pro --data "$D"
"$SLEUTH" key create a@example.com --data "$D" > key 2> /dev/null
run 0 job list --data "$D" -o json
json_is 'j["jobs"]' '[]'
run 6 job show job_none --data "$D"
server_start --no-tls
LOG='time_period,algorithm,performance,constraint_compute\n1,A,0.70,100\n1,B,0.60,100\n2,A,0.72,110\n2,B,0.63,110\n'
submit() { # more members of the input; sets JOB
    printf '{"kind":"detect","input":{"engine":"classic","csv_data":"%s"%s}}' "$LOG" "$1" > body
    curl -s -H "X-API-Key: $(cat key)" -H 'Content-Type: application/json' --data-binary @body \
        "$URL/api/jobs" > answer
    JOB=$(sed -n 's/.*"id":"\(job_[a-z0-9]*\)".*/\1/p' answer)
}
submit ''
run 0 job watch "$JOB" --data "$D" --timeout 20
out_has 'STATE +succeeded'
run 0 job result "$JOB" --data "$D"
json_is 'j["data_stats"]["num_rows"]' 4
run 0 job list --data "$D" -o json
json_is 'len(j["jobs"])' 1
run 0 job show "$JOB" --data "$D" -o json
json_is 'j["state"], j["analyses_counted"]' "('succeeded', 1)"
run 7 job cancel "$JOB" --yes --data "$D"
err_has 'finished already'
run 7 job retry "$JOB" --data "$D"

# One that takes long: 9 while it runs, refused without --yes, cancelled, asked for again.
submit ',"run_bootstrap":true,"n_bootstrap":10000,"weights":[0.3,0.3,0.4]'
run 0 job watch "$JOB" --data "$D" --timeout 30
"$SLEUTH" user set-plan a@example.com enterprise --data "$D" > /dev/null 2>&1
rows() { i=0; while [ $i -lt 3000 ]; do printf '%d,A%d,0.%04d,%d,%d\\n' $((i / 10 + 1)) $((i % 10)) $((5000 + i * 7919 % 2000)) $((i * 31 % 97)) $((i * 17 % 89)); i=$((i + 1)); done; }
printf '{"kind":"detect","input":{"csv_data":"time_period,algorithm,performance,constraint_a,constraint_b\\n%s","run_bootstrap":true,"n_bootstrap":1000000}}' "$(rows)" > body
curl -s -H "X-API-Key: $(cat key)" -H 'Content-Type: application/json' --data-binary @body "$URL/api/jobs" > answer
JOB=$(sed -n 's/.*"id":"\(job_[a-z0-9]*\)".*/\1/p' answer)
run 9 job watch "$JOB" --data "$D" --timeout 1
run 9 job result "$JOB" --data "$D"
run 4 job cancel "$JOB" --data "$D"
run 0 job cancel "$JOB" --yes --data "$D"
run 2 job watch "$JOB" --data "$D" --timeout 10
out_has 'STATE +cancelled'
run 0 job retry "$JOB" --data "$D"
out_has '^job_[0-9a-z]{26}$'
AGAIN=$(cat out)
run 0 job cancel "$AGAIN" --yes --data "$D"
run 0 job list --state cancelled --data "$D" -o json
json_is 'len(j["jobs"]) >= 1' True
server_stop
run 0 job list --data "$D" -o json
run 64 job watch --data "$D"
