# Usage: what came over HTTP is counted by day and by user, and the sums agree.
sleuth --data "$D" user create u@example.com --no-password 2> /dev/null
KEY=$(sleuth --data "$D" key create u@example.com 2> /dev/null)
server_start
for i in 1 2 3; do
    curl -sk -H "X-API-Key: $KEY" --data-binary @"$ROOT/web/samples/honest.csv" \
        -H 'Content-Type: text/csv' "$URL/api/detect?seed=$i" > /dev/null
done
sleep 1.5
run 0 --data "$D" usage summary -o json
json_is "sum(r['requests'] for r in j['rows']), sum(r['analyses'] for r in j['rows'])" "(3, 3)"
run 0 --data "$D" usage top
out_has '^ *1 +3 +3 '
run 0 --data "$D" usage verify
out_has '^SOUND +yes'
run 0 --data "$D" usage export
out_has '^timestamp,user_id,api_key_id,endpoint,method,status_code,'
out_has 'Z,1,1,/api/detect,POST,200,'
run 0 --data "$D" usage export --user u@example.com -o jsonl
check "three calls, each billed once" "$(python3 -c "
import json; rows = [json.loads(l) for l in open('out')]
print(len(rows), [r['analyses'] for r in rows])")" '3 [1, 1, 1]'
run 6 --data "$D" usage export --user nobody@example.com
server_stop
