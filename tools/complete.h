/* What shell completion needs beside the command table: values that live in the database. */
#ifndef TOOLS_COMPLETE_H
#define TOOLS_COMPLETE_H

#include "tools/cli.h"

/* Appends lines "candidate<TAB>description" for a placeholder of a usage line or flag ("EMAIL",
 * "KEY", "JOB") that begin with `begun`; nothing when the appliance does not answer at once. */
void complete_values(struct cli *cli, slice placeholder, slice begun);

#endif
