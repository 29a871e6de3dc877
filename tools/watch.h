/* sleuth watch: captures every new log of a directory once, keeps what it captured until the
 * appliance has taken it.
 *
 * Beside the state file, which is append-only (one line of JSON per captured file), a directory
 * STATE.spool holds the additions that were not sent yet, one file each, in order. A file is
 * captured in this order: spool entry written and synced, then its line in the state file. After a
 * crash between the two it is captured once more, and the appliance knows its rows already; after a
 * crash between an answer and the removal of the entry it is sent again under the same idempotency
 * key. Nothing that was captured depends on the log file any more. Single thread. */
#ifndef TOOLS_WATCH_H
#define TOOLS_WATCH_H

#include "tools/cli.h"

#include "import/import.h"

enum {
    WATCH_FILES_MAX = 1 << 20,       /* files ever captured by one state file */
    WATCH_SPOOL_MAX = 10000,         /* additions that wait; beyond, capturing pauses */
    WATCH_BATCH_FILES = 64,          /* files of one addition */
    WATCH_BATCH_BYTES_MAX = 6 << 20, /* rows of one addition */
    WATCH_REFUSE_AFTER_MS = 60000,   /* a file that no reader understands may still be growing */
};

/* Open addressing over 64-bit keys that are hashes already; 0 is no key. */
struct watch_table {
    uint64_t *keys;
    uint64_t *stamps;
    size_t cap, count;
};
void watch_table_finish(struct watch_table *table);
/* 0 when the key is not there. */
uint64_t watch_table_get(const struct watch_table *table, uint64_t key);
status watch_table_put(struct watch_table *table, uint64_t key, uint64_t stamp, struct error *err);

struct watch_state {
    slice path;                  /* of the state file */
    slice spool;                 /* directory */
    int fd;                      /* the state file, for appending */
    struct watch_table captured; /* by the first 8 bytes of the SHA-256 */
    uint64_t next;               /* number of the next spool entry */
    size_t waiting;              /* spool entries */
};

/* Opens or creates both, reads what is there. A torn last line (power cut) is ignored: its file is
 * captured again. ST_LOCKED when another watch uses the same state. */
status watch_state_open(const char *path, struct arena *arena, struct watch_state *ret,
                        struct error *err);
void watch_state_close(struct watch_state *state);
bool watch_state_knows(const struct watch_state *state, const unsigned char sha256[static 32]);

struct watch_captured {
    slice path;
    unsigned char sha256[32];
};
/* Writes the addition to the spool, then the files to the state, both synced. */
status watch_state_add(struct watch_state *state, slice body, const struct watch_captured *files,
                       size_t count, int64_t now_ms, struct error *err);

/* The oldest entry that waits: its name and body in the arena. ST_NOT_FOUND when there is none. */
status watch_spool_first(const struct watch_state *state, struct arena *arena, slice *ret_name,
                         slice *ret_body, struct error *err);
/* Taken by the appliance: gone. Refused for good: kept beside as NAME.refused. */
status watch_spool_done(struct watch_state *state, slice name, bool refused, struct error *err);

struct project_ref;

/* The token of this registration with the project, asked for once and kept in STATE.session: what
 * starts after it can be of input grade A. */
status watch_session_get(struct cli *cli, const struct watch_state *state,
                         const struct project_ref *project, slice *ret_token, struct error *err);
/* The appliance does not know it any more. */
void watch_session_drop(struct cli *cli, const struct watch_state *state);

/* Captures what is new in a directory; *ret_files = how many. `context` is cli for messages. */
struct watch_scan {
    struct cli *cli;
    struct watch_state *state;
    const char *dir;
    const struct ledger_options *options;
    struct watch_table seen; /* path → size and time of change, so that files are read once */
};
status watch_scan_run(struct watch_scan *scan, size_t *ret_files, struct error *err);

#endif
