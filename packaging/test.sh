#!/bin/sh
# Runs the tests from a fresh clone: installs what is missing, then `make check`.
#
# Ends with "N passed, N failed" and exit 0 only when nothing failed.
set -eu
cd "$(dirname "$0")/.."
echo "== Debian packages that are missing"
sh packaging/install-deps.sh test

# A clone that belongs to another user (a container, sudo) is still ours to list.
export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=safe.directory GIT_CONFIG_VALUE_0="$PWD"

echo "== make check"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
{ make -j"$(nproc)" check 2>&1 && echo "check: all steps done"; } | tee "$log"
grep -q '^check: all steps done$' "$log" && ok=0 || ok=1

# One closing line over all runners (Check programs, tidy-test, libh2o proofs, ...).
sed -n 's/^\(.*: \)\{0,1\}\([0-9]*\) passed, \([0-9]*\) failed$/\2 \3/p' "$log" |
    awk -v ok="$ok" '{ passed += $1; failed += $2 }
        END { if (passed == 0 || (ok != 0 && failed == 0)) failed++
              printf "%d passed, %d failed\n", passed, failed; exit failed != 0 }'
