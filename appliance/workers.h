/* Bounded pool of CPU threads: interactive items go before background items, full means refused.
 *
 * Full is a number of items, and a time: when those that wait would take too long by what the last
 * ones took, another would only wait in vain and make everybody late.
 *
 * An item is embedded in what it works on; the pool allocates nothing. */
#ifndef WORKERS_H
#define WORKERS_H

#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>

enum work_class {
    WORK_INTERACTIVE, /* somebody waits: calls */
    WORK_BACKGROUND,  /* slices of jobs, at most 20 ms each; taken when nothing interactive waits */
    WORK_CLASS_COUNT
};

struct work_item {
    struct work_item *next;
    void (*run)(struct work_item *item); /* on a worker; may free or resubmit the item */
};

struct workers;

struct workers_options {
    const char *name;     /* of the threads, at most 15 characters */
    unsigned threads;     /* 1..LIMIT_WORKERS */
    size_t queue_max;     /* interactive items that may wait; background has the same again */
    unsigned wait_max_ms; /* expected wait beyond which interactive ones are refused; 0 = any */
};

status workers_create(const struct workers_options *options, struct workers **ret,
                      struct error *err);
/* Refuses new items, runs out the queue, joins the threads; NULL is allowed. */
void workers_destroy(struct workers **workers);

/* Any thread. ST_BUSY when the queue is full or the pool stops; the item is then still the
 * caller's. */
status workers_submit(struct workers *workers, struct work_item *item, enum work_class class);

struct workers_stats {
    unsigned threads;
    unsigned busy;
    size_t waiting[WORK_CLASS_COUNT];
    uint64_t done;
    uint64_t refused;
    uint64_t mean_us; /* of the last interactive items */
};
void workers_stats(struct workers *workers, struct workers_stats *ret);

#endif
