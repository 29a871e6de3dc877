/* Embeds the files of web/assets.def with .incbin, in the two forms that the build compressed; the
 * plain form is unpacked at the start, which takes two milliseconds and saves a fifth of a MB. */
#include "assets.h"

#include "base/crypt.h"
#include "decode.h"

#include <assert.h>
#include <pthread.h>
#include <stdio.h>

enum { ASSET_BYTES_MAX = 1 << 20, ASSETS_BYTES_MAX = 8 << 20 };

/* ASSET_DIR holds the compressed forms of this build (Makefile). */
#define EMBED(symbol, file)                                                                        \
    __asm__(".section .rodata\n"                                                                   \
            ".global asset_" symbol "\n.global asset_" symbol "_end\n"                             \
            ".balign 16\nasset_" symbol ":\n.incbin \"" file "\"\nasset_" symbol "_end:\n"         \
            ".byte 0\n.previous\n");

#define A(id, file, type)                                                                          \
    EMBED(#id "_gz", ASSET_DIR "/" file ".gz")                                                     \
    EMBED(#id "_br", ASSET_DIR "/" file ".br")                                                     \
    extern const char asset_##id##_gz[], asset_##id##_gz_end[];                                    \
    extern const char asset_##id##_br[], asset_##id##_br_end[];
#include "web/assets.def"
#undef A

static struct asset assets[] = {
#define A(id, file, type) {.name = SLICE_INIT(file), .content_type = type},
#include "web/assets.def"
#undef A
};

static const struct {
    const char *gz, *gz_end, *br, *br_end;
} places[] = {
#define A(id, file, type)                                                                          \
    {asset_##id##_gz, asset_##id##_gz_end, asset_##id##_br, asset_##id##_br_end},
#include "web/assets.def"
#undef A
};

static slice between(const char *start, const char *end)
{
    return slice_make(start, (size_t)(end - start));
}

static slice smaller(slice twin, slice original)
{
    return twin.len < original.len ? twin : (slice){NULL, 0};
}

static void hex_of(struct crypt_hash *hash, char ret[static 17])
{
    char hex[65];
    (void)crypt_hex(hex, hash->bytes, sizeof hash->bytes);
    (void)snprintf(ret, 17, "%.16s", hex);
}

/* One hash over all files stands in every path, so that modules can import each other by name. */
static void fill_paths(void)
{
    struct crypt_sha256_stream stream;
    struct crypt_hash hash;
    char hex[17];
    crypt_sha256_begin(&stream);
    for (size_t i = 0; i < ARRAY_COUNT(assets); i++)
        crypt_sha256_more(&stream, assets[i].bytes);
    crypt_sha256_end(&stream, &hash);
    hex_of(&hash, hex);
    for (size_t i = 0; i < ARRAY_COUNT(assets); i++)
        (void)snprintf(assets[i].path, sizeof assets[i].path, "/assets/%s/" SLICE_FMT, hex,
                       SLICE_ARG(assets[i].name));
}

/* Of this process, for as long as it lives. */
static struct arena plain;

static status unpack(slice packed, slice *ret, struct error *err)
{
    struct arena scratch;
    slice bytes;
    arena_init(&scratch, ASSET_BYTES_MAX);
    status rc = decode_body(DECODE_BR, packed, ASSET_BYTES_MAX, &scratch, &bytes, err);
    if (rc == ST_OK) {
        *ret = arena_copy(&plain, bytes);
        rc = arena_check(&plain, err);
    }
    arena_finish(&scratch);
    return rc;
}

static status fill(struct error *err)
{
    arena_init(&plain, ASSETS_BYTES_MAX);
    for (size_t i = 0; i < ARRAY_COUNT(assets); i++) {
        struct asset *asset = &assets[i];
        struct crypt_hash hash;
        slice brotli = between(places[i].br, places[i].br_end);
        TRY(unpack(brotli, &asset->bytes, err));
        asset->gzip = smaller(between(places[i].gz, places[i].gz_end), asset->bytes);
        asset->brotli = smaller(brotli, asset->bytes);
        crypt_sha256(&hash, asset->bytes);
        hex_of(&hash, asset->etag);
    }
    fill_paths();
    return ST_OK;
}

status assets_init(struct error *err)
{
    static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    static bool filled;
    status rc = ST_OK;
    (void)pthread_mutex_lock(&mutex);
    if (!filled)
        rc = fill(err);
    if (!filled && rc != ST_OK)
        arena_finish(&plain);
    filled |= rc == ST_OK;
    (void)pthread_mutex_unlock(&mutex);
    return rc;
}

const struct asset *asset_find(slice name)
{
    for (size_t i = 0; i < ARRAY_COUNT(assets); i++)
        if (slice_eq(assets[i].name, name))
            return &assets[i];
    return NULL;
}

const struct asset *asset_at(slice path)
{
    for (size_t i = 0; i < ARRAY_COUNT(assets); i++)
        if (slice_eq(slice_of(assets[i].path), path))
            return &assets[i];
    return NULL;
}

const char *asset_path(const char *name)
{
    const struct asset *asset = asset_find(slice_of(name));
    assert(asset != NULL);
    return asset->path;
}

const struct asset *asset_list(size_t *ret_count)
{
    *ret_count = ARRAY_COUNT(assets);
    return assets;
}
