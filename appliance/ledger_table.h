/* Rows of a hand-made table that come as JSON objects: {time_period, algorithm, performance, …}. */
#ifndef APPLIANCE_LEDGER_TABLE_H
#define APPLIANCE_LEDGER_TABLE_H

#include "ledger.h"

struct json;

/* Adds one row; every other scalar member is a field, by its role. Periods become days after the
 * epoch, as with tables in CSV, and the ledger's grade falls to C. ST_INVALID names the member. */
status ledger_table_row(struct ledger *ledger, const struct json *object,
                        const struct ledger_options *options, struct error *err);

/* Rows of tables make the ledger's grade C. A table has no run ids: gives each row of one ("line
 * 7") the name of its period, so that the same period that comes twice shows. ST_INVALID when a
 * period is no whole number: days are counted. */
status ledger_table_name_runs(struct ledger *ledger, struct error *err);

#endif
