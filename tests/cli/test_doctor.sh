# Health of the host: exit 0, 1 or 2, a remedy beside every complaint, nothing created by looking.
run 1 --data "$D" doctor
out_has '^data_dir +warn'
[ -e "$D" ] && bad "looking creates nothing" || ok "looking creates nothing"
run 1 --data "$D" doctor -o json
json_is "all(c['fix'] for c in j['checks'] if c['result'] != 'ok')" True
sleuth --data "$D" user create a@example.com --no-password 2> /dev/null
run 1 --data "$D" doctor
out_has '^database +ok'
chmod 755 "$D"
run 2 --data "$D" doctor
out_has '^data_dir +fail .*chmod 700'
chmod 700 "$D"
printf '[http]\nlisen = x\n' > bad.conf
run 5 --config bad.conf doctor

# Each complaint of its own: secrets that others may read, an expired certificate, no backup.
rm bad.conf
sleuth --data "$D" user create b@example.com --no-password 2> /dev/null
run 1 --data "$D" doctor --offline -o json
json_is "[c['result'] for c in j['checks'] if c['check'] in ('secrets', 'backup', 'certificate')]" "['ok', 'warn', 'warn']"
chmod 644 "$D/secrets/pepper"
run 2 --data "$D" doctor --offline
out_has '^secrets +fail .*chmod go='
chmod 600 "$D/secrets/pepper"
mv "$D/secrets/signing.key" kept
run 2 --data "$D" doctor --offline
out_has '^secrets +fail .*restore that file'
mv kept "$D/secrets/signing.key"
sleuth --data "$D" backup create > /dev/null 2>&1
run 1 --data "$D" doctor --offline -o json
json_is "[c['result'] for c in j['checks'] if c['check'] == 'backup']" "['ok']"
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout key.pem -out cert.pem -days 10 -subj /CN=x 2> /dev/null
printf '[http]\ntls_cert = %s/cert.pem\ntls_key = %s/key.pem\n' "$PWD" "$PWD" > cert.conf
run 1 --config cert.conf --data "$D" doctor --offline
out_has '^certificate +warn +9 days left'

# The public URL leads to this appliance, or to something else.
server_start
printf '[http]\npublic_url = %s\n[outbound]\nca_file = %s/tls/cert.pem\n[zenodo]\nbase_url = https://127.0.0.1:1\n' "$URL" "$D" > url.conf
run 1 --config url.conf --data "$D" doctor -o json
json_is "[c['result'] for c in j['checks'] if c['check'] in ('public_url_answers', 'zenodo')]" "['ok', 'warn']"
json_is "[c['result'] for c in j['checks'] if c['check'] == 'sandbox' and 'seccomp on' in c['found']]" "['ok']"
json_is "'http.public_url' in [c['found'] for c in j['checks'] if c['check'] == 'config_drift'][0]" True
printf '[outbound]\nmode = airgap\n' > airgap.conf
run 1 --config airgap.conf --data "$D" doctor -o json
json_is "[c['result'] for c in j['checks'] if c['check'] == 'network']" "['ok']"
server_stop

# No secret gets into the bundle, wherever it is kept.
printf 'canary-stripe-file\n' > stripe.key
printf '[billing]\nstripe_secret_key_file = %s/stripe.key\n[metrics]\ntoken = canary-token\n[outbound]\nproxy = http://me:canary-proxy@127.0.0.1:3128\n' "$PWD" > hidden.conf
chmod 600 hidden.conf stripe.key
KEY=$(sleuth --data "$D" key create a@example.com --name n 2> /dev/null)
printf 'level=info event=x key=%s\nlevel=warn mail=someone@example.com\nplain line\n' "$KEY" > some.log
STRIPE_WEBHOOK_SECRET=canary-webhook SLEUTH_ZENODO_TOKEN=canary-zenodo \
    run 1 --config hidden.conf --data "$D" doctor --offline --bundle support.json --log some.log
check "the bundle is for its owner" "$(stat -c %a support.json)" 600
cp support.json out
json_is "(j['bundle'], j['log'][2], j['database']['schema'] > 0)" "('sleuth support bundle 1', 'plain line', True)"
json_is "[c['value'] for c in j['config'] if c['key'] == 'metrics.token']" "['(set)']"
MASTER=$(cat "$D/secrets/master.key")
if grep -qE "canary|$KEY|$MASTER|someone@|a@example" support.json; then bad "no secret in the bundle"; else ok "no secret in the bundle"; fi
run 64 --data "$D" doctor --log some.log
