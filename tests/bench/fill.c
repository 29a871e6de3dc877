/* Fills the store of a data directory that nobody uses, for tests/bench/cold.py.
 *
 *   fill DIR USERS KEYS_PER_USER     DIR/secrets/master.key must be there (sleuth user create) */
#include "storage/storage.h"

#include "base/file.h"

#include <stdio.h>
#include <stdlib.h>

enum { USERS_PER_COMMIT = 1000 };

struct batch {
    uint64_t first, last, keys_per_user;
};

static void die(const char *what, const struct error *err)
{
    (void)fprintf(stderr, "%s: %s\n", what, err->text);
    exit(2);
}

static status add_user(struct store_txn *txn, uint64_t number, uint64_t keys)
{
    char email[64];
    (void)snprintf(email, sizeof email, "user%llu@example.org", (unsigned long long)number);
    struct store_user user = {.email = slice_of(email),
                              .enabled = true,
                              .plan = S("pro"),
                              .name = S("A Person"),
                              .created_ms = 1};
    TRY(store_user_add(txn, &user));
    for (uint64_t i = 0; i < keys; i++) {
        struct crypt_hash hash;
        uint64_t id = number * keys + i;
        crypt_hash(&hash, (slice){0}, slice_make(&id, sizeof id));
        struct store_api_key key = {.user_id = user.id,
                                    .name = S("ci"),
                                    .livemode = true,
                                    .prefix = S("sk_live_1234567..."),
                                    .scopes = 127,
                                    .hash = slice_make(hash.bytes, sizeof hash.bytes)};
        TRY(store_next_id(txn, "api_key", &key.id));
        TRY(store_key_add(txn, &key));
    }
    return ST_OK;
}

static status add_batch(struct store_txn *txn, void *arg, struct error *err)
{
    const struct batch *batch = arg;
    (void)err;
    for (uint64_t i = batch->first; i < batch->last; i++)
        TRY(add_user(txn, i, batch->keys_per_user));
    return ST_OK;
}

int main(int argc, char **argv)
{
    struct error err = {0};
    struct arena arena;
    struct store *store;
    unsigned char master[CRYPT_KEY_BYTES];
    uint64_t users, keys;
    slice hex;
    if (argc != 4 || !slice_to_u64(slice_of(argv[2]), &users) ||
        !slice_to_u64(slice_of(argv[3]), &keys))
        return 64;
    arena_init(&arena, 1 << 16);
    if (crypt_init(&err) != ST_OK ||
        file_read(arena_printf(&arena, "%s/secrets/master.key", argv[1]).ptr, 128, &arena, &hex,
                  &err) != ST_OK ||
        !crypt_hex_decode(master, sizeof master, slice_trim(hex)))
        die("secrets", &err);
    const struct store_options options = {.dir = argv[1], .master_key = master, .must_exist = true};
    if (store_open(&options, &store, &err) != ST_OK)
        die("open", &err);
    for (uint64_t i = 0; i < users; i += USERS_PER_COMMIT) {
        uint64_t last = i + USERS_PER_COMMIT < users ? i + USERS_PER_COMMIT : users;
        struct batch batch = {i, last, keys};
        if (store_apply(store, add_batch, &batch, &err) != ST_OK)
            die("fill", &err);
    }
    store_close(&store);
    arena_finish(&arena);
    return 0;
}
