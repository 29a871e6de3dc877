/* A judgement as it is stored and shown: the summary, one object of JSON. */
#ifndef APPLIANCE_PROJECT_VERDICT_H
#define APPLIANCE_PROJECT_VERDICT_H

#include "judgement.h"

struct verdict_context {
    uint64_t number;         /* of the verdict */
    uint64_t planned_rounds; /* 0 = open end */
    uint64_t additions, rows;
    slice grade;
    bool frozen;
    uint64_t deviations_new, deviations_open; /* after this addition */
};

/* {"verdict", "reason", "text":{"en","zh"}, "p_value", "rounds_total", …, "sequential":{…},
 *  "comparable", "changes", "grade", "runs":{…}, "frozen", "deviations_open"} */
void verdict_summary(struct json_out *w, const struct judgement *judgement,
                     const struct verdict_context *context);

#endif
