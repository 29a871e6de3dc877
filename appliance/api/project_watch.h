/* What input grade A rests on: watching was registered before the run began, and the run's log came
 * soon after. Both are told by the appliance's own clock, not by the sender. */
#ifndef API_PROJECT_WATCH_H
#define API_PROJECT_WATCH_H

#include "ledger.h"

struct call;

enum {
    WATCH_TOKEN_BYTES = 8 + 8 + 16, /* time of opening, chance, tag */
    WATCH_TOKEN_MAX = 44,           /* as base64url, with its NUL */
    WATCH_LATE_HOURS = 72,          /* from a run's start to the arrival of its log */
    WATCH_SKEW_MINUTES = 5,         /* of the clock that wrote the log */
    WATCH_AHEAD_HOURS = 14,         /* logs without a time zone may look younger than now */
};

/* The query's `watch`: when it was opened, for this project. *ret_opened_ms = 0 without one.
 * ST_INVALID, code "invalid_watch": not made by this appliance, or for another project. */
status project_watch_opened(struct call *call, slice project_id, int64_t *ret_opened_ms,
                            struct error *err);
/* Did every run start after that, and arrive in time? */
bool project_watch_covers(const struct ledger *ledger, int64_t opened_ms, int64_t now_ms);

#endif
