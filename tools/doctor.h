/* What `sleuth doctor` knows while it looks: one row per check, the worst result decides. */
#ifndef TOOLS_DOCTOR_H
#define TOOLS_DOCTOR_H

#include "tools/client.h"

#include "config.h"

enum health { HEALTH_OK, HEALTH_WARN, HEALTH_FAIL };

struct doctor {
    struct cli *cli;
    struct table table; /* check, result, found, fix */
    struct config config;
    slice data_dir;
    int64_t now_ms;
    enum health worst;
};

/* A row. `what` is data and stays as it is, `fix` is N_() and shown unless all is well. */
void doctor_tell(struct doctor *d, const char *check, enum health health, slice what,
                 const char *fix);

/* Each adds its rows; none creates anything. */
void doctor_host(struct doctor *d);  /* directories, disk, kernel limits, clock, secrets, tls */
void doctor_store(struct doctor *d); /* database, readers, server, configuration, backups */
void doctor_net(struct doctor *d);   /* who can be reached, unless air-gapped */

/* All checks; fills the table. End it with doctor_finish. */
status doctor_look(struct cli *cli, struct doctor *ret, struct error *err);
void doctor_finish(struct doctor *d);

/* One JSON file for whoever helps: checks, versions, configuration, state, end of a log. No secret
 * is in it: secrets are told as (set), passwords in URLs and keys in log lines are struck out. */
status bundle_write(struct doctor *d, const char *path, const char *log_path, struct error *err);
/* Appends the line with keys, tokens and e-mail addresses struck out (for tests, too). */
void bundle_scrub(struct buf *out, slice line);

#endif
