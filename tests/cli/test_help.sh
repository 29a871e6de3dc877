# Help, version, completion, manual pages: generated from the command table.
run 0 help
out_has 'sleuth detect log.csv'
out_has 'exit-codes'
run 0 --help
out_has 'sleuth detect log.csv'
run 0 detect --help
check "examples come before usage" \
    "$(grep -nE '^(Examples|Usage|Flags)$' out | cut -d: -f2 | tr '\n' ' ')" 'Examples Usage Flags '
cp out first
run 0 help detect
check "--help and help say the same" "$(cat out)" "$(cat first)"
run 0 help user create
out_has '--password-file FILE'
run 0 user --help
out_has 'sleuth user set-plan USER PLAN'
run 0 help exit-codes
for code in 0 1 2 3 4 5 6 7 8 9 64; do out_has "^ +$code "; done
run 0 help --lang zh detect
out_has '^示例$'

run 0 version
out_is "sleuth $(cat "$ROOT/packaging/VERSION")"
run 0 --version
out_is "sleuth $(cat "$ROOT/packaging/VERSION")"
run 0 version -o json
json_is "j['schema_version']" 1

# Completion scripts are valid shell, and complete from the table.
for shell in bash zsh fish; do
    run 0 completion $shell
    out_has 'sleuth complete --'
done
run 64 completion tcsh
run 0 complete -- us
out_has '^user	'
run 0 complete -- user cre
out_has '^create	'
run 0 complete -- user create --pl
out_has '^--plan	'
run 0 complete -- user create --plan pr
out_has '^pro	'
run 0 complete -- detect lo
out_is ':files'
if command -v bash > /dev/null; then
    mkdir -p bin
    ln -sf "$SLEUTH" bin/sleuth
    sleuth completion bash > completion.bash
    check "bash completes verbs" "$(PATH=$PWD/bin:$PATH bash -c '. ./completion.bash
        COMP_WORDS=(sleuth user cre) COMP_CWORD=2; _sleuth; echo "${COMPREPLY[*]}"')" create
fi

run 0 man --dir pages
for page in pages/man1/sleuth.1 pages/man1/sleuth-user.1 pages/man5/sleuth.conf.5 \
    pages/zh_CN/man1/sleuth-detect.1 pages/man7/sleuth-api.7; do
    [ -s "$page" ] && ok "$page is written" || bad "$page is written"
done
if command -v groff > /dev/null; then
    check "groff finds no fault" "$(groff -man -Tutf8 -Kutf8 -ww -z pages/man1/*.1 2>&1 |
        grep -v "can't break line\|cannot adjust line")" ''
fi
sleuth help user create | sed -n 's/^  \(--[a-z-]*\).*/\1/p' | sort > from_help
sed -n 's/.*\(\\-\\-[a-z\\-]*\).*/\1/p' pages/man1/sleuth-user.1 | tr -d '\\' | sort -u > from_man
check "every flag of the help is in the manual" "$(comm -23 from_help from_man)" ''
