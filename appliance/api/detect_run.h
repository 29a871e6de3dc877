/* One detection inside a call: what it reads, computes and leaves behind, whoever asked for it.
 *
 * POST /api/detect does this while its client waits, a job later on a thread of its own; the
 * answers are the same bytes because the functions are the same. `call` names user, plan, language
 * and time and owns the memory. */
#ifndef API_DETECT_RUN_H
#define API_DETECT_RUN_H

#include "api/detect_input.h"
#include "base/crypt.h"
#include "storage/storage.h"

struct call;
struct job_order;

/* How the answer can be written beside JSON, which is made in any case. */
typedef status detect_render_fn(const struct detect_report *report, enum lang lang,
                                const struct report_context *context, struct buf *out,
                                struct error *err);
struct detect_format {
    slice name;
    const char *content_type;
    detect_render_fn *render; /* NULL = JSON */
};

struct detect_call {
    struct detect_input input;
    bool is_read; /* input is filled */
    char id[STORE_ID_MAX];
    slice job_id;            /* empty: a call of its own */
    slice kept_id;           /* the analysis in the history that gave the answer; empty = none */
    struct job_order *order; /* a call that is answered before the work is done, else NULL */
    struct crypt_hash input_sha256, cache_hash;
    const struct detect_format *format; /* NULL = JSON */
    slice body;     /* the answer in JSON: what the cache and the history keep */
    slice rendered; /* the answer in the other format; empty with JSON */
    struct store_analysis analysis;
    uint32_t billed;     /* out of apply */
    uint64_t month_used; /* out of apply: billed and reserved this month */
};

/* Hooks of a call that somebody waits for: its deadline, and help from idle workers. */
struct detect_hooks detect_call_hooks(struct call *call);

/* Any snapshot or write transaction in call->txn: an entry of this user and month for exactly this
 * input. ST_NOT_FOUND also for anonymous calls. */
status detect_cache_find(struct call *call, const struct detect_call *in,
                         struct store_cache_entry *ret);
/* The same, and in->body = its answer, marked as such; empty when that is gone, too old or too
 * long: then it is computed again, and not billed again. */
status detect_cache_answer(struct call *call, struct detect_call *in, struct error *err);

/* Work: panel, analysis, body. Memory beside the call's: about 64 MiB + 4 x the log. */
status detect_compute(struct call *call, struct detect_call *in, const struct detect_hooks *hooks,
                      struct error *err);

/* Apply: history and cache. ret_is_new: it has to be billed, because this user has not had this
 * answer this month. Nothing happens for anonymous calls. */
status detect_keep(struct call *call, struct detect_call *in, bool *ret_is_new);
/* Apply: one analysis of this month; sets billed and month_used. ST_QUOTA. */
status detect_bill(struct call *call, struct detect_call *in, struct error *err);

/* Lets a page of its own bring the reports' one style sheet inline, by its hash. */
void detect_allow_report_style(struct call *call);

#endif
