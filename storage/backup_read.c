/* Unpacks a backup beside nothing else and checks all of it: seals, pages, values, sums, blobs. */
#include "storage/backup_file.h"

#include "base/clock.h"
#include "base/file.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

status backup_path(char ret[static BACKUP_PATH_MAX], struct error *err, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int len = vsnprintf(ret, BACKUP_PATH_MAX, format, args);
    va_end(args);
    if (len < 0 || len >= BACKUP_PATH_MAX)
        return error_set(err, ST_INVALID, "the path '%.60s…' is too long", ret);
    return ST_OK;
}

void backup_scratch_remove(const char *scratch)
{
    static const char *const names[] = {"db/creating/data.mdb", "db/creating/lock.mdb",
                                        "db/data.mdb", "db/lock.mdb", "owner"};
    char path[BACKUP_PATH_MAX];
    for (size_t i = 0; i < ARRAY_COUNT(names); i++)
        if (backup_path(path, NULL, "%s/%s", scratch, names[i]) == ST_OK)
            (void)unlink(path); /* not all of them are there */
    if (backup_path(path, NULL, "%s/db/creating", scratch) == ST_OK)
        (void)rmdir(path);
    if (backup_path(path, NULL, "%s/db", scratch) == ST_OK)
        (void)rmdir(path);
    (void)rmdir(scratch);
}

/* --- unpacking -------------------------------------------------------------------------------- */

struct unpacking {
    const struct backup_unpack *job;
    struct backup_reader reader;
    struct store_backup_facts *facts;
    struct store *store; /* of the scratch, once the database is complete */
    int fd;              /* of scratch/db/data.mdb until then */
    char data_path[BACKUP_PATH_MAX];
    uint64_t blobs_named; /* inside and referenced by the database */
};

static uint64_t read_be(const unsigned char *bytes, unsigned len)
{
    uint64_t value = 0;
    for (unsigned i = 0; i < len; i++)
        value = value << 8 | bytes[i];
    return value;
}

static status database_take(struct unpacking *u, struct error *err)
{
    unsigned char length[4];
    slice part;
    if (u->fd < 0)
        return error_set(err, ST_VERIFY, "backup '%s' holds its parts in a wrong order",
                         u->job->path);
    TRY(backup_reader_get(&u->reader, length, sizeof length, err));
    for (uint64_t left = read_be(length, 4); left; left -= part.len) {
        TRY(backup_reader_some(&u->reader, (size_t)left, &part, err));
        if (part.len == 0)
            return error_set(err, ST_VERIFY, "backup '%s' is damaged or cut short", u->job->path);
        TRY(file_write_all(u->fd, part, u->data_path, err));
        u->facts->database_bytes += part.len;
    }
    return ST_OK;
}

static void first_problem(void *arg, const struct error *what)
{
    struct error *first = arg;
    if (first->text[0] == '\0')
        *first = *what;
}

static status content_check(struct unpacking *u, struct error *err)
{
    struct error first = {0};
    struct store_check check = {.problem = first_problem, .arg = &first};
    TRY(store_check(u->store, &check, err));
    u->facts->pages = check.pages;
    u->facts->values = check.values;
    if (check.problems == 0)
        return ST_OK;
    if (err)
        *err = first;
    return error_wrap(err, ST_VERIFY, "the database of the backup is damaged");
}

/* All of the database is there: its pages are walked before LMDB may map them, then it is opened
 * (which brings an older schema up, here in the scratch) and every value is. */
static status database_done(struct unpacking *u, struct error *err)
{
    struct error first = {0};
    struct store_check check = {.problem = first_problem, .arg = &first};
    if (u->fd < 0)
        return ST_OK; /* done before */
    if (fsync(u->fd) != 0)
        return error_set(err, ST_IO, "cannot write '%s': %s", u->data_path, errno_text(errno));
    fd_close(&u->fd);
    TRY(store_check_pages(u->data_path, &check, err));
    if (check.problems) {
        if (err)
            *err = first;
        return error_wrap(err, ST_VERIFY, "the database of the backup is damaged");
    }
    const struct store_options options = {.dir = u->job->scratch,
                                          .master_key = u->job->keys->master,
                                          .must_exist = true,
                                          .migrate = STORE_MIGRATE_BLINDLY};
    TRY(store_open(&options, &u->store, err));
    return content_check(u, err);
}

/* --- blobs ------------------------------------------------------------------------------------ */

struct blob_target {
    int fd; /* -1: only hashed */
    char path[BACKUP_PATH_MAX], partial[BACKUP_PATH_MAX], folder[BACKUP_PATH_MAX];
};

