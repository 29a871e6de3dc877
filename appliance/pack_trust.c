/* Signatures of bundles and the keys that count. */
#include "base/file.h"
#include "pack.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>

void pack_key_id(const unsigned char key[static CRYPT_SIGN_PUBLIC_BYTES],
                 char ret[static PACK_KEY_ID_LEN + 1])
{
    struct crypt_hash hash;
    crypt_sha256(&hash, slice_make(key, CRYPT_SIGN_PUBLIC_BYTES));
    (void)crypt_hex(ret, hash.bytes, PACK_KEY_ID_LEN / 2);
}

status pack_trust(const struct pack *pack, const struct pack_key *keys, size_t count,
                  size_t *ret_key, struct error *err)
{
    char id[PACK_KEY_ID_LEN + 1];
    if (!pack->is_signed)
        return error_code(err, ST_VERIFY, "signature_unknown", "the bundle is not signed");
    for (size_t i = 0; i < count; i++) {
        pack_key_id(keys[i].bytes, id);
        if (strcmp(id, pack->key_id) != 0)
            continue;
        *ret_key = i;
        if (crypt_verify(pack->signature, keys[i].bytes, pack->manifest))
            return ST_OK;
        return error_code(err, ST_VERIFY, "signature_invalid",
                          "the bundle was changed after it was signed");
    }
    return error_code(err, ST_VERIFY, "signature_unknown",
                      "the bundle is signed by the key %s, which is not trusted here",
                      pack->key_id);
}

/* 64 hex digits; what follows on the line is a comment. */
static status key_read(const char *dir, const char *name, struct pack_key *ret, struct error *err)
{
    char path[4096];
    struct arena arena;
    slice text, first;
    if (snprintf(path, sizeof path, "%s/%s", dir, name) >= (int)sizeof path)
        return error_set(err, ST_CONFIG, "the name of a key file is too long");
    arena_init(&arena, 65536);
    status rc = file_read(path, 4096, &arena, &text, err);
    if (rc == ST_OK && (!slice_split(&text, '\n', &first) ||
                        !crypt_hex_decode(ret->bytes, sizeof ret->bytes, slice_sub(first, 0, 64))))
        rc = error_set(err, ST_CONFIG, "'%s' does not begin with a public key of 64 hex digits",
                       path);
    arena_finish(&arena);
    return rc;
}

status pack_keys_load(const char *path, struct pack_key keys[static PACK_KEYS_MAX],
                      size_t *ret_count, struct error *err)
{
    status rc = ST_OK;
    const struct dirent *entry;
    *ret_count = 0;
    DIR *dir = opendir(path);
    if (!dir && errno == ENOENT)
        return ST_OK;
    if (!dir)
        return error_set(err, ST_CONFIG, "cannot read '%s': %s", path, errno_text(errno));
    while (rc == ST_OK && *ret_count < PACK_KEYS_MAX && (entry = readdir(dir)))
        if (slice_has_suffix(slice_of(entry->d_name), S(".pub")))
            rc = key_read(path, entry->d_name, &keys[(*ret_count)++], err);
    (void)closedir(dir);
    return rc;
}
