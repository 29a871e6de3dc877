/* Things that happened and that a user's hooks want to hear of: written in the transaction of the
 * cause, sent later by deliver.c.
 *
 * A delivery is stored per hook that asked for the event, so a crash loses none, and its id is made
 * from cause and hook, so a cause that is written twice (a batch of the writer runs again) is sent
 * once. Writer thread, inside apply; nothing happens while hooks.enabled is false. */
#ifndef EVENTS_H
#define EVENTS_H

#include "storage/storage.h"

struct app;

#define EVENT_JOB_FINISHED    "job.finished"
#define EVENT_VERDICT_CHANGED "verdict.changed"
#define EVENT_QUOTA_THRESHOLD "quota.threshold"
#define EVENT_TEST            "hook.test"

/* "job.finished, verdict.changed, quota.threshold" */
extern const char *const event_types[];
enum { EVENT_TYPE_COUNT = 3 };
bool event_type_known(slice type);

struct event {
    uint64_t user_id;
    const char *type;
    slice cause; /* names it for ever: "job_…", "prj_…/0000002a", "2026-11/80" */
    slice data;  /* JSON object: data.object of the envelope */
    bool livemode;
    int64_t now_ms;
};

/* For every enabled hook of the user that wants this type. */
status event_add(struct app *app, struct store_txn *txn, const struct event *event);
/* To one address: the callback of a job, the test of a hook. hook_id may be empty. */
status event_send(struct app *app, struct store_txn *txn, const struct event *event, slice hook_id,
                  slice url);

/* The job as its endpoint shows it, to hooks and to its callback_url. */
status event_job_finished(struct app *app, struct store_txn *txn, const struct store_job *job,
                          int64_t now_ms);
/* After analyses were billed or reserved: crossing 80 or 100 % of the month, once each. */
struct quota_step {
    uint64_t user_id;
    uint64_t before, after; /* billed and reserved together */
    uint64_t limit;         /* of the month */
    int64_t now_ms;
};
status event_quota(struct app *app, struct store_txn *txn, const struct quota_step *step);

#endif
