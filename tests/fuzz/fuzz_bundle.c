/* libFuzzer target: any bytes as a bundle, and a bundle built around any manifest.
 *
 * An accepted bundle names safe, different files that lie in it one behind the other; a content is
 * handed out as sound only if both sums are right; a signature holds for the very manifest. Built:
 * manifest, record and contents, an empty line between, with headers that tar itself would write.
 */
#include "pack.h"
#include "tar.h"

#include "fuzz.h"

#include <stdio.h>

enum { BUNDLE_MAX = 1 << 17 };
static char bundle[BUNDLE_MAX];
static size_t bundle_len;
static unsigned char secret[CRYPT_SIGN_SECRET_BYTES];
static struct pack_key key;

static status read_bundle(void *arg, uint64_t at, void *into, size_t bytes, struct error *err)
{
    const slice *whole = arg;
    fuzz_need(at <= whole->len && bytes <= whole->len - at); /* callers look before they read */
    if (bytes)
        memcpy(into, whole->ptr + at, bytes);
    return ST_OK;
}

static void put_entry(const char *name, slice content)
{
    size_t room = TAR_BLOCK + tar_padded(content.len);
    if (bundle_len + room + 2 * TAR_BLOCK > BUNDLE_MAX)
        return;
    tar_header_write((unsigned char *)bundle + bundle_len, name, content.len);
    memset(bundle + bundle_len + TAR_BLOCK, 0, room - TAR_BLOCK);
    if (content.len)
        memcpy(bundle + bundle_len + TAR_BLOCK, content.ptr, content.len);
    bundle_len += room;
}

static void put_signature(slice manifest)
{
    unsigned char signature[CRYPT_SIGNATURE_BYTES];
    char id[PACK_KEY_ID_LEN + 1], hex[2 * CRYPT_SIGNATURE_BYTES + 1], text[256];
    pack_key_id(key.bytes, id);
    crypt_sign(signature, secret, manifest);
    (void)crypt_hex(hex, signature, sizeof signature);
    (void)snprintf(text, sizeof text, "ed25519 %s %s\n", id, hex);
    put_entry("manifest.sig", slice_of(text));
}

/* Cuts at the next empty line. */
static slice section_next(slice *rest)
{
    size_t at = rest->len;
    (void)slice_find(*rest, S("\n\n"), &at);
    slice section = slice_sub(*rest, 0, at);
    *rest = slice_from(*rest, at + 2);
    return section;
}

static slice build(slice input, bool is_signed)
{
    slice manifest = section_next(&input), record = section_next(&input);
    bundle_len = 0;
    put_entry("manifest.json", manifest);
    if (record.len)
        put_entry("record.json", record);
    for (unsigned i = 1; input.len && i < 20; i++) {
        char name[32];
        (void)snprintf(name, sizeof name, "files/%04u", i);
        put_entry(name, section_next(&input));
    }
    if (is_signed)
        put_signature(manifest);
    memset(bundle + bundle_len, 0, 2 * TAR_BLOCK);
    return slice_make(bundle, bundle_len + 2 * TAR_BLOCK);
}

static void check_name(slice name)
{
    fuzz_need(name.len > 0 && name.ptr[0] != '/' && slice_is_utf8(name));
    slice part;
    while (slice_split(&name, '/', &part))
        fuzz_need(part.len > 0 && !slice_eq(part, S("..")) && !slice_eq(part, S(".")) &&
                  !memchr(part.ptr, '\0', part.len) && !memchr(part.ptr, '\\', part.len));
}

static void check_files(const struct pack *pack, slice whole, struct pack_input *in)
{
    uint64_t end = TAR_BLOCK;
    for (size_t i = 0; i < pack->file_count; i++) {
        const struct pack_file *file = &pack->files[i];
        struct crypt_hash hash;
        struct error err = {0};
        check_name(file->key);
        for (size_t j = 0; j < i; j++)
            fuzz_need(!slice_eq(file->key, pack->files[j].key));
        fuzz_need(file->at >= end && file->at <= whole.len && file->bytes <= whole.len - file->at);
        end = file->at + file->bytes;
        status rc = pack_file_read(in, file, NULL, NULL, &err);
        crypt_sha256(&hash, slice_make(whole.ptr + file->at, file->bytes));
        bool same = memcmp(hash.bytes, file->sha256, sizeof hash.bytes) == 0;
        fuzz_need(rc == ST_OK ? same : strcmp(err.code, "checksum_mismatch") == 0);
    }
}

static void check(slice whole, bool is_ours)
{
    struct arena arena;
    struct pack pack;
    struct error err = {0};
    size_t which;
    struct pack_input in = {read_bundle, &whole, whole.len};
    arena_init(&arena, 4 << 20);
    status rc = pack_open(&in, &arena, &pack, &err);
    fuzz_need(rc == ST_OK || err.text[0]);
    if (rc == ST_OK) {
        fuzz_need(pack.file_count > 0 && pack.file_count <= PACK_FILES_MAX);
        check_files(&pack, whole, &in);
        bool is_trusted = pack_trust(&pack, &key, 1, &which, &err) == ST_OK;
        fuzz_need(is_trusted == (is_ours && pack.is_signed)); /* nobody else has the key */
        pack.manifest.len--;
        fuzz_need(pack_trust(&pack, &key, 1, &which, &err) != ST_OK);
    }
    arena_finish(&arena);
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
    static const unsigned char seed[CRYPT_SIGN_SEED_BYTES] = {7, 7, 7};
    static bool ready;
    struct error err;
    slice input = slice_make(data, size);
    if (!ready) {
        fuzz_need(crypt_init(&err) == ST_OK);
        crypt_sign_keypair(key.bytes, secret, seed);
        ready = true;
    }
    unsigned mode = fuzz_choice(&input);
    if (mode & 1)
        check(build(input, (mode & 2) != 0), /* is_ours= */ true);
    else
        check(input, /* is_ours= */ false);
    return 0;
}
