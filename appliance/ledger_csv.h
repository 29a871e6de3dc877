/* A ledger as one table for spreadsheets: a row per run, task and score. */
#ifndef APPLIANCE_LEDGER_CSV_H
#define APPLIANCE_LEDGER_CSV_H

#include "ledger.h"

enum { LEDGER_CSV_FIELDS_MAX = 512 }; /* columns of fields; further names are left out */

/* Fixed columns first, then protocol.NAME and settings.NAME in order of names. Empty cell: not
 * recorded. Texts that a spreadsheet would take for a formula get an apostrophe in front. */
status ledger_write_csv(const struct ledger *ledger, struct buf *out, struct error *err);

#endif
