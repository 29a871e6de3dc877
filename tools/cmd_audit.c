/* sleuth audit: who changed what, and whether the chain of records is whole. */
#include "tools/client.h"

static const struct column entry_columns[] = {
    {"seq", N_("NO"), COLUMN_NUMBER},      {"at", N_("TIME"), COLUMN_TIME},
    {"actor", N_("WHO"), COLUMN_TEXT},     {"action", N_("ACTION"), COLUMN_TEXT},
    {"object", N_("OBJECT"), COLUMN_TEXT}, {"detail", N_("DETAIL"), COLUMN_TEXT},
};
static const struct view entries = {"entries", entry_columns, ARRAY_COUNT(entry_columns)};

static const struct column verify_columns[] = {
    {"ok", N_("SOUND"), COLUMN_TEXT},
    {"entries", N_("ENTRIES"), COLUMN_NUMBER},
    {"problem", N_("FOUND"), COLUMN_TEXT},
};
static const struct view verify_view = {NULL, verify_columns, ARRAY_COUNT(verify_columns)};

static status list_run(struct cli *cli, struct error *err)
{
    return client_list(cli, S("/api/admin/audit"), S(""), &entries, err);
}

/* Oldest first, so that the chain can be followed; JSON lines unless -o says otherwise. */
static status export_run(struct cli *cli, struct error *err)
{
    cli->format = cli->format_given ? cli->format : FORMAT_JSONL;
    return client_list(cli, S("/api/admin/audit"), S("order=oldest"), &entries, err);
}

static status verify_run(struct cli *cli, struct error *err)
{
    const struct json *root;
    struct request request = {.path = S("/api/admin/audit/verify")};
    TRY(client_call(cli, &request, &root, err));
    TRY(view_object(cli, &verify_view, root, err));
    const struct json *ok = json_find(root, "ok");
    if (ok && ok->kind == JSON_BOOL && ok->boolean)
        return ST_OK;
    cli_hint(cli, N_("compare it with an exported copy or a backup"));
    return error_set(err, ST_VERIFY, N_("the audit chain is broken"));
}

static const struct example list_examples[] = {
    {"sleuth audit list", N_("every change with its author")},
    {0},
};
static const struct example verify_examples[] = {
    {"sleuth audit verify", N_("follows the hashes from the first record to the last")},
    {0},
};
static const struct example export_examples[] = {
    {"sleuth audit export > audit.jsonl", N_("one JSON object per line, for an archive")},
    {0},
};

/* clang-format off */
static const struct command commands[] = {
    {"audit", "list", NULL, 0, 0, N_("List the audit log."), NULL, list_examples, NULL, false, list_run},
    {"audit", "verify", NULL, 0, 0, N_("Check the hash chain of the audit log; exit code 3 when it is broken."), NULL, verify_examples, NULL, false, verify_run},
    {"audit", "export", NULL, 0, 0, N_("Print the audit log as JSON lines."), NULL, export_examples, NULL, false, export_run},
    {0},
};
/* clang-format on */

const struct noun noun_audit = {.name = "audit",
                                .summary = N_("the audit log: list, verify, export"),
                                .group = N_("Operate the appliance"),
                                .commands = commands};
