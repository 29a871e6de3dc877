/* What was used: a record per call, sums per day, last use of keys; written once a second.
 *
 * Calls are noted on their loop thread into one of a few shards, each behind its own lock held for a
 * copy. Once a second the main thread takes all shards, sums them up and hands one operation to the
 * writer. A crash loses at most that second, in the customer's favour; billed analyses are not
 * counted here but in the transaction of their answer (store_analyses_add). */
#ifndef USAGE_H
#define USAGE_H

#include "base/status.h"

#include <stdint.h>

struct app;
struct usage;

enum {
    USAGE_SHARDS = 4,
    USAGE_NOTES_MAX = 16384, /* calls per shard between two writes; more are dropped and counted */
};

status usage_create(struct usage **ret, struct error *err);
/* Nothing may be in flight: after usage_flush and the writer's stop. NULL is allowed. */
void usage_destroy(struct usage **usage);

/* Main thread, every second: hands what gathered to the writer; skips a turn while the last one is
 * not written yet. Also forgets idle subjects of the rate limits. */
void usage_tick(struct app *app, int64_t wall_ms);
/* Main thread, at the stop, after the loops: writes what is left and waits for it. */
status usage_flush(struct app *app, int64_t wall_ms, struct error *err);

struct usage_stats {
    uint64_t noted, dropped, written, failed_writes;
};
void usage_stats(struct usage *usage, struct usage_stats *ret);

#endif
