/* The long-lived parts of one process, in start order; stop is the reverse.
 *
 * One app per process: `sleuth serve` has all parts, the CLI's in-process host has no server. */
#ifndef APP_H
#define APP_H

#include "base/arena.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct auth;
struct backup_task; /* backup_task.h */
struct blobs;       /* blob.h */
struct config;      /* config.h */
struct deliver;
struct entitlement;
struct jobs;
struct metrics;
struct outbound;
struct plans;
struct rate;
struct server; /* loop.h: listeners and event loops */
struct store;  /* storage/storage.h */
struct usage;
struct workers;

enum { APP_MAGIC = 0x41505031 };

struct app {
    uint32_t magic;
    const char *version;
    const char *data_dir; /* absolute */
    const char *run_dir;
    const char *admin_path; /* RUN/admin.sock */
    int64_t start_ms;       /* wall */
    int64_t start_mono_ms;  /* for uptime */

    const struct config *_Atomic config; /* replaced by a reload; old ones live until the end */
    struct metrics *metrics;
    struct store *store;         /* NULL in tests of pure routes */
    struct blobs *blobs;         /* likewise; contents of files on disk */
    struct plans *_Atomic plans; /* likewise */
    struct auth *auth;
    struct entitlement *entitlement; /* licence and trusted clock; NULL in tests: no cap */
    struct rate *rate;
    struct usage *usage;
    struct workers *workers;          /* CPU pool; NULL in-process: work runs inline */
    struct workers *password_workers; /* Argon2 */
    struct workers *fetch_workers;    /* threads that may wait for the network: stage fetch */
    struct outbound *outbound;
    struct deliver *deliver;
    struct jobs *jobs;     /* NULL in-process: jobs wait for a server */
    struct server *server; /* NULL in-process */
    struct backup_task *backup;

    int fenced_files;  /* sandbox.h: Landlock's version, 0 = files are open */
    bool fenced_calls; /* system calls are filtered */

    atomic_bool draining;           /* stop has begun: readyz is 503, new work is refused */
    atomic_bool set_up;             /* one enabled user exists */
    _Atomic int64_t writer_beat_ms; /* monotonic: last write transaction that worked */
    _Atomic int64_t backup_ms;      /* wall: the newest backup; 0 = none */
    _Atomic int64_t cert_until_ms;  /* wall: the certificate ends; 0 = no TLS */
    atomic_bool reload_failed;      /* the last SIGHUP found an error; the old values stay */
    _Atomic uint32_t calls_inflight;
    _Atomic uint64_t body_bytes; /* of bodies held by calls */
};

/* --- bringing one up: what `sleuth serve` and the in-process host have in common --- */

struct app_options {
    const char *config_path; /* NULL = the usual places */
    const char *data_dir;    /* NULL = configuration, else the usual places */
    const char *run_dir;     /* NULL = configuration, else the usual places */
    const char *listen;      /* flags of `serve`; NULL = configuration */
    const char *tls_cert;
    const char *tls_key;
    bool no_tls;
    bool sandboxed;  /* a server: fenced off before anything is opened (sandbox.h) */
    bool throw_away; /* the data directory will be removed */
    bool must_exist; /* ST_NOT_FOUND instead of creating an empty data directory */
};

/* Configuration, secrets, routes, storage, plans, authentication; no thread but the writer, and
 * that only with `writer`. ST_LOCKED when another process owns the directory. Main thread. */
status app_open(const struct app_options *options, bool writer, struct app **ret,
                struct error *err);
void app_close(struct app **app); /* NULL is allowed */

/* The data directory that app_open would take, without opening anything; in the arena. */
status app_data_dir(const struct app_options *options, struct arena *arena, slice *ret,
                    struct error *err);

/* SIGHUP: loads configuration and plans again and swaps them in; on an error the old ones stay. */
status app_reload(struct app *app, struct error *err);

/* Reads whether one enabled user exists into app->set_up. */
status app_look_set_up(struct app *app, struct error *err);

#endif
