/* A project: a ledger that grows, and what its sequential test has spent so far.
 *
 * Each addition is kept as it came (storage: round 1, 2, …, ledger rows as JSON lines) and never
 * changed; the ledger of the project is all of them together. */
#ifndef APPLIANCE_PROJECT_H
#define APPLIANCE_PROJECT_H

#include "ledger.h"
#include "storage/storage.h"

enum {
    PROJECT_ADDITIONS_MAX = 20000,
    PROJECT_ROWS_MAX = 50000,             /* of all additions */
    PROJECT_ADDITION_BYTES_MAX = 7 << 20, /* JSON lines of one; below STORE_VALUE_MAX */
    PROJECT_ARENA_BYTES = 1 << 30,        /* ledger, panel and analysis of one project */
};

/* State of the sequential test; the last four fields of it go through JSON. */
struct project_state {
    uint64_t tests;    /* looks at which a test could be made */
    uint64_t rounds;   /* rounds at the last of them: what a plan has spent */
    double p_value;    /* of all looks together; 1 before the first */
    double spent;      /* share of alpha, 0..1 */
    uint64_t detected; /* number of the first verdict that rejected; 0 = none */
};

/* From project->look_count and project->state; an empty state is the beginning. */
status project_state_read(const struct store_project *project, struct arena *arena,
                          struct project_state *ret, struct error *err);
slice project_state_text(const struct project_state *state, struct arena *arena);

/* Reads the additions 1..count into the ledger, not finished. Rows keep what they need of the
 * records in the ledger's arena. ST_CORRUPT when one is missing or unreadable. */
status project_load(struct store_txn *txn, const struct store_project *project, uint64_t count,
                    struct ledger *ledger, struct error *err);

/* "run", "day", "tag", "commit"; empty = run. */
enum round_by project_round_by(const struct store_project *project);
const char *round_by_name(enum round_by by);

/* Rows of `addition` (finished) that the ledger does not hold yet, appended to it with is_new.
 * A row is known when everything but its round and its file is the same. */
status project_merge(struct ledger *ledger, const struct ledger *addition, size_t *ret_added,
                     struct error *err);

/* Largest round number of rows on test data. */
uint32_t project_rounds_total(const struct ledger *ledger);

#endif
