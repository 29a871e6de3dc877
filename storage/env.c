/* Opening and closing: owner lock, keys, the LMDB environment in its default (synced) mode.
 *
 * A new store is made in DATA/db/creating/ and renamed when it is complete and synced, because LMDB
 * creates its file in two writes: a crash between them would leave a file that never opens. The map
 * is huge from the start: growing it while readers live unmaps memory under them. */
#include "storage/internal.h"

#include "base/clock.h"
#include "base/file.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

enum { DIR_MODE = 0700, FILE_MODE = 0600, READERS_MAX_DEFAULT = 1024 };
#define MAP_BYTES_DEFAULT (UINT64_C(64) << 30)

/* MDB_NOTLS: a snapshot belongs to a reader object, not to a thread. No flag that trades
 * durability for speed is ever passed (reliability: NOSYNC, MAPASYNC and WRITEMAP lose data). */
enum { ENV_FLAGS = MDB_NOTLS };

static char *path_join(const char *dir, const char *name)
{
    size_t len = strlen(dir) + strlen(name) + 2;
    char *path = malloc(len); /* lives as long as the store */
    if (path)
        (void)snprintf(path, len, "%s/%s", dir, name);
    return path;
}

status dir_sync(const char *dir, struct error *err)
{
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return error_set(err, ST_IO, "cannot open '%s': %s", dir, errno_text(errno));
    int rc = fsync(fd);
    int number = errno;
    fd_close(&fd);
    if (rc != 0)
        return error_set(err, ST_IO, "cannot write '%s': %s", dir, errno_text(number));
    return ST_OK;
}

/* Keys of the tables from the master key; the number of a table and the epoch choose. */
static void keys_derive(struct store *store, const unsigned char *master)
{
    for (size_t i = 0; i < TABLE_COUNT; i++)
        crypt_derive(store->keys[i], master, (uint64_t)store_tables[i].number << 8 | KEY_EPOCH,
                     "slstore1");
    crypt_derive(store->lookup_key, master, KEY_EPOCH, "sllookup");
    memcpy(store->master, master, CRYPT_KEY_BYTES);
}

void lookup_hash(const struct store *store, slice text, struct crypt_hash *ret)
{
    crypt_hash(ret, slice_make(store->lookup_key, CRYPT_KEY_BYTES), text);
}

static status env_failed(int rc, const char *what, const char *path, struct error *err)
{
    enum status_code translated = mdb_status(rc);
    if (rc == MDB_READERS_FULL || translated == ST_NOT_FOUND)
        translated = ST_IO;
    return error_set(err, translated, "operation '%s' on the store in '%s' failed: %s", what, path,
                     mdb_strerror(rc));
}

static status env_open(struct store *store, const char *dir, uint64_t map_bytes, struct error *err)
{
    int rc = mdb_env_create(&store->env);
    if (rc == 0)
        rc = mdb_env_set_maxdbs(store->env, TABLE_COUNT);
    if (rc == 0)
        rc = mdb_env_set_maxreaders(store->env, store->readers_max);
    if (rc == 0)
        rc = mdb_env_set_mapsize(store->env, map_bytes);
    if (rc == 0)
        rc = mdb_env_open(store->env, dir, ENV_FLAGS, FILE_MODE);
    if (rc != 0) {
        mdb_env_close(store->env);
        store->env = NULL;
        return env_failed(rc, "open", dir, err);
    }
    return ST_OK;
}

/* Opens every table; what it finds or makes is the transaction's. */
static status tables_begin(struct store *store, struct store_txn *txn, uint64_t *ret_schema,
                           struct error *err)
{
    TRY(write_begin(store, txn, err));
    for (size_t i = 0; i < TABLE_COUNT; i++) {
        int rc = mdb_dbi_open(txn->mdb, store_tables[i].name, MDB_CREATE, &store->dbi[i]);
        if (txn_mdb(txn, rc, "open", (enum table_id)i) != ST_OK)
            break;
    }
    status rc = txn->failed;
    if (rc != ST_OK && err)
        *err = txn->err;
    if (rc == ST_OK)
        rc = migrate_schema(txn, ret_schema, err);
    if (rc != ST_OK)
        write_abort(txn);
    return rc;
}

static status instance_read(struct store_txn *txn, struct error *err)
{
    slice name = {"", 0};
    status rc = store_setting_get(txn, S("instance"), &txn->scratch, &name);
    if (rc == ST_NOT_FOUND || (rc == ST_OK && name.len >= STORE_ID_MAX))
        rc = txn_fail(txn, ST_CORRUPT, "the store has no name of its own");
    if (rc != ST_OK && err)
        *err = txn->err;
    if (rc == ST_OK)
        memcpy(txn->store->instance, name.ptr, name.len); /* the rest is zero */
    return rc;
}

/* Opens every table and brings the schema up, in one write transaction; an older schema is copied
 * before. */
