/* Fences around a serving process: what a hole in it could be used for is little.
 *
 * First privileges and files, before anything is opened, because threads inherit both; last the
 * system calls, when all that needs unusual ones is done. Option sandbox.mode: "on" takes what the
 * kernel has, "required" refuses to start without, "off" fences nothing. */
#ifndef SANDBOX_H
#define SANDBOX_H

#include "base/status.h"

#include <stdbool.h>

struct app;

/* Once configuration and data directory are known, before anything is made in it: gives up
 * privileges. ST_IO. Main thread, which is the only one. */
status sandbox_begin(const struct app *app, struct error *err);

/* Once all directories are known and made, before the first thread: fences off files. `throw_away`:
 * the data directory itself will be removed. ST_IO, ST_CONFIG. Main thread. */
status sandbox_enter(struct app *app, bool throw_away, struct error *err);

/* Once everything listens. Filters the calls of all threads and logs which fences stand. */
status sandbox_close(struct app *app, struct error *err);

#endif
