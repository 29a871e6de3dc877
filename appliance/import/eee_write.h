/* Writes a ledger in the schema of Every Eval Ever, 0.3.0: one JSON object per run and line. */
#ifndef APPLIANCE_IMPORT_EEE_WRITE_H
#define APPLIANCE_IMPORT_EEE_WRITE_H

#include "ledger.h"

#define EEE_SCHEMA_VERSION "0.3.0"
#define EEE_LEDGER_MEMBER  "sleuth_ledger" /* in source_metadata.additional_details */

/* The schema has no place for failed runs, splits and lineages, so each object also carries its
 * rows as they stand in the ledger, as text in a member that the schema leaves free; our reader
 * takes them from there and refuses a file whose scores say something else. `id` names the source
 * (the project); retrieved_ms is the time of the export. */
status eee_write(const struct ledger *ledger, slice id, int64_t retrieved_ms, struct buf *out,
                 struct error *err);

#endif
