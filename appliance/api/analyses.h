/* What the routes of stored analyses share. */
#ifndef API_ANALYSES_H
#define API_ANALYSES_H

#include "call.h"
#include "storage/storage.h"

/* The caller's own analysis of that id; ST_NOT_FOUND (analysis_not_found) also for another user's.
 * Check and apply. */
status analysis_find(struct call *call, slice id, struct store_analysis *ret, struct error *err);

#endif
