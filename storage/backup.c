/* Hot copies: the compact copy of the database, and the sealed backup made of it.
 *
 * The copy runs in a thread of its own and goes through a pipe, so that nothing unsealed touches
 * the disk before the check; compact, so that deleted values do not travel in free pages. */
#include "storage/backup_file.h"

#include "base/clock.h"
#include "base/file.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PIPE_READ_BYTES = 1 << 16 };

status store_backup(struct store *store, int fd, struct error *err)
{
    store_assert(store);
    int rc = mdb_env_copyfd2(store->env, fd, MDB_CP_COMPACT);
    if (rc != 0)
        return error_set(err, rc == ENOMEM ? ST_NO_MEMORY : ST_IO, "cannot copy the store: %s",
                         mdb_strerror(rc));
    if (fsync(fd) != 0 && errno != EINVAL && errno != EROFS) /* a pipe has nothing to sync */
        return error_set(err, ST_IO, "cannot copy the store: %s", errno_text(errno));
    return ST_OK;
}

/* --- the database ----------------------------------------------------------------------------- */

struct copying {
    struct store *store;
    int fd; /* the pipe's end to write to; closed at the end */
    status rc;
    struct error err;
};

static void *copy_run(void *arg)
{
    struct copying *copying = arg;
    copying->rc = store_backup(copying->store, copying->fd, &copying->err);
    fd_close(&copying->fd);
    return NULL;
}

static status database_piece(struct backup_writer *w, slice bytes, struct error *err)
{
    unsigned char frame[5] = {BACKUP_FRAME_DATABASE};
    for (unsigned i = 0; i < 4; i++)
        frame[1 + i] = (unsigned char)(bytes.len >> (8 * (3 - i)));
    TRY(backup_writer_put(w, slice_make(frame, sizeof frame), err));
    return backup_writer_put(w, bytes, err);
}

static status pipe_drain(int fd, struct backup_writer *w, struct store_backup_facts *facts,
                         struct error *err)
{
    char *bytes = malloc(PIPE_READ_BYTES); /* until the end of the copy */
    status rc = bytes ? ST_OK : error_set(err, ST_NO_MEMORY, "not enough memory");
    while (rc == ST_OK) {
        ssize_t got = read(fd, bytes, PIPE_READ_BYTES);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            rc = error_set(err, ST_IO, "cannot copy the store: %s", errno_text(errno));
        if (got <= 0)
            break;
        facts->database_bytes += (uint64_t)got;
        rc = database_piece(w, slice_make(bytes, (size_t)got), err);
    }
    free(bytes);
    return rc;
}

static status database_copy(struct store *store, struct backup_writer *w,
                            struct store_backup_facts *facts, struct error *err)
{
    int ends[2];
    pthread_t thread;
    if (pipe2(ends, O_CLOEXEC) != 0)
        return error_set(err, ST_IO, "cannot copy the store: %s", errno_text(errno));
    struct copying copying = {.store = store, .fd = ends[1]};
    int number = pthread_create(&thread, NULL, copy_run, &copying);
    if (number != 0) {
        fd_close(&ends[0]);
        fd_close(&ends[1]);
        return error_set(err, ST_IO, "cannot copy the store: %s", errno_text(number));
    }
    status rc = pipe_drain(ends[0], w, facts, err);
    fd_close(&ends[0]); /* ends the copy if it still runs: LMDB takes the broken pipe as an error */
    (void)pthread_join(thread, NULL);
    if (rc == ST_OK && copying.rc != ST_OK) {
        rc = copying.rc;
        if (err)
            *err = copying.err;
    }
    return rc;
}

/* --- blobs: DATA/blobs/aa/bb/aabb… (KEY_LAYOUT) ------------------------------------------------
 */

static status blob_bytes_put(int fd, const char *path, uint64_t size, struct backup_writer *w,
                             struct error *err)
{
    char bytes[4096];
    while (size) {
        size_t want = size < sizeof bytes ? (size_t)size : sizeof bytes;
        ssize_t got = read(fd, bytes, want);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return error_set(err, ST_IO, "cannot read '%s': %s", path,
                             errno_text(got < 0 ? errno : EIO));
        TRY(backup_writer_put(w, slice_make(bytes, (size_t)got), err));
        size -= (uint64_t)got;
    }
    return ST_OK;
}

