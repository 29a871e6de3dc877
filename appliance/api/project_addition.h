/* One addition to a project: read, merged, compared with the frozen protocol, judged. */
#ifndef API_PROJECT_ADDITION_H
#define API_PROJECT_ADDITION_H

#include "deviation.h"
#include "freeze.h"
#include "project.h"

struct call;

/* The state of a call that adds rounds. Texts live in the call's arena. */
struct addition {
    struct ledger_options options;
    bool says_round_by;
    struct store_project before; /* as the verdict was made from it */
    struct freeze freeze;        /* when before.frozen_ms */
    bool known;                  /* every row was there already: nothing is added */
    bool billed;                 /* the engine ran */
    uint64_t month_used;
    struct store_project after;
    struct store_round round;
    struct store_verdict verdict;
    char round_id[STORE_ID_MAX], verdict_id[STORE_ID_MAX];
    struct deviations deviations;
    bool changed;
};

/* Work stage, with a snapshot in call->txn and the addition in call->state: reads options and body,
 * fills everything below `known`. ST_INVALID names what is wrong with the rows. */
status addition_work(struct call *call, struct error *err);

#endif
