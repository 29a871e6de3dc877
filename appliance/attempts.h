/* How often a line of development was measured on test data, per test set. */
#ifndef APPLIANCE_ATTEMPTS_H
#define APPLIANCE_ATTEMPTS_H

#include "ledger.h"

/* Completed runs on test data (or data that nobody named) per test set, which is the task, and
 * lineage, in order of both. */
struct attempts {
    slice task, lineage;
    uint64_t count;
};
status attempts_count(const struct ledger *ledger, struct arena *arena, struct attempts **ret,
                      size_t *ret_count, struct error *err);
/* Was one of them added by the newest rows (is_new)? */
bool attempts_have_new(const struct ledger *ledger, const struct attempts *attempts);

#endif
