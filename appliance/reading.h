/* A snapshot of the store for work and streams, which run on threads that have no reader.
 *
 *   struct reading reading;
 *   TRY(reading_begin(call, &reading, err));
 *   … reading.txn …
 *   reading_end(&reading); */
#ifndef READING_H
#define READING_H

#include "storage/storage.h"

struct app;
struct call;

struct reading {
    struct store_reader *reader;
    struct store_txn *txn;
};

/* Any thread; one at a time per thread, and ended before the stage or chunk is over: a long
 * snapshot pins pages. */
status reading_begin(const struct call *call, struct reading *ret, struct error *err);
/* The same outside of a call. */
status reading_begin_app(const struct app *app, struct reading *ret, struct error *err);
/* The failure that stuck to the snapshot, if any; zeroed is allowed. */
status reading_end(struct reading *reading, struct error *err);

#endif
