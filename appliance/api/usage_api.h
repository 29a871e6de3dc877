/* Sums of usage for answers, shared by the caller's and the administrator's routes. */
#ifndef API_USAGE_H
#define API_USAGE_H

#include "base/json_out.h"
#include "storage/storage.h"

struct call;

enum { USAGE_GROUPS_MAX = 4096, USAGE_RANGE_DAYS_MAX = 3660 };

enum usage_group { GROUP_DAY, GROUP_ENDPOINT, GROUP_KEY, GROUP_USER };

/* One row of an answer. */
struct usage_row {
    uint64_t day, user_id, api_key_id;
    slice endpoint;
    uint64_t calls, analyses, errors, cached;
    struct store_hist latency;
};

struct usage_sums {
    enum usage_group group;
    struct usage_row *rows; /* in the call's arena, in order of first appearance */
    size_t count;
    bool full; /* more than USAGE_GROUPS_MAX groups */
    struct call *call;
};

/* ?from=&to= (dates, inclusive; default: the last 30 days); ST_INVALID names the parameter. */
status usage_range(const struct call *call, uint64_t user_id, struct store_usage_range *ret,
                   struct error *err);
status usage_sum(struct call *call, const struct store_usage_range *range, enum usage_group group,
                 struct usage_sums *ret, struct error *err);
/* "analyses":{…} of the caller's month into the open object. */
void usage_analyses_write(const struct call *call, struct json_out *w,
                          const struct store_usage_month *month);
/* Members of one row into the open object. */
void usage_present(struct json_out *w, const struct usage_row *row, enum usage_group group);

#endif
