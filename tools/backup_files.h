/* Backup files as the command line handles them: found in a directory, copied, removed. */
#ifndef TOOLS_BACKUP_FILES_H
#define TOOLS_BACKUP_FILES_H

#include "tools/cli.h"

#include "secrets.h"
#include "storage/storage.h"

#include "config.h"

enum { BACKUP_FILES_MAX = 10000 };

struct backup_entry {
    slice name, path; /* both end with NUL */
    uint64_t bytes;
    struct store_backup_head head;
    bool readable;  /* the head could be read; else it is zero */
    bool scheduled; /* sleuth-….backup: made by `backup create`, subject to retention */
};
struct backup_list {
    struct backup_entry *entries; /* newest first */
    size_t count;
};
/* All "*.backup" of the directory; a missing directory has none. ST_IO. */
status backup_list_read(struct cli *cli, const char *dir, struct backup_list *ret,
                        struct error *err);
/* backup.dir, else DATA/backups. */
slice backup_files_dir(struct cli *cli, const struct config *config);

/* Copies `from` to `to` (0600, temporary name, fsync, rename, fsync of the directory) and compares
 * the copy with its checksum. ST_CONFLICT when `to` exists. */
status backup_file_copy(struct cli *cli, const char *from, const char *to, struct error *err);
/* To standard output. */
status backup_file_print(struct cli *cli, const char *from, struct error *err);

/* Removes what backup.keep_… does not keep; with --dry-run only tells. */
status backup_prune(struct cli *cli, const struct config *config, const char *dir,
                    struct error *err);

/* The keys of --identity, --passphrase-file, --secrets and of the data directory; wiped by
 * backup_keys_finish. */
struct backup_keys {
    struct secrets secrets;
    unsigned char identity[CRYPT_BOX_KEY_BYTES];
    struct store_backup_keys keys;
};
status backup_keys_read(struct cli *cli, const char *data_dir, struct backup_keys *ret,
                        struct error *err);
void backup_keys_finish(struct backup_keys *keys);

#endif
