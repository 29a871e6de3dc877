/* The key of a backup: made at random, carried in the head, sealed to whoever may open it. */
#include "storage/backup_file.h"

#include <assert.h>

static const char wrap_context[] = "sleuth backup key";

const char *store_backup_kind_name(uint64_t kind)
{
    static const char *const names[STORE_BACKUP_KINDS] = {"master", "recipient", "passphrase"};
    return kind < STORE_BACKUP_KINDS ? names[kind] : "unknown";
}

/* The first bytes of a hash name a key without telling anything of it. */
static slice key_id(slice key, struct arena *arena)
{
    struct crypt_hash hash;
    crypt_hash(&hash, S(""), key);
    return arena_copy(arena, slice_make(hash.bytes, STORE_BACKUP_ID_BYTES));
}

static slice master_id(const unsigned char *master, struct arena *arena)
{
    unsigned char derived[CRYPT_KEY_BYTES];
    crypt_derive(derived, master, 2, "slbackup");
    slice id = key_id(slice_make(derived, sizeof derived), arena);
    crypt_wipe(derived, sizeof derived);
    return id;
}

static slice wrap(const unsigned char *with, const unsigned char *key, struct arena *arena)
{
    unsigned char sealed[CRYPT_KEY_BYTES + CRYPT_SEAL_OVERHEAD];
    crypt_seal(sealed, with, slice_of(wrap_context), slice_make(key, CRYPT_KEY_BYTES));
    return arena_copy(arena, slice_make(sealed, sizeof sealed));
}

static status unwrap(const unsigned char *with, slice wrapped, unsigned char *ret)
{
    if (wrapped.len != CRYPT_KEY_BYTES + CRYPT_SEAL_OVERHEAD)
        return ST_CORRUPT;
    return crypt_open(ret, with, slice_of(wrap_context), wrapped);
}

static status to_recipient(const struct backup_seal *seal, const unsigned char *key,
                           struct arena *arena, struct store_backup_head *ret, struct error *err)
{
    unsigned char sealed[CRYPT_KEY_BYTES + CRYPT_BOX_OVERHEAD];
    if (crypt_box_seal(sealed, seal->recipient, slice_make(key, CRYPT_KEY_BYTES)) != ST_OK)
        return error_set(err, ST_INVALID, "the recipient is not a public key");
    ret->wrapped = arena_copy(arena, slice_make(sealed, sizeof sealed));
    ret->key_id = key_id(slice_make(seal->recipient, CRYPT_BOX_KEY_BYTES), arena);
    return ST_OK;
}

static status to_passphrase(const struct backup_seal *seal, const unsigned char *key,
                            struct arena *arena, struct store_backup_head *ret, struct error *err)
{
    unsigned char salt[CRYPT_SALT_BYTES], with[CRYPT_KEY_BYTES];
    crypt_random(salt, sizeof salt);
    TRY(crypt_passphrase_key(with, seal->passphrase, salt, err));
    ret->salt = arena_copy(arena, slice_make(salt, sizeof salt));
    ret->wrapped = wrap(with, key, arena);
    crypt_wipe(with, sizeof with);
    return ST_OK;
}

status backup_key_make(const struct backup_seal *seal, struct arena *arena,
                       unsigned char ret_key[static CRYPT_KEY_BYTES], struct store_backup_head *ret,
                       struct error *err)
{
    unsigned char with[CRYPT_KEY_BYTES];
    crypt_random(ret_key, CRYPT_KEY_BYTES);
    ret->kind = (uint64_t)seal->kind;
    ret->master_id = master_id(seal->master, arena);
    switch (seal->kind) {
    case STORE_BACKUP_MASTER:
        crypt_derive(with, seal->master, 1, "slbackup");
        ret->wrapped = wrap(with, ret_key, arena);
        ret->key_id = ret->master_id;
        crypt_wipe(with, sizeof with);
        break;
    case STORE_BACKUP_RECIPIENT:
        TRY(to_recipient(seal, ret_key, arena, ret, err));
        break;
    case STORE_BACKUP_PASSPHRASE:
        TRY(to_passphrase(seal, ret_key, arena, ret, err));
        break;
    case STORE_BACKUP_KINDS:
        assert(!"a kind");
    }
    return arena_check(arena, err);
}

static status with_master(const struct store_backup_head *head, const unsigned char *master,
                          unsigned char *ret_key)
{
    unsigned char with[CRYPT_KEY_BYTES];
    crypt_derive(with, master, 1, "slbackup");
    status rc = unwrap(with, head->wrapped, ret_key);
    crypt_wipe(with, sizeof with);
    return rc;
}

static status with_passphrase(const struct store_backup_head *head, slice passphrase,
                              unsigned char *ret_key, struct error *err)
{
    unsigned char with[CRYPT_KEY_BYTES];
    if (head->salt.len != CRYPT_SALT_BYTES)
        return ST_CORRUPT;
    TRY(crypt_passphrase_key(with, passphrase, (const unsigned char *)head->salt.ptr, err));
    status rc = unwrap(with, head->wrapped, ret_key);
    crypt_wipe(with, sizeof with);
    return rc;
}

static status master_compare(const struct store_backup_head *head, const unsigned char *master,
                             struct error *err)
{
    struct arena arena;
    arena_init(&arena, 1024);
    bool same = slice_eq(master_id(master, &arena), head->master_id);
    arena_finish(&arena);
    if (same)
        return ST_OK;
    return error_set(err, ST_CONFIG,
                     "the backup was made with another master key; put the master.key of that "
                     "appliance into the directory of secrets");
}

status backup_key_open(const struct store_backup_head *head, const struct store_backup_keys *keys,
                       unsigned char ret_key[static CRYPT_KEY_BYTES], struct error *err)
{
    status rc = ST_CORRUPT;
    TRY(master_compare(head, keys->master, err));
    if (head->kind == STORE_BACKUP_RECIPIENT && !keys->identity)
        return error_set(err, ST_CONFIG,
                         "the backup is sealed to a public key; its secret key is needed");
    if (head->kind == STORE_BACKUP_PASSPHRASE && keys->passphrase.len == 0)
        return error_set(err, ST_CONFIG, "the backup is sealed with a passphrase; it is needed");
    if (head->kind == STORE_BACKUP_MASTER)
        rc = with_master(head, keys->master, ret_key);
    else if (head->kind == STORE_BACKUP_RECIPIENT &&
             head->wrapped.len == CRYPT_KEY_BYTES + CRYPT_BOX_OVERHEAD)
        rc = crypt_box_open(ret_key, keys->identity, head->wrapped);
    else if (head->kind == STORE_BACKUP_PASSPHRASE)
        rc = with_passphrase(head, keys->passphrase, ret_key, err);
    if (rc == ST_CORRUPT)
        return error_set(err, ST_VERIFY, "the backup does not open: another key, or it is damaged");
    return rc;
}
