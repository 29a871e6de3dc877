#!/bin/sh
# Builds libh2o-evloop.a from Debian's h2o source package plus our patches: build.sh OUTDIR
#
# Debian's own shared library can be aborted by one HTTP/2 client, so every build of Sleuth links
# this one. The source comes from the package archive through a private apt configuration (the
# machine's own stays as it is) or, offline, from the directory named by H2O_SOURCE_DIR.
# Everything is pinned by SHA-256; the result is rebuilt only when the recipe changes. Proofs of the
# patches set H2O_CFLAGS (more compiler flags) and H2O_OMIT (numbers of patches to leave out, blanks between).
set -eu

here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$1"
out=$(cd "$1" && pwd)
version=2.2.5+dfsg2-7
orig=h2o_2.2.5+dfsg2.orig.tar.xz
debian=h2o_2.2.5+dfsg2-7.debian.tar.xz

say() { echo "h2o: $*" >&2; }
recipe=$({ cat "$here"/build.sh "$here"/series "$here"/subset.txt "$here"/*.patch
    echo "${H2O_CFLAGS:-} ${H2O_OMIT:-}"; } | sha256sum | cut -c1-16)
if [ -f "$out/libh2o-evloop.a" ] && [ "$(cat "$out/recipe" 2>/dev/null)" = "$recipe" ]; then
    touch "$out/libh2o-evloop.a"
    exit 0
fi

# --- fetch ---------------------------------------------------------------------------------------
src=$out/source
sh "$here/../fetch-source.sh" h2o "$version" "$here/SHA256SUMS" "$src" "${H2O_SOURCE_DIR:-}"

# --- unpack and patch ----------------------------------------------------------------------------
tree=$out/tree
rm -rf "$tree"
mkdir -p "$tree"
tar -xJf "$src/$orig" -C "$tree" --strip-components=1
tar -xJf "$src/$debian" -C "$tree"
while read -r name; do
    case $name in '' | '#'*) continue ;; esac
    patch -d "$tree" -p1 -s --fuzz=0 < "$tree/debian/patches/$name"
done < "$tree/debian/patches/series"
fuzz=0
[ -z "${H2O_OMIT:-}" ] || fuzz=2 # the hunks of a later patch may name lines of the one left out
while read -r name; do
    case " ${H2O_OMIT:-none} " in *" ${name%%-*} "*) continue ;; esac
    patch -d "$tree" -p1 -s --no-backup-if-mismatch --fuzz="$fuzz" < "$here/$name"
done < "$here/series"

# --- compile -------------------------------------------------------------------------------------
say "compiling"
flags="-O2 -g -fPIC -fstack-protector-strong -D_FORTIFY_SOURCE=2 -pthread -std=gnu99 -w
    -DH2O_USE_LIBUV=0 -D_GNU_SOURCE -DH2O_MAX_REQLEN=65536 ${H2O_CFLAGS:-}"
includes="-Iinclude -Ideps/cloexec -Ideps/golombset -Ideps/klib -Ideps/libyrmcds
    -Ideps/picohttpparser -Ideps/yoml -Ideps/libgkc -Ideps/yaml/include"
rm -rf "$out/obj" && mkdir -p "$out/obj"
cd "$tree"
# shellcheck disable=SC2086
grep '\.c$' "$here/subset.txt" | xargs -P "$(nproc)" -I{} sh -c \
    'o=$(echo "$1" | tr "/" "_"); exec ${CC:-cc} $2 -c "$1" -o "$3/obj/${o%.c}.o"' _ {} "$flags $includes" "$out"
rm -rf "$out/include" && cp -r include "$out/include"
rm -f "$out/libh2o-evloop.a"
${AR:-ar} rcs "$out/libh2o-evloop.a" "$out"/obj/*.o
rm -rf "$out/obj"
echo "$recipe" > "$out/recipe"
say "built $(basename "$out")/libh2o-evloop.a"
