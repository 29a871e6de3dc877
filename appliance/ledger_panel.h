/* From a run ledger to the panel that detect/ analyses. */
#ifndef APPLIANCE_LEDGER_PANEL_H
#define APPLIANCE_LEDGER_PANEL_H

#include "detect/detect.h"
#include "ledger.h"

enum { LEDGER_COLUMNS_MAX = 64 }; /* protocol fields that enter the analysis */

/* What was taken and what was left out, for the report. */
struct ledger_panel_facts {
    size_t run_rows;        /* rows in the panel */
    size_t failed_rows;     /* failed or unfinished: never attempts */
    size_t dev_rows;        /* on development data: adapting there is how development works */
    size_t metric_rows;     /* other metrics of the same task: counted once */
    size_t unit_count;      /* task within a lineage */
    size_t column_count;    /* protocol fields */
    size_t dropped_columns; /* beyond LEDGER_COLUMNS_MAX */
    bool negated;           /* some tasks count lower as better; their scores were negated */
};

/* A unit is a task within a lineage, the time period is the round, the columns are protocol
 * fields: numbers as settings, everything else (and seeds, versions, hashes) as labels.
 * ST_INVALID when no completed run or no protocol field is left
 * (code only_development: all completed runs are on development data, which is no fault). */
status ledger_to_panel(const struct ledger *ledger, const struct panel_options *options,
                       struct arena *arena, struct panel **ret,
                       struct ledger_panel_facts *ret_facts, struct error *err);

#endif
