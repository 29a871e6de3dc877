/* Request limits in memory: exact trailing windows, counts per UTC day, running analyses.
 *
 * A window is a log of the times of the last requests, so there are never more than N in any
 * trailing 60 s, and never a refusal below N; fixed windows admit 2N at their boundary. Several
 * limits are taken together or not at all: a refused call consumes nothing. Any thread; a lock per
 * shard is held for a few comparisons. Memory grows with use up to RATE_SUBJECTS_MAX subjects,
 * their logs up to the limit (malloc: a documented exception, these outlive every call). */
#ifndef RATE_H
#define RATE_H

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct call;
struct rate;

enum {
    RATE_SUBJECTS_MAX = 1000000,
    RATE_SHARDS = 64,
    RATE_MINUTE_MS = 60000,
    RATE_LOGIN_MS = 15 * 60 * 1000,
    RATE_LOGIN_ACCOUNT_MAX = 5, /* tries per account and 15 minutes */
    RATE_LOGIN_ADDRESS_MAX = 30,
    RATE_FLUSH_MAX = 4096, /* day counts written in one second */
};

enum rate_kind {
    RATE_USER = 1,
    RATE_KEY,
    RATE_SESSION,
    RATE_ADDRESS,
    RATE_POLL,
    RATE_LOGIN_ACCOUNT,
    RATE_LOGIN_ADDRESS,
    RATE_WEBHOOK, /* all events of the payment provider together */
};

/* One limit of one subject: at most `max` in any trailing window_ms, or (0) in the UTC day. */
struct rate_limit {
    enum rate_kind kind;
    uint64_t id;
    uint64_t max;
    uint32_t window_ms;
    /* out */
    uint64_t used;   /* after this request when it was admitted */
    int64_t wait_ms; /* until one more becomes free (window) or the day ends */
};

struct rate_ask {
    uint64_t home; /* chooses the shard: the user's id, or the address */
    struct rate_limit *limits;
    size_t count;
    int64_t mono_ms; /* raised to the newest that the subjects have seen */
    int64_t wall_ms;
};

enum { RATE_ADMITTED = -1, RATE_NO_ROOM = -2 };

status rate_create(struct rate **ret, struct error *err);
void rate_destroy(struct rate **rate); /* NULL is allowed */

/* RATE_ADMITTED, the index of the limit that refuses, or RATE_NO_ROOM. */
int rate_take(struct rate *rate, struct rate_ask *ask);
/* Fills `used` and `wait_ms` without counting. */
void rate_look(struct rate *rate, struct rate_ask *ask);
/* Gives back what rate_take took at ask->mono_ms (304, refused later). */
void rate_give_back(struct rate *rate, const struct rate_ask *ask);

/* Forgets the requests of a subject's window. */
void rate_forget(struct rate *rate, uint64_t home, enum rate_kind kind, uint64_t id);

/* Day counts survive a restart: read the stored one before the first take of a user. */
bool rate_day_known(struct rate *rate, uint64_t user_id);
void rate_day_set(struct rate *rate, uint64_t user_id, int64_t wall_ms, uint64_t count);
/* The same for the count of one key with a limit of its own. */
bool rate_key_day_known(struct rate *rate, uint64_t user_id, uint64_t key_id);
void rate_key_day_set(struct rate *rate, uint64_t user_id, uint64_t key_id, int64_t wall_ms,
                      uint64_t count);

/* Analyses that run at once; false when max are running. Every true needs one rate_run_end. */
bool rate_run_begin(struct rate *rate, uint64_t user_id, uint64_t max);
void rate_run_end(struct rate *rate, uint64_t user_id);

/* Day counts that changed since the last flush, at most max; marks them as written. */
struct rate_day_count {
    uint64_t user_id;
    uint64_t key_id; /* 0 = of the user, all keys together */
    uint64_t day, count;
};
size_t rate_flush(struct rate *rate, struct rate_day_count *ret, size_t max);
/* Frees subjects that nobody used for a while; call every second, does one shard at a time. */
void rate_sweep(struct rate *rate, int64_t mono_ms);
size_t rate_subjects(struct rate *rate);

/* --- rate_call.c: the limits of a call --- */

/* Refuses at once when the month's analyses are used up: for handlers, before they work. */
status rate_check_quota(struct call *call, struct error *err);
/* The 429 of a used-up month, for apply stages whose storage said ST_QUOTA. */
status rate_refuse_quota(struct call *call, struct error *err);
/* After billing: the month's new total, for the headers of the answer. */
void rate_counted(struct call *call, uint64_t quota_used);
/* Counts one running analysis of the user until the call ends; ST_RATE concurrency_limit. */
status rate_begin_analysis(struct call *call, struct error *err);
/* Login and the like: per account (a hash of what was typed) and per address. ST_RATE. */
status rate_check_login(struct call *call, uint64_t account, struct error *err);
/* The account was signed in to: its tries are forgotten, those of the address stay. */
void rate_login_passed(struct call *call, uint64_t account);
/* Once per call at its end: gives back what a 304 or a late refusal took. */
void rate_call_done(struct call *call);

#endif