static status target_open(const struct unpacking *u, const char *hex, struct blob_target *ret,
                          struct error *err)
{
    ret->fd = -1;
    if (!u->job->blob_dir)
        return ST_OK;
    TRY(backup_path(ret->folder, err, "%s/%.2s/%.2s", u->job->blob_dir, hex, hex + 2));
    TRY(backup_path(ret->path, err, "%s/%s", ret->folder, hex));
    TRY(backup_path(ret->partial, err, "%s.partial", ret->path));
    if (access(ret->path, F_OK) == 0)
        return ST_OK; /* the content is the name: what is there is the same */
    TRY(file_make_dirs(ret->folder, 0700, err));
    (void)unlink(ret->partial);
    ret->fd = open(ret->partial, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (ret->fd < 0)
        return error_set(err, ST_IO, "cannot create '%s': %s", ret->partial, errno_text(errno));
    return ST_OK;
}

static status target_close(struct blob_target *target, bool keep, struct error *err)
{
    if (target->fd < 0)
        return ST_OK;
    bool failed = fsync(target->fd) != 0;
    fd_close(&target->fd);
    if (!keep) {
        (void)unlink(target->partial); /* best effort; the next restore removes it */
        return ST_OK;
    }
    if (failed || rename(target->partial, target->path) != 0)
        return error_set(err, ST_IO, "cannot create '%s': %s", target->path, errno_text(errno));
    return dir_sync(target->folder, err);
}

static status blob_copy(struct unpacking *u, uint64_t size, struct blob_target *target,
                        struct crypt_hash *ret, struct error *err)
{
    struct crypt_sha256_stream sum;
    slice part;
    crypt_sha256_begin(&sum);
    for (uint64_t left = size; left; left -= part.len) {
        size_t want = left < BACKUP_PIECE_BYTES ? (size_t)left : BACKUP_PIECE_BYTES;
        TRY(backup_reader_some(&u->reader, want, &part, err));
        if (part.len == 0)
            return error_set(err, ST_VERIFY, "backup '%s' is damaged or cut short", u->job->path);
        crypt_sha256_more(&sum, part);
        if (target->fd >= 0)
            TRY(file_write_all(target->fd, part, target->partial, err));
    }
    crypt_sha256_end(&sum, ret);
    return ST_OK;
}

/* Is it one that the database of the backup names? */
static bool blob_is_named(struct unpacking *u, const struct crypt_hash *name)
{
    struct store_reader *reader = NULL;
    struct store_txn *txn = NULL;
    struct store_blob blob = {0};
    struct arena arena;
    arena_init(&arena, 1 << 16);
    bool named = store_reader_create(u->store, &reader, NULL) == ST_OK &&
                 store_read_begin(reader, &txn, NULL) == ST_OK &&
                 store_blob_get(txn, name, &arena, &blob) == ST_OK && blob.refs > 0;
    store_read_end(&txn);
    store_reader_destroy(&reader);
    arena_finish(&arena);
    return named;
}

static status blob_take(struct unpacking *u, struct error *err)
{
    unsigned char frame[CRYPT_HASH_BYTES + 8];
    char hex[2 * CRYPT_HASH_BYTES + 1];
    struct blob_target target;
    struct crypt_hash name, found;
    TRY(database_done(u, err));
    TRY(backup_reader_get(&u->reader, frame, sizeof frame, err));
    memcpy(name.bytes, frame, CRYPT_HASH_BYTES);
    (void)crypt_hex(hex, name.bytes, sizeof name.bytes);
    uint64_t size = read_be(frame + CRYPT_HASH_BYTES, 8);
    TRY(target_open(u, hex, &target, err));
    status rc = blob_copy(u, size, &target, &found, err);
    bool sound = rc == ST_OK && crypt_equal(found.bytes, name.bytes, CRYPT_HASH_BYTES);
    status closed = target_close(&target, sound, rc == ST_OK ? err : NULL);
    TRY(rc);
    TRY(closed);
    u->facts->blobs++;
    u->facts->blob_bytes += size;
    u->facts->blobs_damaged += !sound;
    u->blobs_named += blob_is_named(u, &name);
    return ST_OK;
}

/* --- the end ---------------------------------------------------------------------------------- */

uint64_t table_rows(struct store_txn *txn, enum table_id table)
{
    uint64_t count;
    return row_count(txn, table, &count) == ST_OK ? count : 0;
}

static void count_named(void *arg, const struct key *key, const void *row)
{
    (void)key;
    *(uint64_t *)arg += ((const struct store_blob *)row)->refs > 0;
}

static status end_take(struct unpacking *u, bool with_blobs, struct error *err)
{
    unsigned char counts[16];
    struct store_reader *reader = NULL;
    struct store_txn *txn = NULL;
    uint64_t named = 0;
    slice rest;
    TRY(database_done(u, err));
    TRY(backup_reader_get(&u->reader, counts, sizeof counts, err));
    TRY(backup_reader_some(&u->reader, 1, &rest, err));
    if (rest.len || read_be(counts, 8) != u->facts->database_bytes ||
        read_be(counts + 8, 8) != u->facts->blobs)
        return error_set(err, ST_VERIFY, "backup '%s' does not hold what it says", u->job->path);
    status rc = store_reader_create(u->store, &reader, err);
    if (rc == ST_OK)
        rc = store_read_begin(reader, &txn, err);
    if (rc == ST_OK) {
        u->facts->users = table_rows(txn, TABLE_USER);
        u->facts->api_keys = table_rows(txn, TABLE_API_KEY);
        u->facts->analyses = table_rows(txn, TABLE_ANALYSIS);
        if (with_blobs)
            check_each(txn, TABLE_BLOB, count_named, &named);
        u->facts->blobs_missing = named > u->blobs_named ? named - u->blobs_named : 0;
    }
    store_read_end(&txn);
    store_reader_destroy(&reader);
    return rc;
}

static status content_take(struct unpacking *u, bool with_blobs, struct error *err)
{
    for (;;) {
        unsigned char type;
        TRY(backup_reader_get(&u->reader, &type, 1, err));
        if (type == BACKUP_FRAME_END)
            return end_take(u, with_blobs, err);
        if (type == BACKUP_FRAME_DATABASE)
            TRY(database_take(u, err));
        else if (type == BACKUP_FRAME_BLOB)
            TRY(blob_take(u, err));
        else
            return error_set(err, ST_VERIFY, "backup '%s' is damaged or cut short", u->job->path);
    }
}

static status scratch_make(struct unpacking *u, struct error *err)
{
    char path[BACKUP_PATH_MAX];
    backup_scratch_remove(u->job->scratch);
    TRY(backup_path(path, err, "%s/db", u->job->scratch));
    TRY(file_make_dirs(path, 0700, err));
    TRY(backup_path(u->data_path, err, "%s/data.mdb", path));
    u->fd = open(u->data_path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (u->fd < 0)
        return error_set(err, ST_IO, "cannot create '%s': %s", u->data_path, errno_text(errno));
    return ST_OK;
}

static status reader_begin(struct unpacking *u, const struct store_backup_head *head,
                           struct error *err)
{
    unsigned char key[CRYPT_KEY_BYTES];
    if (u->job->stream_key)
        return backup_reader_begin(&u->reader, head, u->job->stream_key, err);
    if (head->schema > STORE_SCHEMA)
        return error_set(err, ST_CONFIG,
                         "backup '%s' has schema %llu, this program knows %d; use a newer program",
                         u->job->path, (unsigned long long)head->schema, STORE_SCHEMA);
    TRY(backup_key_open(head, u->job->keys, key, err));
    status rc = backup_reader_begin(&u->reader, head, key, err);
    crypt_wipe(key, sizeof key);
    return rc;
}

status backup_unpack(const struct backup_unpack *job, struct store_backup_facts *ret,
                     struct error *err)
{
    struct unpacking u = {.job = job, .facts = ret, .fd = -1};
    struct store_backup_head head = {0};
    struct arena arena;
    *ret = (struct store_backup_facts){0};
    int64_t began_ms = clock_mono_ms();
    arena_init(&arena, 4 * STORE_BACKUP_HEAD_MAX);
    TRY(store_backup_sum_check(job->path, err));
    status rc = backup_reader_open(&u.reader, job->path, &arena, &head, err);
    u.reader.cancelled = job->cancelled;
    if (rc == ST_OK)
        rc = reader_begin(&u, &head, err);
    if (rc == ST_OK)
        rc = scratch_make(&u, err);
    if (rc == ST_OK)
        rc = content_take(&u, head.blobs, err);
    fd_close(&u.fd);
    backup_reader_finish(&u.reader);
    store_close(&u.store);
    arena_finish(&arena);
    ret->check_ms = clock_mono_ms() - began_ms;
    return rc;
}

status store_backup_verify(const char *path, const struct store_backup_keys *keys,
                           const char *scratch, struct store_backup_facts *ret, struct error *err)
{
    struct stat info;
    const struct backup_unpack job = {.path = path, .scratch = scratch, .keys = keys};
    status rc = backup_unpack(&job, ret, err);
    backup_scratch_remove(scratch);
    ret->file_bytes = stat(path, &info) == 0 ? (uint64_t)info.st_size : 0;
    return rc;
}
