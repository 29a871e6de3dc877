/* The table of subjects: rings of times, day counts, running analyses. */
#include "rate.h"

#include "base/clock.h"

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum {
    BUCKETS = 1024,              /* per shard */
    RING_FIRST = 8,              /* times that a new log holds; doubles up to the limit */
    IDLE_MS = 2 * RATE_LOGIN_MS, /* after it a subject is forgotten; longer than any window */
    DAY_MS = 86400000,
};

struct subject {
    struct subject *next;
    uint64_t id;
    uint64_t home; /* as in the ask: of a key, its user */
    enum rate_kind kind;
    int64_t last_ms; /* monotonic, of the last look */
    uint32_t *ring;  /* times, low 32 bits of the monotonic ms: gaps are below IDLE_MS */
    uint32_t ring_cap, head, count;
    int64_t day;        /* since 1970 */
    uint64_t day_count; /* of that day */
    bool day_known;     /* the stored count was read */
    bool day_dirty;     /* not yet written */
    uint32_t running;   /* analyses */
};

struct shard {
    pthread_mutex_t mutex; /* guards everything below */
    struct subject *bucket[BUCKETS];
};

struct rate {
    struct shard shards[RATE_SHARDS];
    atomic_size_t subjects;
    size_t swept;   /* next shard to sweep; ticking thread only */
    size_t flushed; /* next shard to flush; ticking thread only */
};

static uint64_t mix(uint64_t x) /* SplitMix64's finaliser (Steele, Lea & Flood 2014) */
{
    x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9U;
    x = (x ^ x >> 27) * 0x94D049BB133111EBU;
    return x ^ x >> 31;
}

static struct shard *shard_of(struct rate *rate, uint64_t home)
{
    return &rate->shards[mix(home) % RATE_SHARDS];
}

static struct subject **bucket_of(struct shard *shard, enum rate_kind kind, uint64_t id)
{
    return &shard->bucket[mix(id * 8 + kind) / RATE_SHARDS % BUCKETS];
}

static struct subject *subject_find(struct shard *shard, enum rate_kind kind, uint64_t id)
{
    struct subject *s = *bucket_of(shard, kind, id);
    while (s && (s->id != id || s->kind != kind))
        s = s->next;
    return s;
}

static struct subject *subject_get(struct rate *rate, struct shard *shard, enum rate_kind kind,
                                   uint64_t id)
{
    struct subject *s = subject_find(shard, kind, id);
    if (s)
        return s;
    if (atomic_load_explicit(&rate->subjects, memory_order_relaxed) >= RATE_SUBJECTS_MAX)
        return NULL;
    s = calloc(1, sizeof *s);
    if (!s)
        return NULL;
    struct subject **bucket = bucket_of(shard, kind, id);
    s->id = id;
    s->kind = kind;
    s->next = *bucket;
    *bucket = s;
    (void)atomic_fetch_add_explicit(&rate->subjects, 1, memory_order_relaxed);
    return s;
}

/* --- one subject --- */

/* Drops times that have left the window. */
static void ring_prune(struct subject *s, int64_t mono_ms, uint32_t window_ms)
{
    if (mono_ms - s->last_ms >= window_ms)
        s->count = 0;
    while (s->count && (uint32_t)mono_ms - s->ring[s->head] >= window_ms) {
        s->head = (s->head + 1) % s->ring_cap;
        s->count--;
    }
}

static bool ring_grow(struct subject *s)
{
    uint32_t cap = s->ring_cap ? s->ring_cap * 2 : RING_FIRST;
    uint32_t *ring = malloc(cap * sizeof *ring);
    if (!ring)
        return false;
    for (uint32_t i = 0; i < s->count; i++)
        ring[i] = s->ring[(s->head + i) % s->ring_cap];
    free(s->ring);
    s->ring = ring;
    s->ring_cap = cap;
    s->head = 0;
    return true;
}

static void day_turn(struct subject *s, int64_t wall_ms)
{
    int64_t day = time_day(wall_ms);
    if (day <= s->day) /* a clock that goes back never resets a count */
        return;
    s->day = day;
    s->day_count = 0;
    s->day_dirty = false;
}

static void limit_look(struct subject *s, struct rate_limit *limit, const struct rate_ask *ask)
{
    if (limit->window_ms == 0) {
        day_turn(s, ask->wall_ms);
        limit->used = s->day_count;
        limit->wait_ms = time_day_start(ask->wall_ms) + DAY_MS - ask->wall_ms;
        return;
    }
    ring_prune(s, ask->mono_ms, limit->window_ms);
    limit->used = s->count;
    limit->wait_ms = limit->window_ms;
    if (s->count >= limit->max && limit->max > 0) { /* more than one must leave after a downgrade */
        uint32_t index = (s->head + (s->count - (uint32_t)limit->max)) % s->ring_cap;
        limit->wait_ms = limit->window_ms - ((uint32_t)ask->mono_ms - s->ring[index]);
    } else if (s->count) {
        limit->wait_ms = limit->window_ms - ((uint32_t)ask->mono_ms - s->ring[s->head]);
    }
}

