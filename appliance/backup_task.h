/* Backups of the running appliance: one at a time, in a thread of their own, with their outcome
 * kept for whoever asks.
 *
 * A backup of a large database takes longer than a request may, so it is started by one call and
 * watched by others. Without a server (the CLI in its own process) it runs at once, in the calling
 * thread. */
#ifndef BACKUP_TASK_H
#define BACKUP_TASK_H

#include "base/arena.h"
#include "storage/storage.h"

#include <stdbool.h>

struct app;
struct backup_task;

enum {
    BACKUP_NAME_MAX = 64, /* "sleuth-20261127T205500.000Z.backup" */
    BACKUP_PLACE_MAX = 4096,
    BACKUP_ACTOR_MAX = 96,
    BACKUP_PASSPHRASE_MAX = 1024,
};

/* app is borrowed for life. */
status backup_task_create(struct app *app, struct backup_task **ret, struct error *err);
/* Cancels a running one and waits for its thread. NULL is allowed. Before the writer stops. */
void backup_task_destroy(struct backup_task **task);

struct backup_order {
    slice recipient;  /* text of a public key; empty = the configuration's, if any */
    slice passphrase; /* not empty: sealed with it instead */
    bool without_blobs;
    uint64_t rate_mib; /* UINT64_MAX = the configuration's */
    slice actor;       /* for the audit log */
    int64_t now_ms;    /* names it */
};
/* ST_CONFLICT: one is running; ST_INVALID: not a public key; ST_IO. Any thread; without a server
 * the backup is over when it returns, and its failure is the state's. */
status backup_task_start(struct backup_task *task, const struct backup_order *order,
                         struct error *err);

struct backup_state {
    bool running, known; /* known: one was started since this process began */
    char name[BACKUP_NAME_MAX];
    char path[BACKUP_PLACE_MAX];
    int64_t started_ms, ended_ms; /* wall */
    enum status_code rc;
    struct error err;
    struct store_backup_facts facts;
};
void backup_task_state(struct backup_task *task, struct backup_state *ret); /* any thread */

/* Where backups go: backup.dir, else DATA/backups; ends with NUL. */
status backup_dir(const struct app *app, char ret[static BACKUP_PLACE_MAX], struct error *err);
/* "sleuth-20261127T205500.000Z.backup" */
void backup_name(int64_t now_ms, char ret[static BACKUP_NAME_MAX]);

/* Keys as people copy them: "slpub_…" and "slsec_…", base64url. */
enum { BACKUP_KEY_TEXT_MAX = 64 };
slice backup_key_text(const char *prefix, const unsigned char key[static CRYPT_BOX_KEY_BYTES],
                      char ret[static BACKUP_KEY_TEXT_MAX]);
bool backup_key_parse(const char *prefix, slice text,
                      unsigned char ret[static CRYPT_BOX_KEY_BYTES]);

/* Time of the newest backup that this database knows of, ms; 0 = none. */
status backup_last(struct store *store, int64_t *ret_ms, struct error *err);

#endif
