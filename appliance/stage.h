/* Private to the engine (call.c): one stage of a call, each on its own thread. */
#ifndef STAGE_H
#define STAGE_H

#include "call.h"

/* The route's function for a stage, or NULL. */
stage *stage_function(const struct call *call, enum call_stage at);
/* Runs the function of the current stage, if it has one, in the calling thread. */
status stage_run(struct call *call, struct error *err);
/* Keeps the first status that is not ST_OK. */
void stage_result(struct call *call, status rc);

/* Own thread: auth, rate (unless `again`) and check under one snapshot. */
void stage_check(struct call *call, bool again);

/* True: the body is being unpacked elsewhere; stage_check follows with again = true. */
bool stage_decode(struct call *call);
/* Fetch or work, apply or store. True: the call is elsewhere and comes back by call_resume.
 * False: the stage is over, go on here. */
bool stage_work(struct call *call);
bool stage_apply(struct call *call);

#endif
