# Backups: made with and without a server, opened only by their key, restored whole or not at all.
sleuth --data "$D" user create a@example.com --no-password 2> /dev/null
sleuth --data "$D" key create a@example.com --name canary-of-a-key > key.txt 2> /dev/null
run 0 --data "$D" backup create -o json
json_is "j['users'], j['api_keys'], j['blobs_missing']" "(1, 1, 0)"
FIRST=$(ls "$D"/backups/*.backup)
check "only the owner may read it" "$(stat -c %a "$FIRST")" 600
grep -qE 'canary|a@example' "$FIRST" && bad "nothing can be read from its bytes" || ok "nothing can be read from its bytes"
run 0 --data "$D" backup list -o json
json_is "[(b['opens_with'], b['blobs']) for b in j['backups']]" "[('master', 'include')]"
run 0 --data "$D" backup verify "$FIRST"
err_has 'everything in it is sound'
run 0 --data "$D" backup verify "$FIRST" --checksum
run 6 --data "$D" backup verify missing.backup

# Sealed to a public key and to a passphrase; the key of the one does not open the other.
run 0 backup keygen secret.key
PUBLIC=$(cat out)
check "the secret key is for its owner" "$(stat -c %a secret.key)" 600
run 7 backup keygen secret.key
printf 'correct horse battery\n' > phrase
printf 'another phrase\n' > other
run 0 --data "$D" backup create --output key.backup --recipient "$PUBLIC"
run 0 --data "$D" backup create --output phrase.backup --passphrase-file phrase
run 5 --data "$D" backup verify key.backup
err_has 'secret key is needed'
run 0 --data "$D" backup verify key.backup --identity secret.key
run 5 --data "$D" backup verify phrase.backup
run 3 --data "$D" backup verify phrase.backup --passphrase-file other
run 0 --data "$D" backup verify phrase.backup --passphrase-file phrase
run 7 --data "$D" backup create --output key.backup
run 64 --data "$D" backup create --recipient "$PUBLIC" --passphrase-file phrase
run 2 --data "$D" backup create --recipient slpub_nonsense

# With a server: the snapshot goes through its socket, a restore is refused.
server_start
run 0 --data "$D" backup create --output - --blobs refs
cp out piped.backup
run 0 --data "$D" backup verify piped.backup
run 7 --data "$D" restore piped.backup --yes
err_has 'hint: .*stop'
run 0 --data "$D" db status -o json
json_is "j['schema']" 5
run 0 --data "$D" audit list -o json
json_is "sum(e['action'] == 'backup.create' for e in j['entries'])" 4
server_stop

# A restore asks, keeps what was there, and brings everything back.
sleuth --data "$D" user create later@example.com --no-password 2> /dev/null
run 4 --data "$D" restore piped.backup
run 0 --data "$D" restore piped.backup --dry-run -o json
json_is "[(c['before'], c['after']) for c in j['counts']][0]" "(2, 1)"
run 6 --data "$D" user show nobody@example.com
run 0 --data "$D" user show later@example.com
head -c 5000 piped.backup > short.backup
run 3 --data "$D" restore short.backup --yes
run 0 --data "$D" restore piped.backup --yes
run 6 --data "$D" user show later@example.com
run 0 --data "$D" user show a@example.com
run 0 --data "$D" db check
check "the old database is kept" "$(ls -d "$D"/db.pre-restore-* | wc -l)" 1

# Elsewhere: the master key does not travel, and without it nothing opens.
run 0 --data "$D" restore phrase.backup --passphrase-file phrase --to "$PWD/elsewhere"
run 5 --data "$PWD/elsewhere" db check
cp -r "$D/secrets" elsewhere/
run 0 --data "$PWD/elsewhere" db check
run 0 --data "$PWD/elsewhere" user show a@example.com
mkdir others
cp -r "$D/secrets" others/
head -c 32 /dev/zero > others/secrets/master.key
run 5 --data "$D" backup verify piped.backup --secrets others/secrets
err_has 'another master key'

# A second directory, and what is not to be kept goes.
printf '[backup]\ncopy_dir = %s/second\nkeep_daily = 1\nkeep_weekly = 1\nkeep_monthly = 1\n' "$PWD" > backup.conf
sleep 1
run 0 --config backup.conf --data "$D" backup create
check "the copy is the same" "$(cat "$D"/backups/sleuth-*.backup | wc -c)" "$(($(cat second/*.backup | wc -c) + $(stat -c %s "$FIRST")))"
run 0 --config backup.conf --data "$D" backup prune --dry-run
err_has 'would remove'
[ -e "$FIRST" ] && ok "a dry run removes nothing" || bad "a dry run removes nothing"
run 0 --config backup.conf --data "$D" backup prune
[ -e "$FIRST" ] && bad "the older backup of the day goes" || ok "the older backup of the day goes"
check "the newest stays" "$(ls "$D"/backups/*.backup second/*.backup | wc -l)" 2

# Compact and migrate, while nothing runs.
run 0 --data "$D" db compact -o json
run 0 --data "$D" db migrate --dry-run
err_has 'newest schema'
run 0 --data "$D" db check

# Whatever root does there belongs to whom the directory belongs.
if [ "$(id -u)" -eq 0 ]; then
    mkdir -m 700 theirs
    chmod 711 . ..
    chown 12345:12345 theirs
    run 0 --data "$PWD/theirs" user create b@example.com --no-password
    run 0 --data "$PWD/theirs" backup create --output theirs.backup
    chmod 644 theirs.backup
    run 0 --data "$PWD/theirs" restore theirs.backup --yes
    run 0 --data "$PWD/theirs" db compact
    check "nothing is root's" "$(find theirs ! -uid 12345 | wc -l)" 0
    run 0 --data "$PWD/theirs" audit list
    out_has 'unix:root'
fi
