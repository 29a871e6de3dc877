/* sleuth audit: who changed what, and whether the chain of records is whole. */
#include "tools/client.h"
#include "tools/report_file.h"

#include "audit_trail.h"
#include "base/file.h"

enum { EXPORT_BYTES_MAX = 1 << 30, TRAIL_BYTES = 64 << 20 };

static const struct column entry_columns[] = {
    {"seq", N_("NO"), COLUMN_NUMBER},      {"at", N_("TIME"), COLUMN_TIME},
    {"actor", N_("WHO"), COLUMN_TEXT},     {"action", N_("ACTION"), COLUMN_TEXT},
    {"object", N_("OBJECT"), COLUMN_TEXT}, {"detail", N_("DETAIL"), COLUMN_TEXT},
};
static const struct view entries = {"entries", entry_columns, ARRAY_COUNT(entry_columns)};

static const struct column verify_columns[] = {
    {"ok", N_("SOUND"), COLUMN_TEXT},
    {"entries", N_("ENTRIES"), COLUMN_NUMBER},
    {"checkpoints", N_("CHECKPOINTS"), COLUMN_NUMBER},
    {"last_checkpoint", N_("LAST ONE ON"), COLUMN_NUMBER},
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

/* --- verify: the appliance's own log ------------------------------------------------------------
 */

static status verify_own(struct cli *cli, struct error *err)
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

/* --- verify: an export, on any machine ----------------------------------------------------------
 */

/* Calls for every line that is not empty. */
static status each_line(slice text, struct audit_trail *trail,
                        status (*take)(struct audit_trail *trail, slice line, struct error *err),
                        struct error *err)
{
    slice line;
    while (slice_split(&text, '\n', &line))
        if (line.len)
            TRY(take(trail, line, err));
    return ST_OK;
}

static status trail_read(struct cli *cli, struct audit_trail *trail, struct error *err)
{
    slice text;
    const char *marks = cli_text(cli, "checkpoints");
    if (marks) {
        TRY(file_read(marks, CHECKPOINT_FILE_BYTES_MAX, &cli->arena, &text, err));
        TRY(each_line(text, trail, audit_trail_checkpoint, err));
    }
    TRY(file_read(cli->words[0], EXPORT_BYTES_MAX, &cli->arena, &text, err));
    TRY(each_line(text, trail, audit_trail_entry, err));
    return audit_trail_end(trail, err);
}

static status trail_show(struct cli *cli, const struct audit_trail *trail, struct error *err)
{
    const struct json *root;
    struct json_out w;
    struct buf text;
    buf_init_arena(&text, &cli->arena, 1 << 12);
    json_out_init(&w, &text, 0);
    json_object(&w);
    json_key_bool(&w, "ok", true);
    json_key_u64(&w, "entries", trail->seq);
    json_key_u64(&w, "checkpoints", trail->checkpoints);
    json_end(&w);
    TRY(json_parse(buf_slice(&text), &cli->arena, &root, err));
    return view_object(cli, &verify_view, root, err);
}

static status verify_file(struct cli *cli, struct error *err)
{
    unsigned char key[CRYPT_SIGN_PUBLIC_BYTES];
    const char *given = cli_text(cli, "key");
    struct arena arena;
    struct audit_trail trail;
    if (given)
        TRY(public_key_read(cli, given, key, err));
    arena_init(&arena, TRAIL_BYTES);
    audit_trail_begin(&trail, &arena, given ? key : NULL);
    status rc = trail_read(cli, &trail, err);
    if (rc == ST_OK)
        rc = trail_show(cli, &trail, err);
    if (rc == ST_OK && !given)
        cli_warn(cli, N_("the key came with the checkpoints; give --key with the key that you "
                         "trust (GET /.well-known/sleuth-signing-key)"));
    if (rc == ST_OK && !cli_flag(cli, "checkpoints"))
        cli_warn(cli, N_("that the end was cut off shows only with --checkpoints, a copy of "
                         "audit-checkpoints.jsonl that was kept elsewhere"));
    arena_finish(&arena);
    return rc;
}

static status verify_run(struct cli *cli, struct error *err)
{
    if (cli->word_count)
        return verify_file(cli, err);
    if (cli_flag(cli, "key") || cli_flag(cli, "checkpoints"))
        return cli_usage(cli, err, N_("--key and --checkpoints belong to an exported FILE"));
    return verify_own(cli, err);
}

/* --- the table --- */

static const struct flag verify_flags[] = {
    {"key", .kind = FLAG_TEXT, .value = "KEY",
     .summary = N_("public signing key as 64 hex digits, or a file with them")},
    {"checkpoints", .kind = FLAG_TEXT, .value = "FILE",
     .summary = N_("checkpoints that were kept elsewhere")},
    {0},
};
static const struct example list_examples[] = {
    {"sleuth audit list", N_("every change with its author")},
    {0},
};
static const struct example verify_examples[] = {
    {"sleuth audit verify", N_("follows the hashes from the first record to the last")},
    {"sleuth audit verify audit.jsonl --checkpoints copy.jsonl --key signing.pub",
     N_("an exported log, on any machine")},
    {0},
};
static const struct example export_examples[] = {
    {"sleuth audit export > audit.jsonl", N_("one JSON object per line, for an archive")},
    {0},
};

/* clang-format off */
static const struct command commands[] = {
    {"audit", "list", NULL, 0, 0, N_("List the audit log."), NULL, list_examples, NULL, false, list_run},
    {"audit", "verify", "[FILE]", 0, 1, N_("Check the hash chain and the checkpoints of the audit log; exit code 3 when it is broken."), N_("FILE is an exported log; it needs no server and no data directory."), verify_examples, verify_flags, false, verify_run},
    {"audit", "export", NULL, 0, 0, N_("Print the audit log with its checkpoints as JSON lines."), NULL, export_examples, NULL, false, export_run},
    {0},
};
/* clang-format on */

const struct noun noun_audit = {.name = "audit",
                                .summary = N_("the audit log: list, verify, export"),
                                .group = N_("Operate the appliance"),
                                .commands = commands};