static status blob_put(const char *path, const struct crypt_hash *name, struct backup_writer *w,
                       struct store_backup_facts *facts, struct error *err)
{
    struct stat info;
    unsigned char frame[1 + CRYPT_HASH_BYTES + 8] = {BACKUP_FRAME_BLOB};
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0 && errno == ENOENT)
        return ST_OK; /* its last user went meanwhile; the check counts what is missing */
    if (fd < 0 || fstat(fd, &info) != 0) {
        status rc = error_set(err, ST_IO, "cannot read '%s': %s", path, errno_text(errno));
        fd_close(&fd);
        return rc;
    }
    memcpy(frame + 1, name->bytes, CRYPT_HASH_BYTES);
    for (unsigned i = 0; i < 8; i++)
        frame[1 + CRYPT_HASH_BYTES + i] = (unsigned char)((uint64_t)info.st_size >> (8 * (7 - i)));
    status rc = backup_writer_put(w, slice_make(frame, sizeof frame), err);
    if (rc == ST_OK)
        rc = blob_bytes_put(fd, path, (uint64_t)info.st_size, w, err);
    fd_close(&fd);
    facts->blobs++;
    facts->blob_bytes += (uint64_t)info.st_size;
    return rc;
}

/* Whatever has a name other than 64 digits is no blob. */
static status blob_folder_put(const char *folder, struct backup_writer *w,
                              struct store_backup_facts *facts, struct error *err)
{
    char path[BACKUP_PATH_MAX];
    struct crypt_hash name;
    struct dirent *entry;
    status rc = ST_OK;
    DIR *dir = opendir(folder);
    if (!dir)
        return errno == ENOENT || errno == ENOTDIR
                   ? ST_OK
                   : error_set(err, ST_IO, "cannot open '%s': %s", folder, errno_text(errno));
    while (rc == ST_OK && (entry = readdir(dir)) != NULL) {
        if (!crypt_hex_decode(name.bytes, sizeof name.bytes, slice_of(entry->d_name)))
            continue;
        rc = backup_path(path, err, "%s/%s", folder, entry->d_name);
        if (rc == ST_OK)
            rc = blob_put(path, &name, w, facts, err);
    }
    (void)closedir(dir);
    return rc;
}

static bool is_shard(const char *name)
{
    unsigned char byte;
    return crypt_hex_decode(&byte, 1, slice_of(name));
}

static status blob_shard_put(const char *shard, struct backup_writer *w,
                             struct store_backup_facts *facts, struct error *err)
{
    char folder[BACKUP_PATH_MAX];
    struct dirent *entry;
    status rc = ST_OK;
    DIR *dir = opendir(shard);
    if (!dir)
        return errno == ENOENT
                   ? ST_OK
                   : error_set(err, ST_IO, "cannot open '%s': %s", shard, errno_text(errno));
    while (rc == ST_OK && (entry = readdir(dir)) != NULL) {
        if (!is_shard(entry->d_name))
            continue;
        rc = backup_path(folder, err, "%s/%s", shard, entry->d_name);
        if (rc == ST_OK)
            rc = blob_folder_put(folder, w, facts, err);
    }
    (void)closedir(dir);
    return rc;
}

static status blobs_put(const struct store *store, struct backup_writer *w,
                        struct store_backup_facts *facts, struct error *err)
{
    char shard[BACKUP_PATH_MAX];
    for (unsigned i = 0; i < 256; i++) {
        TRY(backup_path(shard, err, "%s/blobs/%02x", store->dir, i));
        TRY(blob_shard_put(shard, w, facts, err));
    }
    return ST_OK;
}

/* --- the whole -------------------------------------------------------------------------------- */

static status content_put(struct store *store, const struct store_backup_options *options,
                          struct backup_writer *w, struct store_backup_facts *facts,
                          struct error *err)
{
    unsigned char frame[17] = {BACKUP_FRAME_END};
    TRY(database_copy(store, w, facts, err));
    /* Blobs after the database: what it names was on disk before its record was. */
    if (!options->without_blobs)
        TRY(blobs_put(store, w, facts, err));
    for (unsigned i = 0; i < 8; i++) {
        frame[1 + i] = (unsigned char)(facts->database_bytes >> (8 * (7 - i)));
        frame[9 + i] = (unsigned char)(facts->blobs >> (8 * (7 - i)));
    }
    TRY(backup_writer_put(w, slice_make(frame, sizeof frame), err));
    TRY(backup_writer_end(w, err));
    facts->file_bytes = w->bytes;
    return ST_OK;
}

