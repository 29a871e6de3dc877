/* Counters and gauges of this process, and their Prometheus text. Never labelled by user or key. */
#ifndef METRICS_H
#define METRICS_H

#include "base/buf.h"

struct app;
struct call;
struct metrics;

/* Needs route_init; cells are per route. */
status metrics_create(struct metrics **ret, struct error *err);
void metrics_destroy(struct metrics **metrics); /* NULL is allowed */

/* Any thread: a job ended in this state (enum store_job_state). metrics may be NULL. */
void metrics_job_ended(struct metrics *metrics, uint64_t state);

/* Own thread: one call is over. app->metrics may be NULL. */
void metrics_call(const struct call *call);
/* Loop: one turn took that long without waiting. */
void metrics_loop_turn(struct metrics *metrics, int64_t busy_us);
/* Any: connections opened minus closed, refused at the limit, cut by a sweep. */
void metrics_connections(struct metrics *metrics, int opened, int closed, int cut);

/* The longest turn of any loop since the process began, in microseconds. */
int64_t metrics_loop_max_us(const struct metrics *metrics);

/* Appends the text exposition (format 0.0.4). Reads atomics and statistics only. */
void metrics_text(struct app *app, struct buf *out);

#endif
