/* What the project routes share: whose project it is, and its records as JSON. */
#ifndef API_PROJECT_ACCESS_H
#define API_PROJECT_ACCESS_H

#include "base/json_out.h"
#include "call.h"
#include "judgement.h"
#include "project.h"

/* The caller's own project by the path parameter "id"; ST_NOT_FOUND project_not_found. */
status project_find_own(struct call *call, struct store_project *ret, struct error *err);
/* The same, and for people who are reviewers or administrators anybody's. Keys only see the
 * projects of their user, whatever that user's role is. */
status project_find(struct call *call, struct store_project *ret, struct error *err);
/* May the caller read, review and approve in projects of others? */
bool project_is_reviewer(const struct call *call);

/* Name of the calling user as records keep it; the address where there is no name. */
slice project_caller_name(const struct call *call);
/* "owner", "reviewer", "admin" as seen from the project. */
slice project_caller_role(const struct call *call, const struct store_project *project);

/* Child records carry "prj_…/0000002a": the number at its end. */
uint64_t project_number_of(slice id);

/* Writes one record into the object that is open. */
typedef void project_put(struct json_out *w, const struct call *call, const void *row);
enum project_child {
    PROJECT_PROJECTS,
    PROJECT_ROUNDS,
    PROJECT_VERDICTS,
    PROJECT_DEVIATIONS,
    PROJECT_REVIEWS
};
/* A whole page as answer: {"<name>":[…],"next_cursor":…}. The rows of that user (0 = of all) whose
 * id begins with the prefix. */
status project_reply_list(struct call *call, uint64_t user_id, slice prefix,
                          enum project_child child, struct error *err);
/* "prj_…/" */
slice project_prefix(struct call *call, const struct store_project *project);

project_put project_put_project;
project_put project_put_deviation;
project_put project_put_review;
/* The stored summary of a verdict; `text` in the caller's language. */
project_put project_put_verdict;

/* Entity tag of the record, for If-Match. */
slice project_tag(struct call *call, const struct store_project *project);

/* Work stage: runs `inner` with a snapshot of its own in call->txn, so that ledgers are read and
 * opened off the loop. */
status project_with_snapshot(struct call *call, stage *inner, struct error *err);

#endif
