#!/bin/sh
# Proves each patch of packaging/h2o: run.sh [proof...] builds libh2o complete and once without each
# patch, attacks all of them (proofs.py), then sends random frames to a sanitizer build (stress.py).
# The libraries are cached under build/h2o-proofs; SLEUTH_STRESS is the number of connections.
set -eu
cd "$(dirname "$0")/../.."
out=build/h2o-proofs
mkdir -p "$out"
export H2O_SOURCE_DIR="$PWD/build/h2o/source"
[ -d "$H2O_SOURCE_DIR" ] || { echo "run make first: it fetches the source of libh2o" >&2; exit 1; }

# build DIR CFLAGS [OMIT]: the library and the server on it
build() {
    H2O_CFLAGS="$2" H2O_OMIT="${3:-}" sh packaging/h2o/build.sh "$1" 2> "$1.log" || { cat "$1.log"; return 1; }
    if [ -z "$(find "$1/server" -newer "$1/libh2o-evloop.a" -newer tests/h2o/server.c 2> /dev/null)" ]; then
        # shellcheck disable=SC2086
        ${CC:-cc} -std=gnu11 -Wall -Wextra -g $2 -DH2O_USE_LIBUV=0 -D_GNU_SOURCE -isystem "$1/include" \
            tests/h2o/server.c "$1/libh2o-evloop.a" -lssl -lcrypto -lz -lm -lpthread -o "$1/server"
    fi
}

echo "building libh2o with all patches, and without each"
build "$out" -O1
for patch in $(sed -n 's/^\([0-9]*\)-.*/\1/p' packaging/h2o/series); do
    case $patch in
    0009) ;; # only adds the fields that 0010 and 0011 use
    0015) ;; # only tells a time; tests/appliance/test_loop.c cannot be built without it
    *) build "$out/omit-$patch" -O1 "$patch 0015" ;; # its hunks stand on those of 0013 and 0014
    esac
done
python3 tests/h2o/proofs.py "$out" "$@"
[ $# -eq 0 ] || exit 0
build "$out/asan" "-O1 -fsanitize=address,undefined -fno-sanitize=alignment,shift -fno-omit-frame-pointer"
python3 tests/h2o/stress.py "$out/asan/server" "${SLEUTH_STRESS:-300}"
