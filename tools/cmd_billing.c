/* sleuth billing: subscriptions at the payment provider, for whoever operates the appliance. */
#include "tools/resolve.h"

#include "base/file.h"

enum { EVENTS_FILE_MAX = 64 << 20, CHUNK_BYTES = 6 << 20, CHUNK_LINES = 1000 };

static const struct column status_columns[] = {
    {"mode", N_("BILLING MODE"), COLUMN_TEXT},
    {"secret_key", N_("SECRET KEY"), COLUMN_TEXT},
    {"webhook_secret", N_("WEBHOOK SECRET"), COLUMN_TEXT},
    {"api_base", N_("API"), COLUMN_TEXT},
    {"api_version", N_("API VERSION"), COLUMN_TEXT},
    {"prices.pro", N_("PRICE OF PRO"), COLUMN_TEXT},
    {"prices.business", N_("PRICE OF BUSINESS"), COLUMN_TEXT},
    {"past_due_grace_days", N_("GRACE DAYS"), COLUMN_NUMBER},
    {"subscriptions", N_("SUBSCRIPTIONS"), COLUMN_NUMBER},
    {"in_doubt", N_("IN DOUBT"), COLUMN_NUMBER},
    {"orphans", N_("ORPHANS"), COLUMN_NUMBER},
};
static const struct view status_view = {NULL, status_columns, ARRAY_COUNT(status_columns)};

static const struct column result_columns[] = {{"outcome", N_("OUTCOME"), COLUMN_TEXT},
                                               {"user_id", N_("USER"), COLUMN_NUMBER},
                                               {"redriven", N_("ORPHANS DRIVEN"), COLUMN_NUMBER}};
static const struct view result_view = {NULL, result_columns, ARRAY_COUNT(result_columns)};

static const struct column sync_columns[] = {{"asked", N_("ASKED"), COLUMN_NUMBER},
                                             {"changed", N_("READ BACK"), COLUMN_NUMBER},
                                             {"failed", N_("FAILED"), COLUMN_NUMBER},
                                             {"events", N_("EVENTS"), COLUMN_NUMBER},
                                             {"applied", N_("APPLIED"), COLUMN_NUMBER}};
static const struct view sync_view = {NULL, sync_columns, ARRAY_COUNT(sync_columns)};

static const struct column price_columns[] = {{"plan", N_("PLAN"), COLUMN_TEXT},
                                              {"price", N_("PRICE"), COLUMN_TEXT},
                                              {"problem", N_("PROBLEM"), COLUMN_TEXT}};
static const struct view price_view = {"plans", price_columns, ARRAY_COUNT(price_columns)};

/* POST with up to two text members; NULL names end. */
static status post(struct cli *cli, const char *path, const char *const pairs[4],
                   const struct json **ret, struct error *err)
{
    struct json_out w;
    struct buf body;
    buf_init_arena(&body, &cli->arena, 1 << 12);
    json_out_init(&w, &body, 0);
    json_object(&w);
    for (size_t i = 0; i < 4 && pairs[i]; i += 2)
        json_key_str(&w, pairs[i], slice_of(pairs[i + 1]));
    json_end(&w);
    struct request request = {METHOD_POST, slice_of(path), S(""), buf_slice(&body)};
    return client_call(cli, &request, ret, err);
}

static status status_run(struct cli *cli, struct error *err)
{
    return client_show(cli, S("/api/admin/billing"), &status_view, err);
}

static status link_run(struct cli *cli, struct error *err)
{
    const struct json *root;
    const char *const pairs[4] = {"user", cli->words[0], "customer", cli->words[1]};
    TRY(post(cli, "/api/admin/billing/link", pairs, &root, err));
    return view_object(cli, &result_view, root, err);
}

static status replay_run(struct cli *cli, struct error *err)
{
    const struct json *root;
    const char *const pairs[4] = {"event", cli->words[0]};
    TRY(post(cli, "/api/admin/billing/replay", pairs, &root, err));
    return view_object(cli, &result_view, root, err);
}

static status sync_run(struct cli *cli, struct error *err)
{
    const struct json *root;
    const char *const pairs[4] = {cli->word_count ? "user" : NULL,
                                  cli->word_count ? cli->words[0] : NULL};
    TRY(post(cli, "/api/admin/billing/sync", pairs, &root, err));
    const struct json *problem = json_find(root, "problem");
    if (problem) {
        cli_warn(cli, "%.*s", SLICE_ARG(problem->text));
        cli->exit_code = EXIT_FAILED;
    }
    return view_object(cli, &sync_view, root, err);
}

static status plans_check_run(struct cli *cli, struct error *err)
{
    const struct json *root;
    struct items items = {0};
    const char *const pairs[4] = {NULL};
    TRY(post(cli, "/api/admin/billing/plans-check", pairs, &root, err));
    const struct json *ok = json_find(root, "ok");
    if (!ok || !ok->boolean)
        cli->exit_code = EXIT_FOUND;
    TRY(items_add(&items, &cli->arena, json_find(root, "plans"), err));
    return view_list(cli, &price_view, &items, err);
}

/* --- import --- */

static const char *const outcome_names[] = {"applied", "duplicate", "stale",    "orphan",
                                            "ignored", "livemode",  "conflict", "refused"};
struct import_sums {
    uint64_t counts[ARRAY_COUNT(outcome_names)];
    uint64_t lines_before;
};