static status tables_open(struct store *store, const struct store_options *options,
                          struct error *err)
{
    struct store_txn txn;
    uint64_t schema;
    TRY(tables_begin(store, &txn, &schema, err));
    if (schema > 0 && schema < STORE_SCHEMA && options->migrate != STORE_MIGRATE_BLINDLY) {
        write_abort(&txn);
        store->schema = schema;
        if (options->migrate == STORE_MIGRATE_NEVER)
            return error_set(err, ST_CONFIG,
                             "the store in '%s' has the older schema %llu; 'sleuth db migrate' "
                             "brings it up",
                             store->dir, (unsigned long long)schema);
        TRY(migrate_backup(store, options, schema, err));
        TRY(tables_begin(store, &txn, &schema, err));
    }
    status rc = migrate_run(&txn, schema, err);
    if (rc == ST_OK)
        rc = instance_read(&txn, err);
    if (rc != ST_OK) {
        write_abort(&txn);
        return rc;
    }
    store->schema_before = schema;
    store->schema = STORE_SCHEMA;
    int code = write_commit(&txn);
    return code ? env_failed(code, "write", store->dir, err) : ST_OK;
}

static uint64_t map_bytes_of(const struct store_options *options)
{
    return options->map_bytes ? options->map_bytes : MAP_BYTES_DEFAULT;
}

static void remove_in(const char *dir, const char *name)
{
    char path[PATH_MAX];
    if (snprintf(path, sizeof path, "%s/%s", dir, name) < (int)sizeof path)
        (void)unlink(path); /* left by a crash, or not there */
}

static void remove_creating(const char *dir)
{
    remove_in(dir, "data.mdb");
    remove_in(dir, "lock.mdb");
    (void)rmdir(dir);
}

static status create(struct store *store, const char *db_dir, const struct store_options *options,
                     struct error *err)
{
    uint64_t map_bytes = map_bytes_of(options);
    char creating[PATH_MAX], made[PATH_MAX + 16];
    if (snprintf(creating, sizeof creating, "%s/creating", db_dir) >= (int)sizeof creating)
        return error_set(err, ST_INVALID, "the name of the data directory is too long");
    (void)snprintf(made, sizeof made, "%s/data.mdb", creating);
    remove_creating(creating);
    TRY(file_make_dirs(creating, DIR_MODE, err));
    TRY(env_open(store, creating, map_bytes, err));
    status rc = tables_open(store, options, err);
    int code = rc == ST_OK ? mdb_env_sync(store->env, 1) : 0;
    mdb_env_close(store->env);
    store->env = NULL;
    if (rc == ST_OK && code != 0)
        rc = env_failed(code, "write", made, err);
    if (rc == ST_OK)
        rc = dir_sync(creating, err);
    if (rc == ST_OK && rename(made, store->data_path) != 0)
        rc = error_set(err, ST_IO, "cannot create '%s': %s", store->data_path, errno_text(errno));
    if (rc == ST_OK)
        rc = dir_sync(db_dir, err);
    remove_creating(creating);
    return rc;
}

/* Refuses what LMDB would map and then crash on: no valid meta page, or a file cut short. */
static status file_check(const char *path, struct error *err)
{
    struct pages_meta meta;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return error_set(err, ST_IO, "cannot open '%s': %s", path, errno_text(errno));
    status rc = pages_meta_read(fd, path, &meta, err);
    fd_close(&fd);
    return rc;
}

static status open_data(struct store *store, const struct store_options *options, struct error *err)
{
    uint64_t map_bytes = map_bytes_of(options);
    char db_dir[PATH_MAX];
    int stale;
    if (snprintf(db_dir, sizeof db_dir, "%s/db", store->dir) >= (int)sizeof db_dir)
        return error_set(err, ST_INVALID, "the name of the data directory is too long");
    if (access(store->data_path, F_OK) != 0) {
        if (options->must_exist)
            return error_set(err, ST_NOT_FOUND, "there is no store in '%s'", store->dir);
        TRY(file_make_dirs(db_dir, DIR_MODE, err));
        TRY(create(store, db_dir, options, err));
    }
    TRY(file_check(store->data_path, err));
    TRY(env_open(store, db_dir, map_bytes, err));
    int rc = mdb_reader_check(store->env, &stale);
    if (rc != 0)
        return env_failed(rc, "open", db_dir, err);
    return tables_open(store, options, err);
}

status store_open(const struct store_options *options, struct store **ret, struct error *err)
{
    assert(options->dir);
    assert(options->master_key);
    if (options->must_exist && access(options->dir, F_OK) != 0)
        return error_set(err, ST_NOT_FOUND, "there is no store in '%s'", options->dir);
    TRY(file_make_dirs(options->dir, DIR_MODE, err));
    struct store *store = calloc(1, sizeof *store); /* process lifetime */
    if (!store)
        return error_set(err, ST_NO_MEMORY, "not enough memory");
    store->magic = STORE_MAGIC;
    store->owner_fd = -1;
    store->readers_max = options->readers_max ? options->readers_max : READERS_MAX_DEFAULT;
    store->dir = strdup(options->dir);
    store->data_path = path_join(options->dir, "db/data.mdb");
    status rc = ST_OK;
    if (!store->dir || !store->data_path)
        rc = error_set(err, ST_NO_MEMORY, "not enough memory");
    if (rc == ST_OK)
        rc = owner_fs_check(options->dir, options->require_durable, &store->file_system,
                            &store->durable, err);
    if (rc == ST_OK && !options->is_owned)
        rc = owner_take(options->dir, options->socket, &store->owner_fd, err);
    if (rc == ST_OK)
        rc = writer_init(store, err);
    if (rc == ST_OK) {
        keys_derive(store, options->master_key);
        rc = open_data(store, options, err);
    }
    if (rc != ST_OK) {
        store_close(&store);
        return rc;
    }
    *ret = store;
    return ST_OK;
}