static void limit_count(struct subject *s, struct rate_limit *limit, const struct rate_ask *ask)
{
    limit->used++;
    if (limit->window_ms == 0) {
        s->day_count++;
        s->day_dirty = true;
        return;
    }
    s->ring[(s->head + s->count) % s->ring_cap] = (uint32_t)ask->mono_ms;
    s->count++;
}

/* --- asking --- */

enum { LIMITS_PER_ASK = 6 };

/* Finds all subjects of the ask and where they stand; false when the table is full. */
static bool ask_prepare(struct rate *rate, struct shard *shard, struct rate_ask *ask,
                        struct subject *found[static LIMITS_PER_ASK])
{
    assert(ask->count <= LIMITS_PER_ASK);
    for (size_t i = 0; i < ask->count; i++) {
        found[i] = subject_get(rate, shard, ask->limits[i].kind, ask->limits[i].id);
        if (!found[i])
            return false;
        found[i]->home = ask->home;
        if (found[i]->last_ms > ask->mono_ms) /* another thread was quicker to the lock */
            ask->mono_ms = found[i]->last_ms;
    }
    for (size_t i = 0; i < ask->count; i++) {
        struct rate_limit *limit = &ask->limits[i];
        limit_look(found[i], limit, ask);
        if (limit->window_ms && found[i]->count == found[i]->ring_cap && !ring_grow(found[i]))
            return false;
    }
    for (size_t i = 0; i < ask->count; i++)
        found[i]->last_ms = ask->mono_ms; /* only now: two limits may share a subject */
    return true;
}

int rate_take(struct rate *rate, struct rate_ask *ask)
{
    struct subject *found[LIMITS_PER_ASK];
    struct shard *shard = shard_of(rate, ask->home);
    int verdict = RATE_ADMITTED;
    (void)pthread_mutex_lock(&shard->mutex);
    if (!ask_prepare(rate, shard, ask, found))
        verdict = RATE_NO_ROOM;
    for (size_t i = 0; i < ask->count && verdict == RATE_ADMITTED; i++)
        if (ask->limits[i].used >= ask->limits[i].max)
            verdict = (int)i;
    for (size_t i = 0; i < ask->count && verdict == RATE_ADMITTED; i++)
        limit_count(found[i], &ask->limits[i], ask);
    (void)pthread_mutex_unlock(&shard->mutex);
    return verdict;
}

void rate_look(struct rate *rate, struct rate_ask *ask)
{
    struct subject *found[LIMITS_PER_ASK];
    struct shard *shard = shard_of(rate, ask->home);
    (void)pthread_mutex_lock(&shard->mutex);
    (void)ask_prepare(rate, shard, ask, found); /* full: zeroes are shown */
    (void)pthread_mutex_unlock(&shard->mutex);
}

/* Removes one entry with that time; younger ones keep theirs. */
static void ring_remove(struct subject *s, uint32_t time)
{
    for (uint32_t i = s->count; i-- > 0;) {
        if (s->ring[(s->head + i) % s->ring_cap] != time)
            continue;
        for (uint32_t j = i; j + 1 < s->count; j++)
            s->ring[(s->head + j) % s->ring_cap] = s->ring[(s->head + j + 1) % s->ring_cap];
        s->count--;
        return;
    }
}

void rate_give_back(struct rate *rate, const struct rate_ask *ask)
{
    struct shard *shard = shard_of(rate, ask->home);
    (void)pthread_mutex_lock(&shard->mutex);
    for (size_t i = 0; i < ask->count; i++) {
        const struct rate_limit *limit = &ask->limits[i];
        struct subject *s = subject_find(shard, limit->kind, limit->id);
        if (!s)
            continue;
        if (limit->window_ms)
            ring_remove(s, (uint32_t)ask->mono_ms);
        else if (s->day == time_day(ask->wall_ms) && s->day_count) {
            s->day_count--;
            s->day_dirty = true;
        }
    }
    (void)pthread_mutex_unlock(&shard->mutex);
}

void rate_forget(struct rate *rate, uint64_t home, enum rate_kind kind, uint64_t id)
{
    struct shard *shard = shard_of(rate, home);
    (void)pthread_mutex_lock(&shard->mutex);
    struct subject *s = subject_find(shard, kind, id);
    if (s)
        s->count = 0;
    (void)pthread_mutex_unlock(&shard->mutex);
}

/* --- day counts --- */

static bool day_known(struct rate *rate, uint64_t home, enum rate_kind kind, uint64_t id)
{
    struct shard *shard = shard_of(rate, home);
    (void)pthread_mutex_lock(&shard->mutex);
    const struct subject *s = subject_find(shard, kind, id);
    bool known = s && s->day_known;
    (void)pthread_mutex_unlock(&shard->mutex);
    return known;
}

static void day_set(struct rate *rate, uint64_t home, enum rate_kind kind, uint64_t id,
                    int64_t wall_ms, uint64_t count)
{
    struct shard *shard = shard_of(rate, home);
    (void)pthread_mutex_lock(&shard->mutex);
    struct subject *s = subject_get(rate, shard, kind, id);
    if (s && !s->day_known) {
        day_turn(s, wall_ms);
        s->day_count += count;
        s->day_known = true;
        s->home = home;
    }
    (void)pthread_mutex_unlock(&shard->mutex);
}

