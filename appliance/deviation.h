/* How the newest rounds of a project leave its frozen protocol: every difference by name.
 *
 * Comparison is exact: a missing field, an added one and a changed one are three kinds. What a
 * changed field means comes from diff_rules.def; all kinds stand in deviations.def. */
#ifndef APPLIANCE_DEVIATION_H
#define APPLIANCE_DEVIATION_H

#include "base/text.h"
#include "freeze.h"

enum { DEVIATIONS_MAX = 200 }; /* of one addition; more are counted, not kept */

enum deviation_kind {
#define X(id, slug, recurs, text) DEVIATION_##id,
#include "deviations.def"
#undef X
    DEVIATION_KINDS
};

struct deviation {
    enum deviation_kind kind;
    slice field; /* protocol field, or what else differs: "n", "time", "task" */
    slice from;  /* as agreed; ptr NULL = nothing was */
    slice to;    /* as found; ptr NULL = not recorded */
    slice run_id, task, lineage;
    uint64_t round; /* 0 = of a run that does not count */
};

struct deviations {
    struct arena *arena;
    struct deviation at[DEVIATIONS_MAX];
    size_t count;
    size_t total; /* found in all */
};

const char *deviation_slug(enum deviation_kind kind);
const char *deviation_text(enum deviation_kind kind, enum lang lang);
bool deviation_kind_from(slice slug, enum deviation_kind *ret);
/* The same difference: in any run for kinds that recur, of the same run for the others. */
bool deviation_same(const struct deviation *a, const struct deviation *b);
bool deviation_recurs(enum deviation_kind kind);

struct deviation_input {
    const struct freeze *freeze;
    /* Finished, all rounds; the rows to judge have is_new. */
    const struct ledger *ledger;
    const struct ledger *addition; /* what was handed in: its excluded files and grade */
    char grade_before;             /* of the rounds before; 0 = there are none */
    int64_t frozen_ms;
    /* Need this difference not be told again? May be NULL. */
    bool (*is_settled)(const void *context, const struct deviation *deviation);
    const void *context;
};
/* Appends to ret, which the caller zeroed but for its arena. */
status deviations_find(const struct deviation_input *in, struct deviations *ret, struct error *err);

#endif
