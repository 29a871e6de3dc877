#!/bin/sh
# Runs the session of README.md as it is written, on a free port and in a copy of what it uses.
#
# The blocks marked "sh session" are one shell session; "sh packaging/try.sh" is the first shell line.
set -eu
cd "$(dirname "$0")/.."
first=$(awk '/^```sh/ { getline; print; exit }' README.md)
case $first in "sh packaging/try.sh"*) ;; *) echo "the first shell line is not try.sh: $first"; exit 1 ;; esac
second=$(awk '/^```sh/ { getline; getline; print; exit }' README.md)
case $second in "sh packaging/test.sh"*) ;; *) echo "the second shell line is not test.sh: $second"; exit 1 ;; esac

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cp -r web "$dir/"
mkdir -p "$dir/build"
ln -s "$PWD/build/release" "$dir/build/release"
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
{
    # A session that stops half-way takes its server with it.
    echo 'set -eu -m; trap "kill %1 2>/dev/null || true; wait" EXIT'
    awk '/^```sh session/ { on = 1; next } /^```/ { on = 0 } on' README.md | sed "s/127\.0\.0\.1:5000/127.0.0.1:$port/g"
} > "$dir/session.sh"
(cd "$dir" && timeout 120 bash session.sh > session.out 2>&1) || { cat "$dir/session.out"; echo "0 passed, 1 failed"; exit 1; }
grep -q '"bias_detected" *: *true' "$dir/session.out" || { cat "$dir/session.out"; echo "no verdict over HTTPS"; echo "0 passed, 1 failed"; exit 1; }
echo "readme: 1 passed, 0 failed"
