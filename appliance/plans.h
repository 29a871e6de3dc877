/* The plans that are sold: quotas, features, prices; defaults in plans.def, changed by plans.conf.
 *
 * plans.conf is INI with one section per plan, [plan "pro"], and the members below as keys. The
 * pricing page, the OpenAPI text and /api/plans are made from this table, so they cannot disagree.
 * A loaded table never changes; a reload loads a second one and swaps the pointer. */
#ifndef PLANS_H
#define PLANS_H

#include "base/arena.h"
#include "base/slice.h"
#include "base/status.h"
#include "route.h"

#define PLAN_UNLIMITED UINT64_MAX

struct plan {
    enum plan_rank rank;
    const char *slug;            /* "pro" */
    slice name;                  /* "Professional" */
    uint64_t price_cents;        /* per interval */
    slice currency;              /* "USD" */
    slice interval;              /* "month", or "contract" */
    bool purchasable;            /* can be bought by card */
    uint64_t per_minute;         /* requests in any trailing 60 s */
    uint64_t per_day;            /* requests per UTC day; PLAN_UNLIMITED is allowed */
    uint64_t analyses_per_month; /* per UTC month; PLAN_UNLIMITED is allowed */
    uint64_t concurrency;        /* analyses at the same time */
    uint64_t rows_max;           /* rows of a synchronous analysis */
    uint64_t n_bootstrap_max;    /* also draws */
    uint64_t file_bytes_max;     /* file store */
    uint64_t keys_max;           /* active keys */
    uint64_t history_days;       /* how long analyses are kept */
    slice features;              /* comma-separated slugs, weakest plan first */
    slice stripe_price;          /* "price_…"; empty = not for sale */
};

struct plans {
    struct plan plan[PLAN_COUNT];
    struct arena arena; /* the texts */
};

/* Defaults, then the file's values (path NULL or a missing file: defaults only).
 * ST_CONFIG names file and line. End it with plans_finish. */
status plans_load(const char *path, struct plans *ret, struct error *err);
void plans_finish(struct plans *plans);

const char *plan_slug(enum plan_rank rank);
bool plan_from_slug(slice slug, enum plan_rank *ret);

/* Walks the keys of a plan as text, for `sleuth plan show` and the pricing page: index from 0;
 * false at the end. Numbers as decimals, "unlimited" where there is no limit. */
bool plan_field(const struct plan *plan, size_t index, const char **ret_name, slice *ret_text,
                struct arena *arena);

#endif
