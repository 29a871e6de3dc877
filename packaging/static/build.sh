#!/bin/sh
# Builds the static binary: build.sh [DIR] makes DIR/sleuth (build/static by default), with SBOM and NOTICE.
#
# glibc -static, Debian's own archives (OpenSSL, LMDB, libsodium, ...), our libh2o, and a small
# libcurl from Debian's source package, pinned by hash, that resolves names by c-ares: nothing in the
# result loads another file to run, so it works in an empty chroot. CURL_SOURCE_DIR is for offline builds.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/../.."
mkdir -p "${1:-build/static}"
out=$(cd "${1:-build/static}" && pwd)
version=$(cat packaging/VERSION)
SOURCE_DATE_EPOCH=$(date -d "$(sed -n 's/^ -- .*>  //p' packaging/debian/changelog | head -1)" +%s)
export SOURCE_DATE_EPOCH TZ=UTC LC_ALL=C.UTF-8

# --- libcurl: HTTP and HTTPS, nothing else ---------------------------------------------------------
curl=$PWD/build/curl
recipe=$(sed -n '/^# --- libcurl/,/^# --- the program/p' "$here/build.sh" | cat - "$here/SHA256SUMS" | sha256sum | cut -c1-16)
if [ "$(cat "$curl/recipe" 2> /dev/null)" != "$recipe" ]; then
    sh packaging/fetch-source.sh curl 7.88.1-10+deb12u15 "$here/SHA256SUMS" "$curl/source" "${CURL_SOURCE_DIR:-}"
    rm -rf "$curl/tree" "$curl/make"
    mkdir -p "$curl/tree" "$curl/make"
    tar -xzf "$curl"/source/curl_*.orig.tar.gz -C "$curl/tree" --strip-components=1
    tar -xJf "$curl"/source/curl_*.debian.tar.xz -C "$curl/tree"
    # The last two patches only rename the library for Debian's three flavours.
    grep -vE '^(#|$|90_gnutls|99_nss)' "$curl/tree/debian/patches/series" | while read -r patch; do
        patch -d "$curl/tree" -p1 -s --fuzz=0 < "$curl/tree/debian/patches/$patch"
    done
    off= && for name in CURL_BROTLI CURL_ZSTD USE_NGHTTP2 CURL_USE_LIBSSH2 CURL_USE_LIBSSH CURL_USE_LIBPSL USE_LIBIDN2 \
        CURL_USE_GSSAPI BUILD_CURL_EXE BUILD_SHARED_LIBS BUILD_TESTING ENABLE_MANUAL CURL_ZLIB; do off="$off -D$name=OFF"; done
    on= && for name in HTTP_ONLY CURL_USE_OPENSSL ENABLE_ARES CURL_DISABLE_ALTSVC CURL_DISABLE_HSTS CURL_DISABLE_NTLM \
        CURL_DISABLE_COOKIES CURL_DISABLE_NETRC CURL_DISABLE_PROGRESS_METER CURL_DISABLE_DOH \
        CURL_DISABLE_MIME CURL_DISABLE_AWS CURL_DISABLE_VERBOSE_STRINGS CURL_DISABLE_GETOPTIONS; do on="$on -D$name=ON"; done
    # shellcheck disable=SC2086
    cmake -S "$curl/tree" -B "$curl/make" -Wno-dev $off $on -DCMAKE_BUILD_TYPE=None \
        -DCMAKE_C_FLAGS="-Os -fPIE -fstack-protector-strong -D_FORTIFY_SOURCE=2 -ffile-prefix-map=$curl=curl" \
        -DCURL_CA_BUNDLE=/etc/ssl/certs/ca-certificates.crt -DCURL_CA_PATH=none > "$curl/log"
    make -C "$curl/make" -j"$(nproc)" libcurl >> "$curl/log" 2>&1 || { tail -20 "$curl/log"; exit 1; }
    cp "$(find "$curl/make" -name 'libcurl*.a' | head -1)" "$curl/libcurl.a"
    echo "$recipe" > "$curl/recipe"
fi

# --- the program: the usual objects, linked another way ------------------------------------------------
# A tree of its own and a fixed prefix, so that no path of this machine gets into the result.
tree=$out/tree
rm -rf "$tree"
mkdir -p "$tree"
git ls-files -z | tar -c --null -T - | tar -x -C "$tree"
libs="$curl/libcurl.a -lcares -llmdb -lsodium -lmsgpackc -lyajl_s -lssl -lcrypto -linih -lseccomp -larchive -lnettle -llzma -lbz2
    -lzstd -lbrotlienc -lbrotlidec -lbrotlicommon -lz -lm"
# What nothing calls is left out, and so are the tables for unwinding (800 kB), which C without exceptions
# has no use for: nothing here ends a thread from outside. Relocations are packed, or a PIE takes 900 kB of them.
small="-ffunction-sections -fdata-sections -fno-asynchronous-unwind-tables"
echo 'SECTIONS { /DISCARD/ : { *(.eh_frame) } } INSERT BEFORE .eh_frame;' > "$out/discard.ld"
link="-static-pie -fuse-ld=bfd -pthread -Wl,-z,relro,-z,now,-z,pack-relative-relocs,--gc-sections,--no-eh-frame-hdr,-T,$out/discard.ld"
H2O_SOURCE_DIR=$PWD/build/h2o/source H2O_CFLAGS="-ffile-prefix-map=$tree=. $small" \
CFLAGS="-ffile-prefix-map=$tree=. $small" CPPFLAGS="-DCURL_STATICLIB" \
    make -s -C "$tree" -j"$(nproc)" all CFLAGS_cold=-Os LINK="@mkdir -p \$(@D) && \$(CC) $link \$(filter %.o %.a,\$^) $(echo $libs) -o \$@" \
    > "$out/log" 2>&1 || { tail -30 "$out/log"; exit 1; }
rm "$out/discard.ld"
strip -o "$out/sleuth" "$tree/build/release/sleuth"
sh packaging/notice.sh static > "$out/NOTICE"
sh packaging/sbom.sh static "$out/sleuth" > "$out/sleuth_$version.spdx.json"
(cd "$out" && sha256sum sleuth NOTICE "sleuth_$version.spdx.json" > SHA256SUMS)
echo "$out/sleuth, $(stat -c %s "$out/sleuth") bytes"
