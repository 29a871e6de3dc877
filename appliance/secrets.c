/* Reads the files of the secrets directory, makes them at the first start. */
#include "secrets.h"

#include "base/file.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

enum { FILE_BYTES_MAX = 128, PATH_BYTES_MAX = 4096 };

static status decode(slice text, const char *path, unsigned char ret[static CRYPT_KEY_BYTES],
                     struct error *err)
{
    if (text.len == CRYPT_KEY_BYTES) {
        memcpy(ret, text.ptr, CRYPT_KEY_BYTES);
        return ST_OK;
    }
    if (!crypt_hex_decode(ret, CRYPT_KEY_BYTES, slice_trim(text)))
        return error_set(err, ST_CONFIG, "'%s' must hold 32 bytes or 64 hexadecimal digits", path);
    return ST_OK;
}

static status create(const char *dir, const char *path, unsigned char ret[static CRYPT_KEY_BYTES],
                     struct error *err)
{
    char hex[2 * CRYPT_KEY_BYTES + 1];
    TRY(file_make_dirs(dir, 0700, err));
    crypt_random(ret, CRYPT_KEY_BYTES);
    (void)crypt_hex(hex, ret, CRYPT_KEY_BYTES);
    hex[2 * CRYPT_KEY_BYTES] = '\n';
    status rc = file_replace(path, slice_make(hex, sizeof hex), 0600, err);
    crypt_wipe(hex, sizeof hex);
    return rc;
}

static status load_one(const char *dir, const char *name, bool may_create,
                       unsigned char ret[static CRYPT_KEY_BYTES], struct error *err)
{
    char path[PATH_BYTES_MAX];
    struct arena arena;
    slice text;
    if ((size_t)snprintf(path, sizeof path, "%s/%s", dir, name) >= sizeof path)
        return error_set(err, ST_CONFIG, "the path '%.60s…' is too long", dir);
    arena_init(&arena, 1024);
    arena.wipe = true;
    status rc = file_read(path, FILE_BYTES_MAX, &arena, &text, err);
    if (rc == ST_OK)
        rc = decode(text, path, ret, err);
    else if (rc == ST_NOT_FOUND && may_create)
        rc = create(dir, path, ret, err);
    else if (rc == ST_NOT_FOUND)
        rc = error_set(err, ST_CONFIG,
                       "the database exists but its secret '%s' does not; restore that file", path);
    arena_finish(&arena);
    return rc;
}

status secrets_load(const char *dir, bool may_create, struct secrets *ret, struct error *err)
{
    *ret = (struct secrets){.magic = SECRETS_MAGIC};
    status rc = load_one(dir, "master.key", may_create, ret->master, err);
    if (rc == ST_OK)
        rc = load_one(dir, "pepper", may_create, ret->pepper, err);
    if (rc == ST_OK)
        rc = load_one(dir, "signing.key", may_create, ret->signing_seed, err);
    if (rc != ST_OK)
        secrets_finish(ret);
    return rc;
}

void secrets_finish(struct secrets *secrets)
{
    crypt_wipe(secrets, sizeof *secrets);
}
