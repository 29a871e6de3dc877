# Licences: issued with a vendor's key, verified without an appliance, installed over both ways.
mkdir conf
openssl rand -hex 32 > vendor.key
run 0 license public-key --key vendor.key
check "a public key is printed" "$(grep -cE '^[0-9a-f]{64}$' out)" 1
cp out trusted.keys
printf '[billing]\nmode = license\n[license]\ntrusted_keys_file = %s/trusted.keys\n' "$PWD" > conf/sleuth.conf
C="--config conf/sleuth.conf --data $D"

run 64 license issue --key vendor.key --plan pro
run 64 license issue --licensee X --plan pro --seats 1 --until 2030-01-01
run 2 license issue --key trusted.keys --licensee X --plan pro --seats 0 --until 2030-01-01
run 0 license issue --key vendor.key --licensee "Labor 实验室" --plan pro --seats 2 --analyses 50 --until 2099-12-31 --output pro.lic
run 0 license verify pro.lic --keys trusted.keys -o json
json_is "[(l['licensee'], l['plan'], l['seats'], l['state']) for l in j['licenses']]" "[('Labor 实验室', 'pro', 2, 'valid')]"
run 3 license verify pro.lic
err_has 'not trusted here'
sed 's/"seats":2/"seats":9/' pro.lic > forged.lic
run 3 license verify forged.lic --keys trusted.keys
err_has 'signature'
python3 -c "import json; print(json.dumps(json.load(open('pro.lic')), indent=1))" > pretty.lic
run 3 license verify pretty.lic --keys trusted.keys

run 6 $C license show
run 0 $C license install pro.lic
err_has 'installed'
run 0 $C license show -o json
json_is "j['state'], j['plan_cap'], j['license']['seats'], j['source']" "('valid', 'pro', 2, 'installed')"
run 2 $C license install forged.lic
run 0 $C user create one@example.com --no-password
run 0 $C user show one@example.com -o json
json_is "j['plan'], j['plan_source']" "('pro', 'license')"
run 0 $C user create two@example.com --plan enterprise --no-password
run 7 $C user create three@example.com --no-password
err_has 'seats'
run 0 $C user disable one@example.com
run 0 $C user create three@example.com --no-password
run 7 $C user enable one@example.com

# A second licence, while the server runs; an older one does not come back.
server_start --config conf/sleuth.conf
run 0 license issue --key vendor.key --licensee X --plan business --seats 5 --until 2099-12-31 --issued 2090-01-01 --from 2020-01-01 --output business.lic
run 0 $C license install business.lic
run 0 $C license show
out_has 'HIGHEST PLAN +business'
out_has 'SEATS +5'
run 7 $C license install pro.lic
err_has 'issued later'
run 0 $C license show -o json
HOST=$(python3 -c "import json; print(json.load(open('out'))['host_id'])")
run 0 license issue --key vendor.key --licensee X --plan pro --seats 5 --until 2099-12-31 --issued 2091-01-01 --host 00112233445566778899aabbccddeeff --from 2020-01-01 --output other.lic
run 7 $C license install other.lic
err_has 'another machine'
if [ -n "$HOST" ]; then
    run 0 license issue --key vendor.key --licensee X --plan enterprise --seats 5 --until 2099-12-31 --issued 2092-01-01 --host "$HOST" --from 2020-01-01 --output here.lic
    run 0 $C license install here.lic
fi
# It ended 10 days ago: grace, with a warning. And long ago: refused.
DAY=$(date -u -d '10 days ago' +%F)
run 0 license issue --key vendor.key --licensee X --plan pro --seats 5 --from 2020-01-01 --until "$DAY" --issued 2093-01-01 --output grace.lic
run 0 $C license install grace.lic
err_has '30 days more'
run 0 $C license show -o json
json_is "j['state'], j['plan_cap']" "('grace', 'pro')"
run 1 $C doctor --offline
out_has '30 days more'
run 0 license issue --key vendor.key --licensee X --plan pro --seats 5 --from 2020-01-01 --until 2021-01-01 --issued 2094-01-01 --output old.lic
run 7 $C license install old.lic
server_stop
run 0 $C audit list
out_has 'license.install +license:lic_'
out_lacks "$(cut -c1-20 vendor.key)"

# Manual plans: an end, a note, audited; over, they fall to free.
printf '[billing]\nmode = manual\n' > conf/sleuth.conf
run 0 $C user set-plan one@example.com business --until 2099-01-01 --note 'order 4711'
run 0 $C user show one@example.com -o json
json_is "j['plan'], j['plan_source'], j['plan_until'], j['plan_note']" "('business', 'manual', '2099-01-01T00:00:00Z', 'order 4711')"
run 0 $C user set-plan one@example.com business --until 2020-01-01
run 0 $C user show one@example.com -o json
json_is "j['plan'], j['plan_note']" "('free', '')"
run 2 $C user set-plan one@example.com pro --until someday
run 0 $C audit list -o json
json_is "[e['detail'] for e in j['entries'] if 'order 4711' in e['detail']][0][:40]" "plan=business until=2099-01-01T00:00:00Z"
