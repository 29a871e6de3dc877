/* A frozen protocol: what the rounds of a project will be measured with, written down before them.
 *
 * Canonical JSON (members sorted, no blanks, whole numbers without a point) is what is hashed and
 * signed; freeze_read takes both a request and the canonical text. Fields of the protocol are
 * exact: a round that lacks one or brings another deviates (deviation.h). */
#ifndef APPLIANCE_FREEZE_H
#define APPLIANCE_FREEZE_H

#include "ledger.h"

struct json;

enum {
    FREEZE_TASKS_MAX = 256,
    FREEZE_LINEAGES_MAX = 256,
    FREEZE_PLANNED_MAX = 100000, /* rounds */
    FREEZE_BYTES_MAX = 256 << 10,  /* canonical text */
};

/* What holds for one task beside or instead of the common part. */
struct freeze_task {
    slice name;
    struct ledger_fields protocol; /* over the common one, field by field */
    int64_t n;                     /* samples; -1 = the common number */
};

struct freeze {
    struct ledger_fields protocol; /* of every task */
    struct freeze_task *tasks;     /* sorted by name; none = any task */
    size_t task_count;
    slice *lineages; /* sorted; none = any system */
    size_t lineage_count;
    unsigned splits; /* bits 1 << enum run_split */
    slice metric;
    enum run_direction direction; /* DIRECTION_UNKNOWN = not fixed */
    bool has_threshold;
    double threshold; /* the score that decides */
    uint64_t planned_rounds;
    uint64_t budget; /* attempts per test set and lineage; 0 = not limited */
    int64_t n;       /* samples of every task; -1 = not fixed */
};

/* Members protocol, splits, metric, threshold, planned_rounds (needed), direction, n, tasks,
 * lineages, budget. strict: other members are refused (a request); else ignored (stored text).
 * ST_INVALID names the member. Text lives in the arena. */
status freeze_read(const struct json *root, bool strict, struct arena *arena, struct freeze *ret,
                   struct error *err);

struct freeze_subject {
    slice project_id, project_name;
    int64_t frozen_ms;
    slice frozen_by; /* name of the user */
};
/* The canonical text; buf_check tells when it is too long. */
void freeze_canonical(const struct freeze *freeze, const struct freeze_subject *subject,
                      struct buf *out);

/* NULL when tasks are named and this one is not among them or none is named. */
const struct freeze_task *freeze_task_find(const struct freeze *freeze, slice name);
/* The field that a row of that task must carry; NULL when it must not carry one of that name. */
const struct ledger_field *freeze_field(const struct freeze *freeze, const struct freeze_task *task,
                                        slice name);
bool freeze_has_lineage(const struct freeze *freeze, slice lineage);

#endif
