# Users and keys over both transports: in this process, and through the running server.
printf 'correct horse battery staple 9\n' > password

accounts() { # $1 = distinguishes the two passes
    mail=$1@example.com
    run 0 --data "$D" user create "$mail" --plan pro --password-file password
    out_empty
    run 7 --data "$D" user create "$mail" --password-file password
    err_has '^hint: '
    run 0 --data "$D" key create "$mail" --name ci
    check "the key alone is printed" "$(grep -cE '^sk_live_[A-Za-z0-9_-]{43}$' out)/$(wc -l < out)" 1/1
    err_has 'save this key'
    KEY=$(cat out)
    run 0 --data "$D" user list
    out_has "$mail +pro"
    run 0 --data "$D" user show "$mail" -o json
    json_is "j['email'], j['plan'], j['schema_version']" "('$mail', 'pro', 1)"
    run 0 --data "$D" key list "$mail" -o json
    json_is "len(j['keys']), j['keys'][0]['name'], 'key' in j['keys'][0]" "(1, 'ci', False)"
    run 0 --data "$D" user set-plan "$mail" business
    run 0 --data "$D" user show "$mail" -o json
    json_is "j['plan']" business
    run 0 --data "$D" limits set "$mail" --per-minute 33 --analyses 9
    run 0 --data "$D" limits show "$mail"
    out_has "^PER MINUTE +33$"
    run 64 --data "$D" limits set "$mail"
    run 0 --data "$D" limits clear "$mail"
    run 0 --data "$D" user show "$mail" -o json
    json_is "j['limit_overrides']['per_minute']" None
    run 64 --data "$D" user create x@example.com --plan gold --no-password
    run 0 --data "$D" user disable "$mail"
    run 0 --data "$D" user enable "$mail"
    run 0 --data "$D" key rotate "$(printf %.15s "$KEY")" --grace-seconds 60
    check "a successor is printed" "$(grep -cE '^sk_live_[A-Za-z0-9_-]{43}$' out)/$(wc -l < out)" 1/1
    err_has 'old key works until'
    run 0 --data "$D" key list "$mail" -o json
    json_is "len(j['keys']), len({k['name'] for k in j['keys']})" "(2, 1)"
    run 0 --data "$D" key revoke "$(printf %.15s "$(sleuth --data "$D" key list "$mail" -o jsonl | tail -1 | sed 's/.*"prefix":"\([^"]*\)".*/\1/')")"
    run 0 --data "$D" key revoke "$(printf %.15s "$KEY")"
    run 0 --data "$D" key list "$mail"
    out_empty
    run 6 --data "$D" user show nobody@example.com
    err_has '^hint: '
    run 4 --data "$D" user delete "$mail"
    err_has '--yes'
    run 0 --data "$D" user delete "$mail" --yes
    run 6 --data "$D" user show "$mail"
    run 0 --data "$D" db check
    out_has 'SOUND +yes'
    run 0 --data "$D" db status -o json
    json_is "j['file_bytes'] > 0" True
}

accounts stopped
server_start
accounts running
run 7 serve --data "$D" --listen 127.0.0.1:0
err_has '^hint: '
server_stop
accounts again

# Completion knows addresses and keys, and stays silent without them.
sleuth --data "$D" user create tab@example.com --no-password 2> /dev/null
run 0 --data "$D" complete -- user show ta
out_has "^tab@example.com	free$"
run 0 --data "$PWD/nowhere" complete -- user show ta
out_empty
err_empty

# A password may come from standard input; too weak ones are refused.
INPUT=password run 0 --data "$D" user create stdin@example.com
printf 'password1234\n' > weak
run 2 --data "$D" user create weak@example.com --password-file weak
run 2 --data "$D" user create none@example.com --password-file /dev/null
run 0 --data "$D" user create ci@example.com --no-password

# Invitations need a door that is not closed; the link stands alone on standard output.
run 7 --data "$D" user invite new@example.com
export SLEUTH_AUTH_SIGNUP=invite
run 0 --data "$D" user invite new@example.com --plan pro --days 2
out_has '/signup#[A-Za-z0-9_-]{43}$'
unset SLEUTH_AUTH_SIGNUP
run 0 --data "$D" user reset-totp ci@example.com --yes

# Every change left a record, and the chain holds.
run 0 --data "$D" audit verify
out_has '^SOUND +yes'
run 0 --data "$D" audit list
out_has 'unix:.* +user.create +user:'
run 0 --data "$D" audit export
check "export is JSON lines from the first record on, without keys" "$(python3 -c "
import json, re; rows = [json.loads(l) for l in open('out')]
print([r['seq'] for r in rows] == list(range(1, len(rows) + 1)), re.search('sk_live_[A-Za-z0-9_-]{43}', str(rows)))")" 'True None'

# An export holds its checkpoints, and can be checked without the appliance; a cut end shows against
# checkpoints that were kept elsewhere.
server_start
server_stop
check "the stop left a checkpoint" "$(wc -l < "$D/audit-checkpoints.jsonl" | awk '{print ($1 > 0)}')" 1
run 0 --data "$D" audit verify -o json
json_is "j['ok'], j['checkpoints'] > 0, j['last_checkpoint'] == j['entries']" "(True, True, True)"
cp "$D/audit-checkpoints.jsonl" kept.jsonl
sleuth --data "$D" audit export > log.jsonl
run 0 audit verify log.jsonl --checkpoints kept.jsonl
out_has '^SOUND +yes'
err_has 'give --key'
head -n -1 log.jsonl > cut.jsonl
run 0 audit verify cut.jsonl
run 3 audit verify cut.jsonl --checkpoints kept.jsonl
err_has 'the end was cut off'
sed '3s/user/usar/' log.jsonl > edited.jsonl
run 3 audit verify edited.jsonl
run 3 audit verify log.jsonl --key 00000000000000000000000000000000000000000000000000000000000000aa
err_has 'not signed by the key'
run 64 audit verify --checkpoints kept.jsonl

# A key may have lower limits than its user.
SHOWN=$(sleuth --data "$D" key create ci@example.com 2> /dev/null | cut -c1-15)
run 0 --data "$D" limits set "$SHOWN" --per-day 50
run 0 --data "$D" limits show "$SHOWN" -o json
json_is "j['rate_override']" "{'per_minute': None, 'per_day': 50}"
run 64 --data "$D" limits set "$SHOWN" --analyses 5
run 0 --data "$D" limits clear "$SHOWN"
run 0 --data "$D" limits show "$SHOWN" -o json
json_is "j['rate_override']" "{'per_minute': None, 'per_day': None}"
