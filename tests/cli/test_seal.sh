# Sealed reports: sealed over HTTP, verified and computed again elsewhere without the appliance.
sleuth --data "$D" user create u@example.com --no-password 2> /dev/null
KEY=$(sleuth --data "$D" key create u@example.com 2> /dev/null)
LOG=$ROOT/web/samples/adaptive.csv
member() { python3 -c "import json,sys; print(json.load(sys.stdin)['$1'])"; }

server_start
PUB=$(curl -sk "$URL/.well-known/sleuth-signing-key" | member public_key)
n=0
for options in engine=classic '' 'draws=499&seed=7&language=zh'; do
    n=$((n + 1))
    ID=$(curl -sk -H "X-API-Key: $KEY" -H 'Content-Type: text/csv' --data-binary @"$LOG" \
        "$URL/api/detect?$options" | member id)
    curl -sk -H "X-API-Key: $KEY" "$URL/api/analyses/$ID/report.json" > "$n.json"
done
server_stop

rm -r "$D"
for n in 1 2 3; do
    run 0 report verify $n.json
    err_has 'proves integrity but not origin'
    run 0 report verify $n.json --key "$PUB"
    run 3 report verify $n.json --key "$(echo "$PUB" | tr 0-9a-f 1-9a-f0)"
    err_has 'not with the given one'
    sed 's/"seed":/"seeD":/' $n.json > changed.json
    run 3 report verify changed.json
    err_has 'changed after sealing'
    run 0 report recompute $n.json "$LOG" --key "$PUB"
    err_has 'reproduced byte for byte'
    run 3 report recompute $n.json "$ROOT/web/samples/honest.csv"
    err_has 'is not the input'
done