void store_close(struct store **store_at)
{
    struct store *store = *store_at;
    if (!store)
        return;
    store_assert(store);
    writer_finish(store);
    if (store->env)
        mdb_env_close(store->env);
    fd_close(&store->owner_fd); /* releases the directory, last */
    free(store->dir);
    free(store->data_path);
    crypt_wipe(store, sizeof *store); /* keys and magic */
    free(store);
    *store_at = NULL;
}

/* --- what is known about it ------------------------------------------------------------------- */

struct reader_scan {
    uint64_t oldest_txn, oldest_pid;
};

/* mdb_reader_list prints a header and then one line "pid thread txnid" per slot. */
static int reader_line(const char *line, void *arg)
{
    struct reader_scan *scan = arg;
    slice rest = slice_trim(slice_of(line)), part, fields[3];
    size_t n = 0;
    uint64_t pid, txn;
    while (n < 3 && slice_split(&rest, ' ', &part))
        if (part.len)
            fields[n++] = part;
    if (n == 3 && slice_to_u64(fields[0], &pid) && slice_to_u64(fields[2], &txn) &&
        (scan->oldest_pid == 0 || txn < scan->oldest_txn))
        *scan = (struct reader_scan){txn, pid};
    return 0;
}

/* Pages in the free list: each of its values begins with its count of page numbers. */
static status free_pages(struct store *store, uint64_t *ret, struct error *err)
{
    MDB_txn *txn;
    MDB_cursor *cursor;
    MDB_val key, value;
    uint64_t pages = 0;
    int rc = mdb_txn_begin(store->env, NULL, MDB_RDONLY, &txn);
    if (rc != 0)
        return error_set(err, mdb_status(rc), "cannot begin a snapshot: %s", mdb_strerror(rc));
    rc = mdb_cursor_open(txn, /* the free list is always 0 */ 0, &cursor);
    if (rc == 0) {
        while ((rc = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)) == 0) {
            size_t count = 0;
            size_t len = value.mv_size < sizeof count ? value.mv_size : sizeof count;
            memcpy(&count, value.mv_data, len);
            pages += count;
        }
        mdb_cursor_close(cursor);
    }
    mdb_txn_abort(txn);
    if (rc != MDB_NOTFOUND)
        return error_set(err, mdb_status(rc), "cannot read the list of free pages: %s",
                         mdb_strerror(rc));
    *ret = pages;
    return ST_OK;
}

status store_info_get(struct store *store, struct store_info *ret, struct error *err)
{
    MDB_envinfo env;
    MDB_stat page;
    struct stat file;
    struct statvfs disk;
    struct reader_scan scan = {0};
    uint64_t pages = 0;
    store_assert(store);
    TRY(free_pages(store, &pages, err));
    (void)mdb_env_info(store->env, &env); /* fails for NULL only */
    (void)mdb_env_stat(store->env, &page);
    (void)mdb_reader_list(store->env, reader_line, &scan);
    if (stat(store->data_path, &file) != 0 || statvfs(store->dir, &disk) != 0)
        return error_set(err, ST_IO, "cannot open '%s': %s", store->data_path, errno_text(errno));
    *ret = (struct store_info){
        .map_bytes = env.me_mapsize,
        .used_bytes = (uint64_t)(env.me_last_pgno + 1) * page.ms_psize,
        .free_bytes = pages * page.ms_psize,
        .file_bytes = (uint64_t)file.st_size,
        .disk_free_bytes = (uint64_t)disk.f_bavail * disk.f_frsize,
        .txn_id = env.me_last_txnid,
        .schema = store->schema,
        .schema_before = store->schema_before,
        .instance = store->instance,
        .readers_max = env.me_maxreaders,
        .readers_used = env.me_numreaders,
        .oldest_reader_pid = scan.oldest_pid,
        .oldest_reader_lag = scan.oldest_pid && env.me_last_txnid > scan.oldest_txn
                                 ? env.me_last_txnid - scan.oldest_txn
                                 : 0,
        .file_system = store->file_system,
        .durable = store->durable,
    };
    return ST_OK;
}

status store_reader_check(struct store *store, unsigned *ret_freed, struct error *err)
{
    int stale = 0;
    store_assert(store);
    int rc = mdb_reader_check(store->env, &stale);
    if (rc != 0)
        return error_set(err, mdb_status(rc), "cannot check the table of readers: %s",
                         mdb_strerror(rc));
    *ret_freed = (unsigned)stale;
    return ST_OK;
}
