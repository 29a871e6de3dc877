/* The long-lived parts of one process, in start order; stop is the reverse.
 *
 * One app per process: `sleuth serve` has all parts, the CLI's in-process host has no server. */
#ifndef APP_H
#define APP_H

#include "base/status.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct auth;
struct config; /* config.h */
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
    int64_t start_ms;      /* wall */
    int64_t start_mono_ms; /* for uptime */

    const struct config *config;
    struct metrics *metrics;
    struct store *store; /* NULL in tests of pure routes */
    struct plans *plans;
    struct auth *auth;
    struct rate *rate;
    struct usage *usage;
    struct workers *workers;          /* CPU pool; NULL in-process: work runs inline */
    struct workers *password_workers; /* Argon2 */
    struct workers *fetch_workers;    /* threads that may wait for the network: stage fetch */
    struct outbound *outbound;
    struct server *server; /* NULL in-process */

    atomic_bool draining;           /* stop has begun: readyz is 503, new work is refused */
    atomic_bool set_up;             /* one enabled user exists */
    _Atomic int64_t writer_beat_ms; /* monotonic: last write transaction that worked */
    _Atomic uint32_t calls_inflight;
    _Atomic uint64_t body_bytes; /* of bodies held by calls */
};

#endif
