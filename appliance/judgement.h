/* The verdict of a project at one look: what changed, the calibrated test at the level that this
 * look may spend, and what all looks together say.
 *
 * The rule (detect/sequential.h): each look spends a share of alpha, the shares sum to at most 1,
 * so by the union bound an honest project is called adaptive with probability at most alpha however
 * often it is judged. With a frozen plan of N rounds the share of rounds a+1..b is (b^2 - a^2)/N^2;
 * without one it is 30/(a+30) - 30/(b+30): of 1 in all, half is spent by round 30. A look at which no test can be made (too few
 * rounds, a fixed protocol) spends nothing: whether one can be made does not depend on the order of
 * scores. An addition without a new round of a plan, or beyond it, spends nothing and decides
 * nothing. */
#ifndef APPLIANCE_JUDGEMENT_H
#define APPLIANCE_JUDGEMENT_H

#include "detect/detect.h"
#include "diff.h"
#include "ledger_panel.h"
#include "project.h"

#define JUDGEMENT_ALPHA 0.05

struct judgement_input {
    const struct ledger *ledger; /* finished */
    struct project_state state;  /* before this look */
    uint64_t planned_rounds;     /* 0 = open end */
    uint64_t number;             /* of the verdict: 1, 2, … */
    size_t rows_max;             /* of the plan; 0 = no limit */
    double replay_level; /* > 0: a past look again, at the level that it had */
    struct detect_hooks hooks;
};

struct judgement {
    const struct diff *diff;
    const struct panel_options *reading;
    const struct detect_report *report; /* NULL: nothing to test */
    struct error why;                   /* without report: the reason */
    struct ledger_panel_facts facts;
    struct project_state state; /* after this look */
    bool tested;                /* this look spent `level` */
    double share;               /* of alpha, that this look may spend */
    double level;               /* alpha * share */
    double p_value;             /* of this look alone; NaN = none */
    const char *verdict;        /* slug of the project's verdict */
    const char *reason;         /* slug; NULL = none */
    uint32_t rounds_total;
};

/* Everything lives in the arena. ST_CANCELLED, ST_LIMIT, ST_TOO_LARGE as detect_run. */
status judge(const struct judgement_input *in, struct arena *arena, struct judgement *ret,
             struct error *err);

/* Name of the rule in answers: "spending_planned", "spending_open_end". */
const char *judgement_rule(uint64_t planned_rounds);
/* One sentence. */
const char *judgement_headline(const struct judgement *judgement, enum lang lang);

#endif
