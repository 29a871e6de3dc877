/* A store in a directory of its own, with a write transaction and a snapshot at hand.
 *
 *   struct temp_store t;
 *   temp_open(&t);
 *   ck_ok(store_user_add(temp_write(&t), &user));
 *   temp_commit(&t);
 *   ck_ok(store_user_get(temp_read(&t), …));
 *   temp_close(&t);                        checks the store, closes it, removes the directory */
#ifndef TESTS_LIB_TEMP_STORE_H
#define TESTS_LIB_TEMP_STORE_H

#include "lib/main.h"
#include "storage/internal.h"

#include <dirent.h>
#include <unistd.h>

struct temp_store {
    char dir[64];
    struct store *store;
    struct store_txn w; /* magic != 0 while it is open */
    struct store_reader *reader;
    struct store_txn *r;
    struct arena arena;
    struct error err;
};

enum { T0 = 1795000000 }; /* seconds: some day in November 2026 */
#define T0_MS ((int64_t)T0 * 1000)

static const unsigned char temp_key[CRYPT_KEY_BYTES] = "0123456789abcdef0123456789abcde";

static inline struct store_options temp_options(const struct temp_store *t)
{
    return (struct store_options){
        .dir = t->dir, .master_key = temp_key, .map_bytes = 1 << 30, .socket = "/run/temp.sock"};
}

static inline void temp_dir(struct temp_store *t)
{
    const char *base =
        access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp"; /* no waiting for fsync */
    *t = (struct temp_store){0};
    (void)snprintf(t->dir, sizeof t->dir, "%s/sleuth-test-XXXXXX", base);
    ck_assert_ptr_nonnull(mkdtemp(t->dir));
    arena_init(&t->arena, 64 << 20);
}

static inline void temp_reopen(struct temp_store *t)
{
    struct error err = {0};
    struct store_options options = temp_options(t);
    ck_ok(store_open(&options, &t->store, &err));
    ck_ok(store_reader_create(t->store, &t->reader, &err));
}

static inline void temp_open(struct temp_store *t)
{
    temp_dir(t);
    temp_reopen(t);
}

static inline struct store_txn *temp_write(struct temp_store *t)
{
    struct error err = {0};
    if (t->w.magic != TXN_MAGIC)
        ck_ok(write_begin(t->store, &t->w, &err));
    return &t->w;
}

static inline void temp_commit(struct temp_store *t)
{
    ck_assert_msg(t->w.failed == ST_OK, "%s", t->w.err.text);
    ck_assert_int_eq(write_commit(&t->w), 0);
}

static inline void temp_abort(struct temp_store *t)
{
    write_abort(&t->w);
}

/* A new snapshot at each call. */
static inline struct store_txn *temp_read(struct temp_store *t)
{
    struct error err = {0};
    store_read_end(&t->r);
    ck_ok(store_read_begin(t->reader, &t->r, &err));
    return t->r;
}

static inline void temp_problem(void *arg, const struct error *what)
{
    if (*(char *)arg == '\0')
        (void)snprintf(arg, ERROR_TEXT_MAX, "%s", what->text);
}

/* Number of problems; the first one's sentence in text. */
static inline uint64_t temp_check(struct temp_store *t, char text[static ERROR_TEXT_MAX])
{
    struct error err = {0};
    struct store_check check = {.problem = temp_problem, .arg = text};
    text[0] = '\0';
    ck_ok(store_check(t->store, &check, &err));
    return check.problems;
}

static inline void temp_shut(struct temp_store *t)
{
    store_read_end(&t->r);
    store_reader_destroy(&t->reader);
    store_close(&t->store);
}

static inline void remove_dir(const char *dir)
{
    char path[600];
    DIR *list = opendir(dir);
    struct dirent *entry;
    while (list && (entry = readdir(list))) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        if (snprintf(path, sizeof path, "%s/%s", dir, entry->d_name) >= (int)sizeof path)
            continue;
        if (unlink(path) != 0)
            remove_dir(path);
    }
    if (list)
        (void)closedir(list);
    (void)rmdir(dir);
}

static inline void temp_remove(struct temp_store *t)
{
    arena_finish(&t->arena);
    remove_dir(t->dir);
}

static inline void temp_close(struct temp_store *t)
{
    char text[ERROR_TEXT_MAX];
    uint64_t problems = temp_check(t, text);
    ck_assert_msg(problems == 0, "%s", text);
    temp_shut(t);
    temp_remove(t);
}

/* --- rows to put ------------------------------------------------------------------------------ */

static inline struct crypt_hash temp_hash(unsigned n)
{
    struct crypt_hash hash;
    crypt_hash(&hash, (slice){0}, slice_make(&n, sizeof n));
    return hash;
}

static inline slice temp_hash_slice(struct temp_store *t, unsigned n)
{
    struct crypt_hash hash = temp_hash(n);
    return arena_copy(&t->arena, slice_make(hash.bytes, sizeof hash.bytes));
}

static inline uint64_t temp_user(struct temp_store *t, const char *email, enum store_role role)
{
    struct error err = {0};
    struct store_user user = {.email = slice_of(email),
                              .role = role,
                              .enabled = true,
                              .plan = S("free"),
                              .created_ms = T0_MS};
    ck_ok(store_user_add(temp_write(t), &user));
    return user.id;
}

#endif
