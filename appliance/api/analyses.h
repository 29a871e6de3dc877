/* What the routes of stored analyses share. */
#ifndef API_ANALYSES_H
#define API_ANALYSES_H

#include "call.h"
#include "storage/storage.h"

/* The caller's own analysis of that id; ST_NOT_FOUND (analysis_not_found) also for another user's.
 * Check and apply. */
status analysis_find(struct call *call, slice id, struct store_analysis *ret, struct error *err);

/* An analysis as a whole page of HTML, with its policy; ST_CONFLICT (report_not_kept). Any stage
 * after check. */
status analysis_reply_html(struct call *call, const struct store_analysis *row, struct error *err);

#endif
