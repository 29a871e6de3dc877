# Configuration: precedence, origins, check, set.
cat > ok.conf <<X
[http]
; a comment that stays
listen = 127.0.0.1:7000
X
run 0 --config ok.conf config show http.listen
out_has '^http.listen +127.0.0.1:7000$'
run 0 --config ok.conf config show http --origin
out_has '127.0.0.1:7000 +ok.conf:3'
SLEUTH_HTTP_LISTEN=127.0.0.1:7001 run 0 --config ok.conf config show http.listen --origin
out_has '127.0.0.1:7001 +SLEUTH_HTTP_LISTEN'
run 0 --config ok.conf --data /x config show storage.data_dir --origin
out_has '/x +--data'
run 0 --config ok.conf config check
err_has "'ok.conf' is valid"
run 6 --config ok.conf config show nothing.here

printf '[http]\nlisen = x\n' > bad.conf
run 5 config check bad.conf
err_has 'bad.conf:2'
err_has '^hint: '
run 5 config check missing.conf
run 5 --config bad.conf config show

run 0 --config ok.conf config set http.listen 127.0.0.1:7002
run 0 --config ok.conf config set log.format json
check "comments stay" "$(grep -c '; a comment that stays' ok.conf)" 1
check "the line is replaced" "$(grep -c '^listen = 127.0.0.1:7002$' ok.conf)" 1
run 5 --config ok.conf config set log.format yaml
check "a refused value changes nothing" "$(grep -c 'format = json' ok.conf)" 1
run 6 --config ok.conf config set log.formt json
err_has "did you mean 'log.format'"
run 4 --config ok.conf config set billing.stripe_secret_key sk_x
err_has 'never an argument'
run 0 --config ok.conf --dry-run config set log.level debug
out_has '^level = debug$'
check "dry-run changes nothing" "$(grep -c '^level' ok.conf)" 0
