/* Charging one analysis: the plan's month, the licence's total, and word to whoever wants to know.
 */
#ifndef CHARGE_H
#define CHARGE_H

#include "base/status.h"

#include <stdint.h>

struct call;

/* Stage apply: one analysis of call->user, durable with the transaction. ST_QUOTA with the answer
 * of an exhausted quota. ret_month_used: billed and reserved in the month afterwards. */
status charge_analysis(struct call *call, uint64_t *ret_month_used, struct error *err);

#endif
