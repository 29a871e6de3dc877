#!/bin/sh
# The restore drill: backups of a server under full write load, restored elsewhere. Everything that
# was acknowledged before the backup began must be there, and the check must be clean.
#
# restore.sh SLEUTH [BACKUPS]: writers create API keys as fast as the server takes them.
set -u
SLEUTH=$1 rounds=${2:-5}
dir=$(mktemp -d)
writers= server=
finish() {
    for pid in $writers $server; do kill "$pid" 2> /dev/null; done
    rm -rf "$dir"
}
trap finish EXIT
cd "$dir" || exit 2
failed=0
expect() { if [ "$2" = "$3" ]; then echo "ok    $1"; else echo "FAIL  $1: '$2', not '$3'"; failed=1; fi; }

"$SLEUTH" --data d user create a@example.com --no-password --plan enterprise 2> /dev/null || exit 2
"$SLEUTH" serve --data d --listen 127.0.0.1:0 > serve.out 2> serve.err &
server=$!
for _ in $(seq 100); do grep -q listening serve.out && break; sleep 0.05; done

# Each writer notes a key only after the command that created it has ended well.
for w in 1 2 3; do
    ( i=0
      while [ ! -e stop ]; do
          i=$((i + 1))
          "$SLEUTH" --data d key create a@example.com --name "w$w-$i" > /dev/null 2>&1 && echo "w$w-$i" >> "acked.$w"
      done ) &
    writers="$writers $!"
done
sleep 1
for round in $(seq "$rounds"); do
    cat acked.* 2> /dev/null | sort > "before.$round"
    "$SLEUTH" --data d backup create --output "$round.backup" 2> log || { cat log; exit 1; }
    sleep 0.3
done
touch stop
wait $writers
writers=
kill "$server"
wait "$server"
server=
for round in $(seq "$rounds"); do
    target="restored.$round"
    "$SLEUTH" --data d restore "$round.backup" --to "$target" > /dev/null 2> log
    expect "backup $round is restored" "$?" 0
    cp -r d/secrets "$target/"
    "$SLEUTH" --data "$target" db check > /dev/null 2> log
    expect "its check is clean" "$?" 0
    "$SLEUTH" --data "$target" key list a@example.com -o jsonl 2> log | sed -n 's/.*"name":"\(w[0-9-]*\)".*/\1/p' | sort > there
    expect "its acknowledged keys are there ($(wc -l < "before.$round"))" "$(comm -23 "before.$round" there | wc -l)" 0
done
# The comparison can fail: the first backup does not hold what came after it.
"$SLEUTH" --data restored.1 key list a@example.com -o jsonl | sed -n 's/.*"name":"\(w[0-9-]*\)".*/\1/p' | sort > there
[ "$(comm -23 "before.$rounds" there | wc -l)" -gt 0 ] || { echo "FAIL  the first backup holds later keys"; failed=1; }
[ "$(wc -l < "before.$rounds")" -gt 5 ] || { echo "FAIL  no load"; failed=1; }
exit $failed
