/* Sums of usage for answers, shared by the caller's and the administrator's routes. */
#ifndef API_USAGE_H
#define API_USAGE_H

#include "base/json_out.h"
#include "storage/storage.h"

struct call;

enum {
    USAGE_GROUPS_MAX = 4096,
    USAGE_RANGE_DAYS_MAX = 3660,
    USAGE_HOURS_DAYS_MAX = 31, /* of what is summed up from hours */
};

enum usage_group { GROUP_DAY, GROUP_HOUR, GROUP_ENDPOINT, GROUP_KEY, GROUP_STATUS, GROUP_USER };

/* What is asked: ?from=&to=&group_by=&tz=. */
struct usage_question {
    struct store_usage_range range;
    enum usage_group group;
    int64_t offset_ms; /* of the time zone, east positive; whole hours */
};

/* One row of an answer. */
struct usage_row {
    uint64_t day, hour, status, user_id, api_key_id;
    slice endpoint;
    uint64_t calls, analyses, errors, cached;
    struct store_hist latency;
};

struct usage_sums {
    struct usage_question question;
    struct usage_row *rows; /* in the call's arena, in order of first appearance */
    size_t count;
    bool full; /* more than USAGE_GROUPS_MAX groups */
    struct call *call;
};

/* Dates are inclusive and of the zone; default: the last 30 days. user_id 0 = all users, who may be
 * grouped by. ST_INVALID names the parameter. */
status usage_question_read(const struct call *call, uint64_t user_id, bool may_group_users,
                           struct usage_question *ret, struct error *err);
/* check: a few milliseconds at most (a seek per hour of USAGE_HOURS_DAYS_MAX days). */
status usage_sum_question(struct call *call, const struct usage_question *question,
                          struct usage_sums *ret, struct error *err);
/* Without a time zone. */
status usage_sum(struct call *call, const struct store_usage_range *range, enum usage_group group,
                 struct usage_sums *ret, struct error *err);
/* The whole answer: {"from","to","rows"}. */
status usage_answer(struct call *call, const struct usage_question *question, struct error *err);
/* "name":[…] of rows into the open object. */
void usage_rows_write(struct json_out *w, const char *name, const struct usage_sums *sums);

/* "analyses":{…} of the caller's month into the open object. */
void usage_analyses_write(const struct call *call, struct json_out *w,
                          const struct store_usage_month *month);

#endif
