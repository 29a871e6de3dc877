/* A thread of its own for what has to happen now and then and may block on the disk: dropping what
 * expired, collecting blobs. One row of the table in janitor.c per task. */
#ifndef JANITOR_H
#define JANITOR_H

#include "base/status.h"

#include <stdint.h>

struct app;
struct janitor;

/* Every task runs once soon after the start. Main thread; app->store and app->blobs are open. */
status janitor_start(struct app *app, struct janitor **ret, struct error *err);
/* Ends the running task and joins; NULL is allowed. */
void janitor_stop(struct janitor **janitor);

/* One round of every task that is due, in the caller's thread (tests). */
struct janitor_tasks;
status janitor_tasks_create(struct app *app, struct janitor_tasks **ret, struct error *err);
void janitor_tasks_run(struct janitor_tasks *tasks, int64_t now_mono_ms);
void janitor_tasks_destroy(struct janitor_tasks **tasks);

#endif
