/* What a path on the command line holds: a table, rows as JSON, or logs of evaluation tools. */
#ifndef TOOLS_LOG_KIND_H
#define TOOLS_LOG_KIND_H

#include "base/slice.h"

enum log_kind {
    LOG_TABLE,  /* CSV with the columns of detect.md */
    LOG_ROWS,   /* the same as JSON lines or as an array of objects */
    LOG_LEDGER, /* a run ledger, files of evaluation tools, an archive */
};

/* By the first bytes of the content. */
enum log_kind log_kind_of(slice beginning);
/* By what stands at the path; directories are ledgers; what cannot be read is a table, so that the
 * reader says why. "-" is told by its content later: a table. */
enum log_kind log_kind_at(const char *path);

#endif
