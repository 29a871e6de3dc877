# Output rules: data on standard output, closed pipes are quiet, colours only on terminals.
run 0 list-algorithms
err_empty
out_has '^NAME +KIND +DESCRIPTION$'
cp out wide
check "a pipe gets whole rows" "$(grep -c '…' wide)" 0
run 0 list-algorithms --no-header --columns name
out_has '^calibrated$'
run 64 list-algorithms --columns nam
err_has "did you mean 'name'"
run 0 list-algorithms -o jsonl
check "one object per line" "$(python3 -c 'import json; print(all(isinstance(json.loads(l), dict) for l in open("out")))')" True
run 0 list-algorithms -o csv
out_has '^name,kind,description$'
run 0 list-algorithms -o json
json_is "j['schema_version'], len(j['algorithms']) > 5" "(1, True)"

# head closes the pipe: no message, the signal's exit code.
bash -c 'set -o pipefail; "$0" help flags 2> pipe.err | true; echo "${PIPESTATUS[0]}"' "$SLEUTH" > pipe.rc
check "a closed pipe is quiet" "$(cat pipe.err)" ''
case $(cat pipe.rc) in 0 | 141) ok "and ends by the signal" ;; *) bad "and ends by the signal" ;; esac
"$SLEUTH" version > /dev/full 2> err
check "a full disk is exit 2" "$?" 2
err_has 'standard output'

# script(1) gives a terminal.
if command -v script > /dev/null; then
    TERM=xterm COLUMNS=60 script -qec "$SLEUTH list-algorithms" /dev/null > tty.out < /dev/null
    check "a terminal gets colours" "$(grep -c "$(printf '\033')\[1m" tty.out)" 1
    check "no row is wider than the terminal" "$(sed 's/\x1b\[[0-9;]*m//g; s/\r//' tty.out |
        python3 -c 'import sys; print(max(len(l.rstrip("\n")) for l in sys.stdin) <= 60)')" True
    TERM=xterm NO_COLOR=1 script -qec "$SLEUTH list-algorithms" /dev/null > tty.out < /dev/null
    check "NO_COLOR takes them away" "$(grep -c "$(printf '\033')" tty.out)" 0
    TERM=xterm script -qec "$SLEUTH --no-color list-algorithms" /dev/null > tty.out < /dev/null
    check "--no-color, too" "$(grep -c "$(printf '\033')" tty.out)" 0
fi
