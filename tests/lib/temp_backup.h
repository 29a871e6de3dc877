/* Backups of a temp_store: make one, name files in its directory, change bytes of a file. */
#ifndef TESTS_LIB_TEMP_BACKUP_H
#define TESTS_LIB_TEMP_BACKUP_H

#include "base/file.h"
#include "lib/temp_store.h"
#include "storage/backup_file.h"

#include <fcntl.h>
#include <sys/stat.h>

enum { TEMP_PATH = 256 };

static const struct store_backup_keys temp_keys = {.master = temp_key};

/* "DIR/name" in a buffer of the arena. */
static inline const char *temp_path(struct temp_store *t, const char *name)
{
    return arena_printf(&t->arena, "%s/%s", t->dir, name).ptr;
}

static inline struct store_backup_options temp_backup_options(struct temp_store *t,
                                                              const char *name)
{
    return (struct store_backup_options){.path = temp_path(t, name),
                                         .scratch = temp_path(t, "scratch"),
                                         .program = "9.9.9",
                                         .now_ms = T0_MS};
}

static inline const char *temp_backup(struct temp_store *t, const char *name)
{
    struct error err = {0};
    struct store_backup_facts facts;
    struct store_backup_options options = temp_backup_options(t, name);
    ck_ok(store_backup_create(t->store, &options, &facts, &err));
    return options.path;
}

/* A blob file with its row and one reference; the content is the text. */
static inline struct crypt_hash temp_blob(struct temp_store *t, const char *text)
{
    struct crypt_hash name;
    char hex[2 * CRYPT_HASH_BYTES + 1];
    struct error err = {0};
    crypt_sha256(&name, slice_of(text));
    (void)crypt_hex(hex, name.bytes, sizeof name.bytes);
    const char *folder = arena_printf(&t->arena, "%s/blobs/%.2s/%.2s", t->dir, hex, hex + 2).ptr;
    ck_ok(file_make_dirs(folder, 0700, &err));
    ck_ok(file_replace(arena_printf(&t->arena, "%s/%s", folder, hex).ptr, slice_of(text), 0600,
                       &err));
    ck_status(store_blob_ref(temp_write(t), &name, strlen(text), T0_MS), ST_OK);
    temp_commit(t);
    return name;
}

static inline const char *temp_blob_path(struct temp_store *t, const char *dir,
                                         const struct crypt_hash *name)
{
    char hex[2 * CRYPT_HASH_BYTES + 1];
    (void)crypt_hex(hex, name->bytes, sizeof name->bytes);
    return arena_printf(&t->arena, "%s/blobs/%.2s/%.2s/%s", dir, hex, hex + 2, hex).ptr;
}

static inline off_t file_bytes(const char *path)
{
    struct stat info;
    ck_assert_int_eq(stat(path, &info), 0);
    return info.st_size;
}

static inline void file_flip(const char *path, off_t at, unsigned char bits)
{
    unsigned char byte;
    int fd = open(path, O_RDWR);
    ck_assert_int_eq(pread(fd, &byte, 1, at), 1);
    byte = (unsigned char)(byte ^ bits);
    ck_assert_int_eq(pwrite(fd, &byte, 1, at), 1);
    (void)close(fd);
}

static inline slice file_all(struct temp_store *t, const char *path)
{
    struct error err = {0};
    slice bytes;
    ck_ok(file_read(path, 32 << 20, &t->arena, &bytes, &err));
    return bytes;
}

#endif
