/* sleuth db: the database of the appliance, checked and measured. */
#include "tools/client.h"

static const struct column status_columns[] = {
    {"schema", N_("SCHEMA"), COLUMN_NUMBER},
    {"file_bytes", N_("FILE BYTES"), COLUMN_NUMBER},
    {"used_bytes", N_("USED BYTES"), COLUMN_NUMBER},
    {"free_bytes", N_("FREE INSIDE"), COLUMN_NUMBER},
    {"map_bytes", N_("ADDRESS SPACE"), COLUMN_NUMBER},
    {"disk_free_bytes", N_("DISK FREE"), COLUMN_NUMBER},
    {"file_system", N_("FILE SYSTEM"), COLUMN_TEXT},
    {"durable", N_("DURABLE"), COLUMN_TEXT},
    {"readers_used", N_("READERS"), COLUMN_NUMBER},
    {"transactions", N_("TRANSACTIONS"), COLUMN_NUMBER},
};
static const struct view status_view = {NULL, status_columns, ARRAY_COUNT(status_columns)};

static const struct column check_columns[] = {
    {"ok", N_("SOUND"), COLUMN_TEXT},        {"pages", N_("PAGES"), COLUMN_NUMBER},
    {"values", N_("VALUES"), COLUMN_NUMBER}, {"problems", N_("PROBLEMS"), COLUMN_NUMBER},
    {"messages", N_("FOUND"), COLUMN_TEXT},
};
static const struct view check_view = {NULL, check_columns, ARRAY_COUNT(check_columns)};

static status status_run(struct cli *cli, struct error *err)
{
    return client_show(cli, S("/api/host/db"), &status_view, err);
}

static status check_run(struct cli *cli, struct error *err)
{
    const struct json *root;
    uint64_t problems = 0;
    struct request request = {METHOD_POST, S("/api/host/db/check"), S(""), S("")};
    TRY(client_call(cli, &request, &root, err));
    TRY(view_object(cli, &check_view, root, err));
    if (!json_to_u64(json_find(root, "problems"), &problems) || problems) {
        cli_hint(cli, N_("restore the newest backup that 'sleuth backup verify' accepts"));
        return error_set(err, ST_VERIFY, N_("the database is damaged: %llu problems"),
                         (unsigned long long)problems);
    }
    return ST_OK;
}

static const struct example status_examples[] = {
    {"sleuth db status", N_("size, free space and readers of the database")},
    {0},
};
static const struct example check_examples[] = {
    {"sleuth db check", N_("every page, every seal, every sum; while the server runs, too")},
    {0},
};

static const struct command commands[] = {
    {.noun = "db",
     .verb = "check",
     .summary = N_("Check the whole database; exit code 3 when it is damaged."),
     .details = N_("Walks every page, opens every sealed value, compares indexes and sums, and "
                   "follows the audit chain, all on a snapshot."),
     .examples = check_examples,
     .run = check_run},
    {.noun = "db",
     .verb = "status",
     .summary = N_("Show size and state of the database."),
     .examples = status_examples,
     .run = status_run},
    {0},
};

const struct noun noun_db = {.name = "db",
                             .summary = N_("check and measure the database"),
                             .group = N_("Operate the appliance"),
                             .commands = commands};
