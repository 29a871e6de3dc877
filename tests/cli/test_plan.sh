# Plans: the defaults, a file that changes them, a file that is wrong.
run 0 plan list
out_has '^pro +60 +1000 +1000 +10 +49.00 +USD$'
run 0 plan show enterprise
out_has '^per_day +unlimited$'
run 6 plan show gold
: > s.conf
printf '[plan "pro"]\nper_minute = 90\n' > plans.conf
run 0 --config ./s.conf plan list
out_has '^pro +90 '
run 0 plan check plans.conf
printf '[plan "pro"]\nper_minut = 90\n' > bad.conf
run 5 plan check bad.conf
err_has 'bad.conf:2'
