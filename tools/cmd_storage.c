/* sleuth storage: the copies of files, reports and backups in S3. */
#include "tools/client.h"

enum { STEPS_MAX = 1000000, CALL_MS = 300000 };

static const struct column check_columns[] = {
    {"reachable", N_("REACHABLE"), COLUMN_TEXT},
    {"endpoint", N_("ENDPOINT"), COLUMN_TEXT},
    {"bucket", N_("BUCKET"), COLUMN_TEXT},
    {"region", N_("REGION"), COLUMN_TEXT},
    {"clock_skew_seconds", N_("CLOCK SKEW S"), COLUMN_NUMBER},
    {"blobs", N_("CONTENTS"), COLUMN_NUMBER},
    {"pending", N_("NOT COPIED"), COLUMN_NUMBER},
    {"pending_bytes", N_("BYTES"), COLUMN_NUMBER},
};
static const struct view check_view = {NULL, check_columns, ARRAY_COUNT(check_columns)};

static status check_run(struct cli *cli, struct error *err)
{
    const struct json *root;
    const struct request request = {METHOD_POST, S("/api/host/storage/check"), S(""), S("")};
    TRY(client_call(cli, &request, &root, err));
    return view_object(cli, &check_view, root, err);
}

/* --- sums over many calls --- */

enum { SUMS_MAX = 6 };

struct sums {
    const char *names[SUMS_MAX];
    uint64_t values[SUMS_MAX];
    size_t count;
};

static void sums_add(struct sums *sums, const struct json *root)
{
    for (size_t i = 0; i < sums->count; i++) {
        uint64_t value;
        if (json_to_u64(json_find(root, sums->names[i]), &value))
            sums->values[i] += value;
    }
}

static status sums_print(struct cli *cli, const struct sums *sums, struct error *err)
{
    struct column columns[SUMS_MAX];
    struct table table;
    for (size_t i = 0; i < sums->count; i++)
        columns[i] = (struct column){sums->names[i], sums->names[i], COLUMN_NUMBER};
    table_init(&table, &cli->arena, columns, sums->count);
    slice *row = table_row(&table);
    for (size_t i = 0; row && i < sums->count; i++)
        row[i] = arena_printf(&cli->arena, "%llu", (unsigned long long)sums->values[i]);
    return view_table(cli, "storage", &table, err);
}

static slice text_of(const struct json *root, const char *name)
{
    const struct json *member = json_find(root, name);
    return member && member->kind == JSON_STRING ? member->text : S("");
}

/* Calls until the answer's `place` is empty. */
static status steps_run(struct cli *cli, slice path, const char *place, const char *flag,
                        bool flag_on, struct sums *sums, struct error *err)
{
    slice at = S("");
    if (cli->timeout_ms == 0)
        cli->timeout_ms = CALL_MS;
    for (int i = 0; i < STEPS_MAX; i++) {
        const struct json *root;
        struct buf body;
        buf_init_arena(&body, &cli->arena, 4096);
        buf_printf(&body, "{\"%s\":%s,\"%s\":", flag, flag_on ? "true" : "false", place);
        buf_put_json(&body, at);
        buf_put_str(&body, "}");
        const struct request request = {METHOD_POST, path, S(""), buf_slice(&body)};
        TRY(buf_check(&body, err));
        TRY(client_call(cli, &request, &root, err));
        sums_add(sums, root);
        at = text_of(root, place);
        if (at.len == 0)
            return ST_OK;
    }
    return error_set(err, ST_INTERNAL, "the object store's list has no end");
}

static status sync_run(struct cli *cli, struct error *err)
{
    struct sums sums = {
        .names = {"sent", "bytes", "verified", "repaired", "restored", "unreadable"}, .count = 6};
    TRY(steps_run(cli, S("/api/host/storage/sync"), "cursor", "verify", cli_flag(cli, "verify"),
                  &sums, err));
    TRY(sums_print(cli, &sums, err));
    if (sums.values[5] == 0)
        return ST_OK;
    cli_hint(cli, N_("restore them from a backup, or from their copies in S3"));
    return error_set(err, ST_VERIFY, "%llu contents are damaged or missing here",
                     (unsigned long long)sums.values[5]);
}

static status gc_run(struct cli *cli, struct error *err)
{
    struct sums sums = {.names = {"objects", "deleted", "uploads_aborted"}, .count = 3};
    if (!cli->dry_run)
        TRY(confirm(cli, err, N_("delete copies in S3 that nothing refers to?")));
    TRY(steps_run(cli, S("/api/host/storage/gc"), "token", "dry_run", cli->dry_run, &sums, err));
    return sums_print(cli, &sums, err);
}

static status link_run(struct cli *cli, struct error *err)
{
    const struct json *root;
    const struct request request = {
        METHOD_GET, client_path(cli, "/api/host/storage/link/%s", cli->words[0]),
        arena_printf(&cli->arena, "seconds=%llu",
                     (unsigned long long)cli_whole(cli, "seconds", 300)),
        S("")};
    TRY(client_call(cli, &request, &root, err));
    buf_put(&cli->out, text_of(root, "url"));
    buf_put_byte(&cli->out, '\n');
    return ST_OK;
}

static const struct flag link_flags[] = {
    {.name = "seconds",
     .kind = FLAG_WHOLE,
     .value = "N",
     .summary = N_("how long the link is good (default 300)")},
    {0},
};
static const struct example link_examples[] = {
    {"sleuth storage link 9f86d081…", N_("for downloading without credentials")}, {0}};
static const struct flag sync_flags[] = {
    {.name = "verify",
     .summary = N_("read every copy and compare its hash; copy damaged ones again")},
    {0},
};
static const struct example check_examples[] = {
    {"sleuth storage check", N_("credentials, region, clock, and what waits")}, {0}};
static const struct example sync_examples[] = {
    {"sleuth storage sync", N_("copy what waits, now")},
    {"sleuth storage sync --verify", N_("and read back what was copied")},
    {0},
};
static const struct example gc_examples[] = {
    {"sleuth storage gc --dry-run", N_("how many would go")}, {0}};

/* clang-format off */
static const struct command commands[] = {
    {.noun = "storage", .verb = "check", .summary = N_("See whether the object store can be used."),
     .examples = check_examples, .run = check_run},
    {.noun = "storage", .verb = "gc", .summary = N_("Delete objects that no content of this appliance is in."),
     .details = N_("Only objects under s3.prefix that are named like contents are looked at. Uploads that were left unfinished are aborted."),
     .examples = gc_examples, .run = gc_run},
    {.noun = "storage", .verb = "link", .usage = "SHA256", .word_min = 1, .word_max = 1,
     .summary = N_("Print a link to the copy of a content, valid for a short time."),
     .examples = link_examples, .flags = link_flags, .run = link_run},
    {.noun = "storage", .verb = "sync", .summary = N_("Copy to the object store what is not there yet."),
     .details = N_("The server does this by itself; nothing waits for it, and nothing is lost while the store is down."),
     .examples = sync_examples, .flags = sync_flags, .run = sync_run},
    {0},
};
/* clang-format on */

const struct noun noun_storage = {.name = "storage",
                                  .summary = N_("copies of everything in an object store"),
                                  .group = N_("Operate the appliance"),
                                  .commands = commands};