bool rate_day_known(struct rate *rate, uint64_t user_id)
{
    return day_known(rate, user_id, RATE_USER, user_id);
}

void rate_day_set(struct rate *rate, uint64_t user_id, int64_t wall_ms, uint64_t count)
{
    day_set(rate, user_id, RATE_USER, user_id, wall_ms, count);
}

bool rate_key_day_known(struct rate *rate, uint64_t user_id, uint64_t key_id)
{
    return day_known(rate, user_id, RATE_KEY, key_id);
}

void rate_key_day_set(struct rate *rate, uint64_t user_id, uint64_t key_id, int64_t wall_ms,
                      uint64_t count)
{
    day_set(rate, user_id, RATE_KEY, key_id, wall_ms, count);
}

size_t rate_flush(struct rate *rate, struct rate_day_count *ret, size_t max)
{
    size_t count = 0;
    for (size_t n = 0; n < RATE_SHARDS && count < max; n++) {
        struct shard *shard = &rate->shards[(rate->flushed + n) % RATE_SHARDS];
        (void)pthread_mutex_lock(&shard->mutex);
        for (size_t b = 0; b < BUCKETS; b++)
            for (struct subject *s = shard->bucket[b]; s; s = s->next) {
                bool kept = s->kind == RATE_USER || s->kind == RATE_KEY;
                if (!s->day_dirty || !kept || count == max)
                    continue;
                ret[count++] = (struct rate_day_count){.user_id = s->home,
                                                       .key_id = s->kind == RATE_KEY ? s->id : 0,
                                                       .day = (uint64_t)s->day,
                                                       .count = s->day_count};
                s->day_dirty = false;
            }
        (void)pthread_mutex_unlock(&shard->mutex);
    }
    rate->flushed = (rate->flushed + 1) % RATE_SHARDS; /* a full batch starts elsewhere next time */
    return count;
}

/* --- running analyses --- */

bool rate_run_begin(struct rate *rate, uint64_t user_id, uint64_t max)
{
    struct shard *shard = shard_of(rate, user_id);
    (void)pthread_mutex_lock(&shard->mutex);
    struct subject *s = subject_get(rate, shard, RATE_USER, user_id);
    bool admitted = s && s->running < max;
    if (admitted)
        s->running++;
    (void)pthread_mutex_unlock(&shard->mutex);
    return admitted;
}

void rate_run_end(struct rate *rate, uint64_t user_id)
{
    struct shard *shard = shard_of(rate, user_id);
    (void)pthread_mutex_lock(&shard->mutex);
    struct subject *s = subject_find(shard, RATE_USER, user_id);
    assert(s && s->running > 0);
    s->running--;
    (void)pthread_mutex_unlock(&shard->mutex);
}

/* --- upkeep --- */

static void shard_sweep(struct rate *rate, struct shard *shard, int64_t idle_before_ms)
{
    for (size_t b = 0; b < BUCKETS; b++) {
        struct subject **link = &shard->bucket[b];
        while (*link) {
            struct subject *s = *link;
            if (s->last_ms >= idle_before_ms || s->running || s->day_dirty) {
                link = &s->next;
                continue;
            }
            *link = s->next;
            free(s->ring);
            free(s);
            (void)atomic_fetch_sub_explicit(&rate->subjects, 1, memory_order_relaxed);
        }
    }
}

void rate_sweep(struct rate *rate, int64_t mono_ms)
{
    struct shard *shard = &rate->shards[rate->swept];
    rate->swept = (rate->swept + 1) % RATE_SHARDS;
    (void)pthread_mutex_lock(&shard->mutex);
    shard_sweep(rate, shard, mono_ms - IDLE_MS);
    (void)pthread_mutex_unlock(&shard->mutex);
}

size_t rate_subjects(struct rate *rate)
{
    return atomic_load_explicit(&rate->subjects, memory_order_relaxed);
}

status rate_create(struct rate **ret, struct error *err)
{
    struct rate *rate = calloc(1, sizeof *rate);
    if (!rate)
        return error_set(err, ST_NO_MEMORY, "not enough memory");
    for (size_t i = 0; i < RATE_SHARDS; i++)
        (void)pthread_mutex_init(&rate->shards[i].mutex, NULL);
    *ret = rate;
    return ST_OK;
}

void rate_destroy(struct rate **rate)
{
    if (!*rate)
        return;
    for (size_t i = 0; i < RATE_SHARDS; i++) {
        struct shard *shard = &(*rate)->shards[i];
        for (size_t b = 0; b < BUCKETS; b++)
            while (shard->bucket[b]) {
                struct subject *s = shard->bucket[b];
                shard->bucket[b] = s->next;
                free(s->ring);
                free(s);
            }
        (void)pthread_mutex_destroy(&shard->mutex);
    }
    free(*rate);
    *rate = NULL;
}
