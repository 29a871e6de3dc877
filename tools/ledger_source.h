/* Reads the PATH… of import, diff and detect into a ledger, with progress and the options in
 * common. */
#ifndef TOOLS_LEDGER_SOURCE_H
#define TOOLS_LEDGER_SOURCE_H

#include "import/import.h"
#include "tools/cli.h"

/* --round-by, --lineage, --split, --role, --metric: put LEDGER_FLAGS into a command's flag table.
 */
/* clang-format off */
#define LEDGER_FLAGS                                                                                        \
    {.name = "round-by", .kind = FLAG_CHOICE, .value = "run|day|tag|commit",                                \
     .summary = N_("what makes a new round (default run)")},                                                \
    {.name = "lineage", .kind = FLAG_TEXT, .value = "REGEX",                                                \
     .summary = N_("part of the system's name that stays the same along one line of development")},         \
    {.name = "split", .kind = FLAG_CHOICE, .value = "dev|test",                                             \
     .summary = N_("part of the data, for logs that do not tell")},                                         \
    {.name = "role", .kind = FLAG_TEXT, .value = "NAME=ROLE", .repeatable = true,                           \
     .summary = N_("role of a field: protocol, settings or ignore")},                                       \
    {.name = "metric", .kind = FLAG_TEXT, .value = "NAME", .summary = N_("only this score")}
/* clang-format on */

enum { LEDGER_BYTES_MAX = 1 << 30, LEDGER_ROLES_MAX = 256 };

struct ledger_source_set {
    struct arena arena; /* of the ledger */
    struct ledger ledger;
    struct ledger_options options;
    struct role_choice roles[LEDGER_ROLES_MAX];
};

/* Reads every word of the command from `first` on; refused files are told on standard error.
 * ST_INVALID when nothing at all could be read. Heap: ledger_source_finish in any case. */
status ledger_source_read(struct cli *cli, size_t first, struct ledger_source_set *ret,
                          struct error *err);
void ledger_source_finish(struct ledger_source_set *set);

#endif
