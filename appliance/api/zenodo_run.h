/* An analysis of a data set inside a call: options, data, answer. POST /api/analyze_zenodo does it
 * while its client waits; a job does the same on a thread of its own. */
#ifndef API_ZENODO_RUN_H
#define API_ZENODO_RUN_H

#include "api/detect_run.h"
#include "dataset.h"

struct zenodo_call {
    struct detect_call detect;
    struct dataset_want want;
    struct dataset_got got;
    bool use_cache;
    slice body; /* the answer */
};

/* Members of upstream and ours; `root` may be NULL (all defaults). */
status zenodo_call_read(struct call *call, const struct json *root, struct zenodo_call *ret,
                        struct error *err);
/* Blocks for the network: the data set is a blob afterwards. Sets the problem's HTTP status. */
status zenodo_call_fetch(struct call *call, struct zenodo_call *in, struct error *err);
/* The analysis, from the cache when this user had the same this month. */
status zenodo_call_compute(struct call *call, struct zenodo_call *in,
                           const struct detect_hooks *hooks, struct error *err);
/* Apply: data set, history, cache. */
status zenodo_call_keep(struct call *call, struct zenodo_call *in, bool *ret_is_new,
                        struct error *err);

/* Reads "source", "doi" or "record_id" (only one of them), else the configured record. */
status zenodo_source_read(struct call *call, const struct json *root, struct source *ret,
                          struct error *err);
/* The same from one text; empty = the configured record. */
status zenodo_source_text(struct call *call, slice given, struct source *ret, struct error *err);
/* What the client is told about failures on the way to Zenodo. */
status zenodo_problem(struct call *call, status rc, const struct dataset_got *got,
                      struct error *err);

#endif
