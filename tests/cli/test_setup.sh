# First run without questions; running it again changes nothing.
printf 'correct horse battery staple 9\n' > password
run 64 --data "$D" --config s.conf setup --non-interactive
err_has 'admin-email'
run 64 --data "$D" --config s.conf setup --non-interactive --admin-email admin@example.com
run 0 --data "$D" --config s.conf --dry-run setup --non-interactive --admin-email admin@example.com \
    --admin-password-file password --public-url https://sleuth.example.com
[ -e s.conf ] && bad "dry-run writes nothing" || ok "dry-run writes nothing"
for pass in first second; do
    run 0 --data "$D" --config s.conf setup --non-interactive --admin-email admin@example.com \
        --admin-password-file password --public-url https://sleuth.example.com
    check "the public URL is written ($pass)" "$(cat s.conf)" '[http]
public_url = https://sleuth.example.com'
done
err_has 'exists already'
run 0 --data "$D" user list -o json
json_is "[(u['email'], u['role']) for u in j['users']]" "[('admin@example.com', 'admin')]"
cat > answers.conf <<X
[admin]
email = other@example.com
[http]
listen = 127.0.0.1:7443
[outbound]
mode = airgap
X
run 0 --data "$D" --config s.conf setup --answers answers.conf --generate-password
check "the password is printed alone" "$(grep -cE '^[A-Za-z0-9_-]{24}$' out)/$(wc -l < out)" 1/1
run 0 --config s.conf config show outbound.mode
out_has airgap
