/* What belongs to a verdict beside the numbers: the frozen protocol, deviations with their
 * approvals, reviews with names and times; the last section of a project's report. */
#ifndef API_PROJECT_PART_H
#define API_PROJECT_PART_H

#include "detect/detect.h"

struct call;
struct store_project;

enum { PROJECT_PART_ROWS_MAX = 100, PROJECT_PEOPLE_MAX = 32 };

struct project_part {
    struct report_part part;
    struct report_person people[PROJECT_PEOPLE_MAX]; /* who signed or judged this verdict */
    size_t person_count;
};

/* Reads from call->txn, for verdict number `verdict`; everything lives in the call's arena. The
 * newest PROJECT_PART_ROWS_MAX deviations and reviews. */
status project_part_make(struct call *call, const struct store_project *project, uint64_t verdict,
                         struct project_part *ret, struct error *err);

#endif
