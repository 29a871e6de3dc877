/* How the store behaves when it is large: load, start, the reads of authentication, the check.
 *
 *   store [USERS [KEYS_PER_USER]]   20000 users with 10 keys each */
#include "storage/storage.h"

#include "base/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

enum { USERS_PER_COMMIT = 200, READS = 200000 };

static const unsigned char master[CRYPT_KEY_BYTES] = "bench, not a secret in any way";
static uint64_t user_count = 20000, keys_per_user = 10;

static void die(const char *what, const struct error *err)
{
    (void)fprintf(stderr, "%s: %s\n", what, err->text);
    exit(2);
}

static struct crypt_hash hash_of(uint64_t number)
{
    struct crypt_hash hash;
    crypt_hash(&hash, (slice){0}, slice_make(&number, sizeof number));
    return hash;
}

static status add_user(struct store_txn *txn, uint64_t number)
{
    char email[64];
    (void)snprintf(email, sizeof email, "user%llu@example.org", (unsigned long long)number);
    struct store_user user = {.email = slice_of(email),
                              .enabled = true,
                              .plan = S("pro"),
                              .name = S("A Person"),
                              .created_ms = 1};
    TRY(store_user_add(txn, &user));
    for (uint64_t i = 0; i < keys_per_user; i++) {
        struct crypt_hash hash = hash_of(number * keys_per_user + i);
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

static status add_users(struct store_txn *txn, void *arg, struct error *err)
{
    uint64_t first = *(uint64_t *)arg;
    (void)err;
    for (uint64_t i = first; i < first + USERS_PER_COMMIT && i < user_count; i++)
        TRY(add_user(txn, i));
    return ST_OK;
}

static struct store *open_timed(const char *dir, double *ret_ms)
{
    struct error err = {0};
    struct store *store;
    struct store_options options = {.dir = dir, .master_key = master};
    int64_t begin = clock_mono_us();
    if (store_open(&options, &store, &err) != ST_OK)
        die("open", &err);
    *ret_ms = (double)(clock_mono_us() - begin) / 1000;
    return store;
}

/* What authentication reads per request: snapshot, key by hash, user by number. */
static double reads_us(struct store *store)
{
    struct error err = {0};
    struct store_reader *reader;
    struct arena arena;
    uint64_t state = 1;
    if (store_reader_create(store, &reader, &err) != ST_OK)
        die("reader", &err);
    arena_init(&arena, 1 << 20);
    int64_t begin = clock_mono_us();
    for (int i = 0; i < READS; i++) {
        struct store_txn *txn;
        struct store_api_key key;
        struct store_user user;
        state = state * 6364136223846793005u + 1442695040888963407u;
        struct crypt_hash hash = hash_of((state >> 20) % (user_count * keys_per_user));
        struct arena_mark mark = arena_mark(&arena);
        if (store_read_begin(reader, &txn, &err) != ST_OK ||
            store_key_get(txn, &hash, &arena, &key) != ST_OK ||
            store_user_get(txn, key.user_id, &arena, &user) != ST_OK)
            die("read", &err);
        store_read_end(&txn);
        arena_rewind(&arena, mark);
    }
    double us = (double)(clock_mono_us() - begin) / READS;
    arena_finish(&arena);
    store_reader_destroy(&reader);
    return us;
}

static void remove_store(const char *dir)
{
    static const char *const names[] = {"db/data.mdb", "db/lock.mdb", "db", "owner", ""};
    for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
        char path[128];
        (void)snprintf(path, sizeof path, "%s/%s", dir, names[i]);
        (void)remove(path);
    }
}

int main(int argc, char **argv)
{
    struct error err = {0};
    struct store_info info;
    struct store_check check = {0};
    struct rusage usage;
    char dir[] = "/tmp/sleuth-bench-XXXXXX";
    double open_ms;
    if (crypt_init(&err) != ST_OK || !mkdtemp(dir))
        die("start", &err);
    if ((argc > 1 && !slice_to_u64(slice_of(argv[1]), &user_count)) ||
        (argc > 2 && !slice_to_u64(slice_of(argv[2]), &keys_per_user)))
        return 64;
    struct store *store = open_timed(dir, &open_ms);
    int64_t begin = clock_mono_us();
    for (uint64_t i = 0; i < user_count; i += USERS_PER_COMMIT)
        if (store_apply(store, add_users, &i, &err) != ST_OK)
            die("load", &err);
    double load_s = (double)(clock_mono_us() - begin) / 1e6;
    store_close(&store);
    store = open_timed(dir, &open_ms);
    (void)getrusage(RUSAGE_SELF, &usage); /* fails for bad arguments only */
    double us = reads_us(store);
    if (store_info_get(store, &info, &err) != ST_OK)
        die("info", &err);
    begin = clock_mono_us();
    if (store_check(store, &check, &err) != ST_OK)
        die("check", &err);
    double check_s = (double)(clock_mono_us() - begin) / 1e6;
    store_close(&store);
    remove_store(dir);
    (void)printf("store: %llu users, %llu keys, file %.0f MB\n", (unsigned long long)user_count,
                 (unsigned long long)(user_count * keys_per_user), (double)info.file_bytes / 1e6);
    (void)printf("load %.0f rows/s, open %.1f ms, read of key and user %.1f us\n",
                 (double)(user_count * (keys_per_user + 1)) / load_s, open_ms, us);
    (void)printf("check %.1f s (%.0f MB/s), %llu problems\n", check_s,
                 (double)info.used_bytes / 1e6 / check_s, (unsigned long long)check.problems);
    return check.problems > 0;
}
