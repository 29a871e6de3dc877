/* Made-up runs that know what they say, written in the format of each tool, for the property tests
 * of importers: fields can be dropped, emptied or retyped while they are written.
 *
 * A document holds two runs, tasks or scorers whose numbers all differ, so that a number which was
 * taken from elsewhere shows. */
#ifndef TESTS_LIB_IMPORT_TRUTH_H
#define TESTS_LIB_IMPORT_TRUTH_H

#include "lib/import_fixture.h"

#include "base/clock.h"

enum field { SYSTEM, TASK, VALUE, SPREAD, COUNT, TIME, STATE, PROTOCOL, RUN, FIELDS };
enum change { KEEP, DROP, EMPTY, ARRAY, RETYPE, CHANGES };
enum { RUNS = 2, TEXT_MAX = 64 };

/* What one row of the ledger must say. */
struct truth {
    char text[FIELDS][TEXT_MAX]; /* every field as the format writes it */
    double value, spread;
    int64_t n, time_ms;
    enum run_status state;
};

struct doc {
    struct truth runs[RUNS];
    enum change change[RUNS][FIELDS];
    bool shared[FIELDS];      /* one of the document, not one per run */
    bool written[FIELDS];     /* the format has it */
    bool numeric[FIELDS];     /* written without quotes */
    char quote;               /* around names and texts */
    const char *const *other; /* texts that may stand for a system, task or run that is absent */
    const char *protocol;     /* the ledger's name of PROTOCOL */
    const char *wanted;       /* --metric */
    char path[128];
    struct buf text;
};

/* splitmix64: the same documents on every machine. */
static inline uint64_t truth_random(uint64_t *seed)
{
    uint64_t z = (*seed += UINT64_C(0x9E3779B97F4A7C15));
    z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
    return z ^ z >> 31;
}

static inline size_t truth_below(uint64_t *seed, size_t n)
{
    return (size_t)(truth_random(seed) % n);
}

static inline struct truth truth_make(uint64_t *seed, int run)
{
    struct truth t = {0};
    t.value = (double)(1000 + truth_below(seed, 8000)) / 10000 + run; /* 0.1… and 1.1… */
    t.spread = (double)(1 + truth_below(seed, 99)) / 1000 + 2 * (run + 1);
    t.n = (int64_t)(10000 + truth_below(seed, 10000) + 50000 * (size_t)run);
    t.time_ms = (INT64_C(1767225600) + (int64_t)truth_below(seed, 20000000)) * 1000;
    t.state = truth_below(seed, 4) ? RUN_COMPLETED : RUN_FAILED;
    (void)snprintf(t.text[SYSTEM], TEXT_MAX, "acme/m-%zu", truth_below(seed, 900) + 100);
    (void)snprintf(t.text[TASK], TEXT_MAX, "task%zu%c", truth_below(seed, 900) + 100, 'a' + run);
    (void)snprintf(t.text[RUN], TEXT_MAX, "run%zu%c", truth_below(seed, 900) + 100, 'a' + run);
    (void)snprintf(t.text[PROTOCOL], TEXT_MAX, "%zu",
                   truth_below(seed, 90) + 100 + 500 * (size_t)run);
    (void)snprintf(t.text[VALUE], TEXT_MAX, "%.17g", t.value);
    (void)snprintf(t.text[SPREAD], TEXT_MAX, "%.17g", t.spread);
    (void)snprintf(t.text[COUNT], TEXT_MAX, "%lld", (long long)t.n);
    return t;
}

/* --- writing one field --------------------------------------------------------------------------
 */

static inline enum change truth_change(const struct doc *d, int run, enum field f)
{
    return d->change[d->shared[f] ? 0 : run][f];
}

static inline void truth_put(struct doc *d, int run, enum field f)
{
    const char *text = d->runs[run].text[f];
    switch (truth_change(d, run, f)) {
    case EMPTY:
        buf_put_str(&d->text, "null");
        return;
    case ARRAY:
        buf_put_str(&d->text, "[42]");
        return;
    case RETYPE:
        if (d->numeric[f])
            buf_printf(&d->text, "%c%s%c", d->quote, text, d->quote);
        else
            buf_put_str(&d->text, "42");
        return;
    case KEEP:
    case DROP:
    case CHANGES:
        if (d->numeric[f])
            buf_put_str(&d->text, text);
        else
            buf_printf(&d->text, "%c%s%c", d->quote, text, d->quote);
    }
}

/* ,"name":value behind another member; nothing when the field was dropped. */
static inline void truth_member(struct doc *d, int run, enum field f, const char *name)
{
    d->written[f] = true;
    if (truth_change(d, run, f) == DROP)
        return;
    buf_printf(&d->text, ",%c%s%c:", d->quote, name, d->quote);
    truth_put(d, run, f);
}

/* One cell with a comma in front; names = the header line. Dropped columns are gone in every row.
 */
static inline void truth_cell(struct doc *d, int run, enum field f, const char *name, bool names)
{
    d->written[f] = true;
    if (d->change[0][f] == DROP)
        d->change[1][f] = DROP;
    else if (d->change[1][f] == DROP)
        d->change[1][f] = EMPTY;
    enum change change = d->change[run][f];
    if (change == DROP)
        return;
    if (names)
        buf_printf(&d->text, ",%s", name);
    else if (change == RETYPE && !d->numeric[f])
        buf_put_str(&d->text, ",42");
    else if (change == RETYPE)
        buf_printf(&d->text, ",\"%s\"", d->runs[run].text[f]);
    else
        buf_printf(&d->text, ",%s",
                   change == ARRAY   ? "[42]"
                   : change == EMPTY ? ""
                                     : d->runs[run].text[f]);
}

static inline void truth_share(struct doc *d, enum field f)
{
    d->shared[f] = true;
    memcpy(d->runs[1].text[f], d->runs[0].text[f], TEXT_MAX);
    d->runs[1].time_ms = f == TIME ? d->runs[0].time_ms : d->runs[1].time_ms;
    d->runs[1].n = f == COUNT ? d->runs[0].n : d->runs[1].n;
    d->runs[1].state = f == STATE ? d->runs[0].state : d->runs[1].state;
}

static inline void truth_times(struct doc *d, bool seconds)
{
    for (int run = 0; run < RUNS; run++) {
        struct truth *t = &d->runs[run];
        char text[TIME_TEXT_MAX];
        if (seconds)
            (void)snprintf(t->text[TIME], TEXT_MAX, "%lld", (long long)(t->time_ms / 1000));
        else
            (void)snprintf(t->text[TIME], TEXT_MAX, "%.40s", time_rfc3339(t->time_ms, text).ptr);
    }
}

static inline void truth_states(struct doc *d, const char *completed, const char *failed)
{
    for (int run = 0; run < RUNS; run++)
        (void)snprintf(d->runs[run].text[STATE], TEXT_MAX, "%s",
                       d->runs[run].state == RUN_COMPLETED ? completed : failed);
}

#endif
