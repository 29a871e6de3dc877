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
