#!/bin/sh
# Checks what compilers do not: include directions, owner files of libraries, sizes, banned words.
# TIDY_ROOT names another tree (tests/tidy_test.sh plants faults in a copy).
set -u
cd "${TIDY_ROOT:-$(dirname "$0")/..}" || exit 2
bad=0
report() { [ -z "$1" ] || { echo "$1"; echo "tidy: $2"; bad=1; }; }
sources() { find appliance storage detect tools tests -name '*.[ch]' "$@" | sort; }
code() { grep -vE '^[^:]+:[0-9]+: *(/\*|\*|//)'; } # drops comment lines from grep -n output

# Layers: base <- detect, base <- storage, then appliance <- tools.
own='^#include "'
report "$(grep -nE "$own" appliance/base/*.[ch] | grep -vE '"base/')" "base may include only base"
report "$(grep -rnE "$own" detect --include='*.[ch]' | grep -vE '"(base|detect)/')" "detect may include only base and detect"
report "$(grep -rnE "$own" storage --include='*.[ch]' | grep -vE '"(base|storage)/')" "storage may include only base and storage"
report "$(grep -rnE "${own}tools/" appliance --include='*.[ch]')" "appliance may not include tools"

# Third-party headers live in their owner files.
owner() { # HEADER-REGEX OWNER-REGEX
    report "$(grep -rnE "^#include [<\"]($1)" appliance storage detect tools | grep -vE "^($2):")" "$1 belongs to $2"
}
owner 'h2o(\.h|/)' 'appliance/(loop|call|reply|tls|h2o_glue)\.[ch]'
owner 'lmdb\.h' 'storage/internal\.h'
owner 'msgpack' 'storage/codec\.c'
owner 'yajl' 'appliance/json\.c'
owner 'curl/' 'appliance/(outbound|transfer)\.c'
owner 'sodium' 'appliance/base/crypt\.c'
owner 'ini\.h' 'appliance/config\.c'
owner 'openssl/' 'appliance/tls\.c'
owner '(zlib|brotli/|zstd)' 'appliance/decode\.c'
owner 'archive(_entry)?\.h>' 'appliance/archive\.c'
owner 'seccomp' 'appliance/sandbox\.c'

# Sizes, headers, words.
report "$(sources | xargs wc -l | awk '$2 != "total" && $1 > 500 {print $2 ": " $1 " lines"}')" "files have at most 500 lines"
report "$(sources | xargs awk 'FNR == 1 && !/^\/\*/ {print FILENAME}')" "the first line of a file says what it is for"
banned='strcpy|strcat|strncpy|strncat|sprintf|vsprintf|strtok|gets|atoi|atol|atof|sscanf|fscanf|scanf|gmtime|localtime|ctime|asctime|alloca|rand|system|popen|signal'
report "$(sources -path 'tests/*' -prune -o -name '*.[ch]' -print | xargs grep -nE "\b($banned) *\(" | code)" "banned function"
report "$(grep -rnE '\b(v?f?printf|puts|fputs|perror|syslog|exit|_exit|fork) *\(' appliance/base detect storage --include='*.c' | code)" "a library returns; it does not print, exit or fork"
report "$(grep -rnE '\b(time|clock_gettime|gettimeofday|getrandom|getenv|fopen|open|socket) *\(' detect --include='*.c' | code)" "no clock, chance or I/O in detect"
report "$(grep -rnE 'MDB_(NOSYNC|NOMETASYNC|MAPASYNC|WRITEMAP|NOLOCK)' storage --include='*.[ch]' | code)" "the store is opened in LMDB's default sync mode"
report "$(sources | xargs grep -nwE 'FIXME|XXX|HACK')" "unfinished work is written TODO(issue): sentence"
text() { git ls-files '*.c' '*.h' '*.def' '*.sh' '*.py' '*.md' '*.yml' Makefile; }
report "$(text | xargs grep -nE '[[:space:]]+$' | head -20)" "no space at line ends"
report "$(text | grep -v '^tests/tidy' | xargs grep -nE '(^|[ "(])/work/|\.\./shared' | head)" "the tree does not name places outside of it"
untested=$(for f in $(ls appliance/base/*.c detect/*.c storage/*.c appliance/*.c 2>/dev/null); do
    case $f in
        appliance/main.c | detect/kernel_*.c | detect/coupling_sums.c | detect/panel_rows_wide.c) continue ;; # compared by
    # test_kernel.c and test_panel_rows.c
    esac
    layer=${f%/*}
    [ "$layer" != appliance/base ] || layer=base
    [ -f "tests/$layer/test_${f##*/}" ] || echo "$f"
done)
report "$untested" "every source file has its test file"
exit $bad
