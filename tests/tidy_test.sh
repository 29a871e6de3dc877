#!/bin/sh
# Shows that the fences hold: plants one fault at a time in a copy of the tree and expects tests/tidy.sh,
# or for a call that points upward the linker, to refuse it.
set -eu
cd "$(dirname "$0")/.."
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
passed=0 failed=0

git ls-files -z | tar -c --null -T - | tar -x -C "$copy"
git -C "$copy" init -q
git -C "$copy" add -A

verdict() { # GOOD? NAME
    if [ "$1" = yes ]; then passed=$((passed + 1)); else failed=$((failed + 1)); echo "FAIL $2"; fi
}
tidy() { TIDY_ROOT=$copy sh tests/tidy.sh > "$copy/.tidy" 2>&1; }

tidy && verdict yes clean || { cat "$copy/.tidy"; verdict no "the tree itself is not tidy"; }

# plant FILE MESSAGE: standard input is appended to FILE; tidy must fail with MESSAGE, and pass again after.
plant() {
    before=
    [ ! -f "$copy/$1" ] || { before=$copy/.before; cp -p "$copy/$1" "$before"; }
    cat >> "$copy/$1"
    git -C "$copy" add -A
    if tidy; then verdict no "not noticed: $2 ($1)"
    elif grep -qF "$2" "$copy/.tidy"; then verdict yes "$2"
    else cat "$copy/.tidy"; verdict no "noticed, but not as: $2 ($1)"
    fi
    if [ -n "$before" ]; then mv "$before" "$copy/$1"; else rm "$copy/$1"; fi
}

plant detect/options.c "detect may include only" << 'EOF'
#include "storage/storage.h"
EOF
plant storage/records.h "storage may include only" << 'EOF'
#include "detect/detect.h"
EOF
plant appliance/base/slice.c "base may include only" << 'EOF'
#include "limits.h"
EOF
plant appliance/log.c "appliance may not include tools" << 'EOF'
#include "tools/cli.h"
EOF
for row in 'appliance/log.c:<h2o.h>' 'appliance/route.c:<lmdb.h>' 'storage/records.h:<msgpack.h>' 'tools/table.c:<yajl/yajl_tree.h>' \
    'appliance/route.c:<curl/curl.h>' 'appliance/password.c:<sodium.h>' 'tools/table.c:<ini.h>' 'appliance/log.c:<openssl/ssl.h>' \
    'appliance/json.c:<zlib.h>' 'appliance/json.c:<archive.h>'; do
    plant "${row%%:*}" "belongs to" << EOF
#include ${row#*:}
EOF
done
plant appliance/log.c "banned function" << 'EOF'
void planted(char *to, const char *from) { strcpy(to, from); }
EOF
plant appliance/log.c "at most 500 lines" << EOF
$(seq 500 | sed 's,.*,/* & */,')
EOF
plant detect/planted.c "says what it is for" << 'EOF'
static int planted;
EOF
plant detect/planted.c "has its test file" << 'EOF'
/* A source file without a test. */
EOF
plant detect/options.c "does not print, exit or fork" << 'EOF'
void planted(void) { printf("hello"); }
EOF
plant detect/options.c "no clock, chance or I/O" << 'EOF'
long planted(void) { return time(NULL); }
EOF
plant storage/records.h "default sync mode" << 'EOF'
static const unsigned planted = MDB_NOSYNC;
EOF
mark=FIX space=' '
plant tools/table.c "unfinished work" << EOF
/* ${mark}ME later */
EOF
plant tools/table.c "no space at line ends" << EOF
int planted;$space
EOF

# A call from detect/ to storage/ compiles, but the test of detect/ links only detect and base.
[ ! -d build/release ] || { mkdir -p "$copy/build/release/appliance"
    cp -rp build/release/detect "$copy/build/release/" 2>/dev/null || true
    cp -rp build/release/appliance/base "$copy/build/release/appliance/" 2>/dev/null || true; }
echo 'int store_planted(void); int store_planted(void) { return 0; }' > "$copy/storage/planted.c"
echo 'int detect_planted(void); int main(void) { return detect_planted(); }' > "$copy/tests/detect/test_planted.c"
link_test() { # CODE of detect_planted
    echo "int detect_planted(void); int store_planted(void); int detect_planted(void) { return $1; }" > "$copy/detect/planted.c"
    timeout 300 make -s -C "$copy" build/release/tests/detect/test_planted > "$copy/.make" 2>&1
}
if link_test '0'; then verdict yes "a test of detect links"; else cat "$copy/.make"; verdict no "the control does not link"; fi
if link_test 'store_planted()'; then verdict no "a call from detect to storage links"
elif grep -q 'undefined reference to `store_planted' "$copy/.make"; then verdict yes "an upward call does not link"
else cat "$copy/.make"; verdict no "the build failed for another reason"
fi

echo "tidy-test: $passed passed, $failed failed"
[ "$failed" -eq 0 ]
