/* What readiness depends on: for /readyz and the status page. */
#ifndef API_OPS_H
#define API_OPS_H

struct app;

/* One condition of readiness: its name and why it does not hold (NULL = it does). */
struct ops_condition {
    const char *name;
    const char *problem;
};

enum { OPS_CONDITIONS = 6 };

/* Any thread; a few system calls. */
void ops_conditions(struct app *app, struct ops_condition ret[OPS_CONDITIONS]);

#endif
