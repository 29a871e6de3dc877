/* The verbs of `sleuth dataset` that move bundles (dataset_run.c); the table of all verbs is
 * cmd_dataset.c. */
#ifndef TOOLS_DATASET_RUN_H
#define TOOLS_DATASET_RUN_H

#include "tools/cli.h"

struct pack;

enum { DATASET_COLUMNS = 8 };
extern const struct column dataset_columns[DATASET_COLUMNS]; /* of lists of data sets */

status dataset_fetch_run(struct cli *cli, struct error *err);
status dataset_pack_run(struct cli *cli, struct error *err);
status dataset_import_run(struct cli *cli, struct error *err);
status dataset_export_run(struct cli *cli, struct error *err);

/* The files of a bundle with their sums. */
status dataset_pack_print(struct cli *cli, const struct pack *pack, struct error *err);

#endif
