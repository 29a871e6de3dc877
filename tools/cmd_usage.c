/* sleuth usage: what was asked of the appliance, by day and by user, and whether the sums agree. */
#include "tools/resolve.h"

static const struct column day_columns[] = {
    {"date", N_("DAY"), COLUMN_TEXT},
    {"requests", N_("REQUESTS"), COLUMN_NUMBER},
    {"analyses", N_("ANALYSES"), COLUMN_NUMBER},
    {"errors", N_("ERRORS"), COLUMN_NUMBER},
    {"p50_ms", N_("P50 MS"), COLUMN_NUMBER},
    {"p95_ms", N_("P95 MS"), COLUMN_NUMBER},
};
static const struct view by_day = {"rows", day_columns, ARRAY_COUNT(day_columns)};

static const struct column user_columns[] = {
    {"user_id", N_("USER"), COLUMN_NUMBER},
    {"requests", N_("REQUESTS"), COLUMN_NUMBER},
    {"analyses", N_("ANALYSES"), COLUMN_NUMBER},
    {"errors", N_("ERRORS"), COLUMN_NUMBER},
};
static const struct view by_user = {"rows", user_columns, ARRAY_COUNT(user_columns)};

static const struct column verify_columns[] = {
    {"ok", N_("SOUND"), COLUMN_TEXT},
    {"users", N_("USERS"), COLUMN_NUMBER},
    {"analyses", N_("ANALYSES"), COLUMN_NUMBER},
    {"differences", N_("DIFFERENCES"), COLUMN_NUMBER},
};
static const struct view verify_view = {NULL, verify_columns, ARRAY_COUNT(verify_columns)};

static const struct column record_columns[] = {
    {"timestamp", N_("TIME"), COLUMN_TIME},
    {"user_id", N_("USER"), COLUMN_NUMBER},
    {"api_key_id", N_("KEY"), COLUMN_NUMBER},
    {"endpoint", N_("ENDPOINT"), COLUMN_TEXT},
    {"method", N_("METHOD"), COLUMN_TEXT},
    {"status_code", N_("STATUS"), COLUMN_NUMBER},
    {"processing_time", N_("SECONDS"), COLUMN_NUMBER},
    {"analyses", N_("ANALYSES"), COLUMN_NUMBER},
    {"bytes_in", N_("BYTES IN"), COLUMN_NUMBER},
    {"bytes_out", N_("BYTES OUT"), COLUMN_NUMBER},
    {"request_id", N_("REQUEST"), COLUMN_TEXT},
};
static const struct view records = {"records", record_columns, ARRAY_COUNT(record_columns)};

/* "&from=…&to=…" of the flags. */
static void range_query(struct cli *cli, struct buf *query)
{
    static const char *const names[] = {"from", "to"};
    for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
        if (!cli_flag(cli, names[i]))
            continue;
        buf_printf(query, "&%s=", names[i]);
        url_encode(query, slice_of(cli_text(cli, names[i])));
    }
}

static status rows_show(struct cli *cli, const char *group, const struct view *view,
                        struct error *err)
{
    const struct json *root;
    struct items items = {0};
    struct buf query;
    buf_init_arena(&query, &cli->arena, 1 << 12);
    buf_printf(&query, "group_by=%s", group);
    range_query(cli, &query);
    struct request request = {.path = S("/api/admin/usage"), .query = buf_slice(&query)};
    TRY(client_call(cli, &request, &root, err));
    TRY(items_add(&items, &cli->arena, json_find(root, view->member), err));
    return view_list(cli, view, &items, err);
}

static status summary_run(struct cli *cli, struct error *err)
{
    return rows_show(cli, "day", &by_day, err);
}

static status top_run(struct cli *cli, struct error *err)
{
    return rows_show(cli, "user", &by_user, err);
}

/* Oldest first; CSV unless -o says otherwise. */
static status export_run(struct cli *cli, struct error *err)
{
    uint64_t user;
    struct buf query;
    cli->format = cli->format_given ? cli->format : FORMAT_CSV;
    buf_init_arena(&query, &cli->arena, 1 << 12);
    buf_put_str(&query, "order=oldest");
    if (cli_flag(cli, "user")) {
        TRY(resolve_user(cli, cli_text(cli, "user"), &user, err));
        buf_printf(&query, "&user=%llu", (unsigned long long)user);
    }
    range_query(cli, &query);
    return client_list(cli, S("/api/admin/usage/records"), buf_slice(&query), &records, err);
}

static status verify_run(struct cli *cli, struct error *err)
{
    const struct json *root;
    struct request request = {.path = S("/api/admin/usage/verify")};
    TRY(client_call(cli, &request, &root, err));
    TRY(view_object(cli, &verify_view, root, err));
    const struct json *ok = json_find(root, "ok");
    if (ok && ok->kind == JSON_BOOL && ok->boolean)
        return ST_OK;
    cli_hint(cli, N_("the day sums are kept for ever: compare them with the counter"));
    return error_set(err, ST_VERIFY, N_("counted and recorded analyses differ"));
}

static const struct flag range_flags[] = {
    {"from", .kind = FLAG_TEXT, .value = "DATE", .summary = N_("first day, 2026-11-01")},
    {"to", .kind = FLAG_TEXT, .value = "DATE", .summary = N_("last day")},
    {0},
};

static const struct flag export_flags[] = {
    {"user", .kind = FLAG_TEXT, .value = "USER", .summary = N_("calls of one user only")},
    {"from", .kind = FLAG_TEXT, .value = "DATE", .summary = N_("first day, 2026-11-01")},
    {"to", .kind = FLAG_TEXT, .value = "DATE", .summary = N_("last day")},
    {0},
};
static const struct example export_examples[] = {
    {"sleuth usage export > calls.csv", N_("the single calls of the last 30 days")},
    {"sleuth usage export --user ada@example.com -o jsonl", N_("of one user, for a program")},
    {0},
};
static const struct example summary_examples[] = {
    {"sleuth usage summary", N_("requests and analyses day by day")},
    {"sleuth usage summary --from 2026-11-01 -o csv", N_("for a spreadsheet")},
    {0},
};
static const struct example top_examples[] = {
    {"sleuth usage top", N_("who uses the appliance")},
    {0},
};
static const struct example verify_examples[] = {
    {"sleuth usage verify", N_("billed analyses against the records")},
    {0},
};

/* clang-format off */
static const struct command commands[] = {
    {"usage", "summary", NULL, 0, 0, N_("Show requests and analyses per day."), NULL, summary_examples, range_flags, false, summary_run},
    {"usage", "top", NULL, 0, 0, N_("Show requests and analyses per user."), NULL, top_examples, range_flags, false, top_run},
    {"usage", "export", NULL, 0, 0, N_("Print single calls, oldest first, as CSV."), N_("Single calls are kept for usage.raw_days days; day sums for ever."), export_examples, export_flags, false, export_run},
    {"usage", "verify", NULL, 0, 0, N_("Compare counted with recorded analyses; exit code 3 when they differ."), NULL, verify_examples, NULL, false, verify_run},
    {0},
};
/* clang-format on */

const struct noun noun_usage = {.name = "usage",
                                .summary = N_("requests and analyses: by day, by user"),
                                .group = N_("Users and keys"),
                                .commands = commands};
