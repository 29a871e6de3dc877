/* Embeds the files of web/assets.def with .incbin, beside the twins that the build compressed. */
#include "assets.h"

#include "base/crypt.h"

#include <assert.h>
#include <pthread.h>
#include <stdio.h>

/* ASSET_DIR holds the compressed twins of this build (Makefile). */
#define EMBED(symbol, file)                                                                        \
    __asm__(".section .rodata\n"                                                                   \
            ".global asset_" symbol "\n.global asset_" symbol "_end\n"                             \
            ".balign 16\nasset_" symbol ":\n.incbin \"" file "\"\nasset_" symbol "_end:\n"         \
            ".byte 0\n.previous\n");

#define A(id, file, type)                                                                          \
    EMBED(#id, "web/" file)                                                                        \
    EMBED(#id "_gz", ASSET_DIR "/" file ".gz")                                                     \
    EMBED(#id "_br", ASSET_DIR "/" file ".br")                                                     \
    extern const char asset_##id[], asset_##id##_end[];                                            \
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
    const char *start, *end, *gz, *gz_end, *br, *br_end;
} places[] = {
#define A(id, file, type)                                                                          \
    {asset_##id,          asset_##id##_end, asset_##id##_gz,                                       \
     asset_##id##_gz_end, asset_##id##_br,  asset_##id##_br_end},
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

static void fill(void)
{
    for (size_t i = 0; i < ARRAY_COUNT(assets); i++) {
        struct asset *asset = &assets[i];
        struct crypt_hash hash;
        asset->bytes = between(places[i].start, places[i].end);
        asset->gzip = smaller(between(places[i].gz, places[i].gz_end), asset->bytes);
        asset->brotli = smaller(between(places[i].br, places[i].br_end), asset->bytes);
        crypt_sha256(&hash, asset->bytes);
        hex_of(&hash, asset->etag);
    }
    fill_paths();
}

void assets_init(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    (void)pthread_once(&once, fill); /* fails only for a bad argument */
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