static void add_answer(struct cli *cli, struct import_sums *sums, const struct json *root)
{
    const struct json *reasons = json_find(root, "reasons");
    for (size_t i = 0; i < ARRAY_COUNT(outcome_names); i++) {
        uint64_t n = 0;
        (void)json_to_u64(json_find(root, outcome_names[i]), &n); /* absent counts as none */
        sums->counts[i] += n;
    }
    for (const struct json *r = reasons ? reasons->first : NULL; r; r = r->next) {
        uint64_t line = 0;
        const struct json *reason = json_find(r, "reason");
        (void)json_to_u64(json_find(r, "line"), &line);
        cli_warn(cli, N_("line %llu: %.*s"), (unsigned long long)(sums->lines_before + line),
                 SLICE_ARG(reason ? reason->text : S("?")));
    }
}

/* Whole lines, as many as one call takes; the rest stays in *rest. */
static slice next_chunk(slice *rest, uint64_t *ret_lines)
{
    size_t len = 0;
    *ret_lines = 0;
    while (len < rest->len && *ret_lines < CHUNK_LINES) {
        size_t at;
        slice tail = slice_from(*rest, len);
        size_t line = slice_find_byte(tail, '\n', &at) ? at + 1 : tail.len;
        if (len && len + line > CHUNK_BYTES)
            break;
        len += line;
        ++*ret_lines;
    }
    slice chunk = slice_sub(*rest, 0, len);
    *rest = slice_from(*rest, len);
    return chunk;
}

static status print_sums(struct cli *cli, const struct import_sums *sums, struct error *err)
{
    static const struct column columns[] = {
        {"applied", N_("APPLIED"), COLUMN_NUMBER},   {"duplicate", N_("DUPLICATE"), COLUMN_NUMBER},
        {"stale", N_("STALE"), COLUMN_NUMBER},       {"orphan", N_("ORPHANS"), COLUMN_NUMBER},
        {"ignored", N_("IGNORED"), COLUMN_NUMBER},   {"livemode", N_("WRONG MODE"), COLUMN_NUMBER},
        {"conflict", N_("CONFLICT"), COLUMN_NUMBER}, {"refused", N_("REFUSED"), COLUMN_NUMBER}};
    struct table table;
    table_init(&table, &cli->arena, columns, ARRAY_COUNT(columns));
    slice *row = table_row(&table);
    for (size_t i = 0; row && i < ARRAY_COUNT(columns); i++)
        row[i] = arena_printf(&cli->arena, "%llu", (unsigned long long)sums->counts[i]);
    return view_table(cli, "imports", &table, err);
}

static status import_run(struct cli *cli, struct error *err)
{
    struct import_sums sums = {0};
    slice rest;
    TRY(file_read(cli->words[0], EVENTS_FILE_MAX, &cli->arena, &rest, err));
    while (rest.len > 0) {
        const struct json *root;
        uint64_t lines;
        slice chunk = next_chunk(&rest, &lines);
        struct request request = {METHOD_POST, S("/api/admin/billing/import"), S(""), chunk};
        TRY(client_call(cli, &request, &root, err));
        add_answer(cli, &sums, root);
        sums.lines_before += lines;
    }
    if (sums.counts[ARRAY_COUNT(outcome_names) - 1])
        cli->exit_code = EXIT_VERIFY;
    return print_sums(cli, &sums, err);
}

/* --- the table --- */

static const struct example status_examples[] = {
    {"sleuth billing status", N_("mode, keys, prices, and what waits")},
    {0},
};
static const struct example link_examples[] = {
    {"sleuth billing link ada@example.com cus_123",
     N_("and applies the events that waited for it")},
    {0},
};
static const struct example sync_examples[] = {
    {"sleuth billing sync", N_("missed events, and every subscription in doubt")},
    {"sleuth billing sync ada@example.com", N_("the subscriptions of one user")},
    {0},
};
static const struct example replay_examples[] = {
    {"sleuth billing replay evt_123", N_("after a price was added to plans.conf")},
    {0},
};
static const struct example import_examples[] = {
    {"sleuth billing import-events events.jsonl", N_("what a relay outside has captured")},
    {0},
};
static const struct example check_examples[] = {
    {"sleuth billing plans-check", N_("amount, currency and interval of each price")},
    {0},
};

/* clang-format off */
static const struct command commands[] = {
    {"billing", "status", NULL, 0, 0, N_("Show how billing is set up and what waits."), NULL, status_examples, NULL, false, status_run},
    {"billing", "link", "USER CUSTOMER", 2, 2, N_("Tie a customer of Stripe to a user."), NULL, link_examples, NULL, false, link_run},
    {"billing", "sync", "[USER]", 0, 1, N_("Ask Stripe how subscriptions stand."), N_("Without USER: fetches missed events, then reads back what is in doubt."), sync_examples, NULL, false, sync_run},
    {"billing", "replay", "EVENT", 1, 1, N_("Apply a stored event again."), NULL, replay_examples, NULL, false, replay_run},
    {"billing", "import-events", "FILE", 1, 1, N_("Apply events that were captured elsewhere."), N_("One JSON object per line: header, body (as received) and received_at (Unix seconds). Signatures are checked as of received_at; events that were seen are skipped. Exit code 3 when a line was refused."), import_examples, NULL, false, import_run},
    {"billing", "plans-check", NULL, 0, 0, N_("Compare the prices at Stripe with the plans."), N_("Exit code 1 when one does not fit."), check_examples, NULL, false, plans_check_run},
    {0},
};
/* clang-format on */

const struct noun noun_billing = {.name = "billing",
                                  .summary = N_("payments by card: status, sync, events"),
                                  .group = N_("Plans and billing"),
                                  .commands = commands};
