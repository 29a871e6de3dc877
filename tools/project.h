/* What the verbs of `sleuth project` share: the project that a word means, and calls for its owner
 * or for a named person. */
#ifndef TOOLS_PROJECT_H
#define TOOLS_PROJECT_H

#include "tools/client.h"

#include "ledger.h"

struct project_ref {
    slice id;
    slice name;
    uint64_t owner_id;
};

/* By id, by the beginning of one, or by name when only one has it. ST_NOT_FOUND, ST_CONFLICT. */
status project_resolve(struct cli *cli, const char *text, struct project_ref *ret,
                       struct error *err);
/* "/api/projects/ID" with a tail. */
slice project_path(struct cli *cli, const struct project_ref *project, const char *tail);
/* "for_user=ID" */
slice project_query(struct cli *cli, uint64_t user_id);
/* The person of --as. */
status project_person(struct cli *cli, uint64_t *ret, struct error *err);

/* An answer that is no JSON of ours: written to --output or standard output. */
status project_download(struct cli *cli, slice path, slice query, struct error *err);

/* project_add.c: the body of POST …/rounds; and what it answered about deviations, as warnings. */
void project_put_addition(struct buf *body, const struct ledger *ledger, bool captured);
void project_tell_deviations(struct cli *cli, const struct json *root);
status project_add_run(struct cli *cli, struct error *err);
status project_freeze_run(struct cli *cli, struct error *err);
/* project_review.c */
status project_approve_run(struct cli *cli, struct error *err);
status project_review_run(struct cli *cli, struct error *err);
status project_sign_run(struct cli *cli, struct error *err);

#endif