static status file_make(struct store *store, const struct store_backup_options *options,
                        const char *partial, unsigned char *stream_key,
                        struct store_backup_facts *facts, struct error *err)
{
    struct store_backup_head head = {.program = slice_of(options->program),
                                     .created_ms = options->now_ms,
                                     .blobs = !options->without_blobs};
    const struct backup_seal seal = {.kind = options->kind,
                                     .master = store->master,
                                     .recipient = options->recipient,
                                     .passphrase = options->passphrase};
    struct backup_writer w = {
        .path = partial, .per_s = options->bytes_per_s, .cancelled = options->cancelled};
    struct store_info info;
    struct arena arena;
    arena_init(&arena, STORE_BACKUP_HEAD_MAX);
    (void)unlink(partial); /* left by a crash; absence is the normal case */
    w.fd = open(partial, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    status rc = w.fd >= 0
                    ? store_info_get(store, &info, err)
                    : error_set(err, ST_IO, "cannot create '%s': %s", partial, errno_text(errno));
    if (rc == ST_OK) {
        head.txn = info.txn_id;
        head.schema = info.schema;
        head.instance = slice_of(store->instance);
        rc = backup_key_make(&seal, &arena, stream_key, &head, err);
    }
    if (rc == ST_OK)
        rc = backup_writer_begin(&w, &head, stream_key, err);
    if (rc == ST_OK)
        rc = content_put(store, options, &w, facts, err);
    fd_close(&w.fd);
    backup_writer_finish(&w);
    arena_finish(&arena);
    return rc;
}

/* The same walk that a restore does, with the key that only this moment knows. */
static status read_back(struct store *store, const struct store_backup_options *options,
                        const char *partial, const unsigned char *stream_key,
                        struct store_backup_facts *facts, struct error *err)
{
    const struct store_backup_keys keys = {.master = store->master};
    const struct backup_unpack job = {.path = partial,
                                      .scratch = options->scratch,
                                      .keys = &keys,
                                      .stream_key = stream_key,
                                      .cancelled = options->cancelled};
    struct store_backup_facts read = {0};
    status rc = backup_unpack(&job, &read, err);
    backup_scratch_remove(options->scratch);
    if (rc != ST_OK)
        return error_wrap(err, rc, "the new backup does not pass its check");
    read.file_bytes = facts->file_bytes;
    *facts = read;
    return ST_OK;
}

static status rename_new(const char *partial, const char *path, struct error *err)
{
    char dir[BACKUP_PATH_MAX];
    if (rename(partial, path) != 0)
        return error_set(err, ST_IO, "cannot create '%s': %s", path, errno_text(errno));
    const char *slash = strrchr(path, '/');
    if (!slash)
        return dir_sync(".", err);
    TRY(backup_path(dir, err, "%.*s", slash == path ? 1 : (int)(slash - path), path));
    return dir_sync(dir, err);
}

status store_backup_create(struct store *store, const struct store_backup_options *options,
                           struct store_backup_facts *ret, struct error *err)
{
    char partial[BACKUP_PATH_MAX];
    unsigned char stream_key[CRYPT_KEY_BYTES];
    struct store_backup_facts facts = {0};
    store_assert(store);
    assert(options->kind < STORE_BACKUP_KINDS);
    TRY(backup_path(partial, err, "%s.partial", options->path));
    if (access(options->path, F_OK) == 0)
        return error_set(err, ST_CONFLICT, "'%s' exists already", options->path);
    int64_t began_ms = clock_mono_ms();
    status rc = file_make(store, options, partial, stream_key, &facts, err);
    int64_t copied_ms = clock_mono_ms();
    if (rc == ST_OK)
        rc = read_back(store, options, partial, stream_key, &facts, err);
    crypt_wipe(stream_key, sizeof stream_key);
    facts.copy_ms = copied_ms - began_ms;
    facts.check_ms = clock_mono_ms() - copied_ms;
    if (rc == ST_OK)
        rc = rename_new(partial, options->path, err);
    if (rc != ST_OK) {
        (void)unlink(partial); /* best effort: the next backup of that name removes it too */
        return rc;
    }
    *ret = facts;
    return ST_OK;
}
