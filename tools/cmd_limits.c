/* sleuth limits: numbers of one user or key that differ from those of the plan. */
#include "tools/resolve.h"

static const struct column columns[] = {
    {"email", N_("E-MAIL"), COLUMN_TEXT},
    {"plan", N_("PLAN"), COLUMN_TEXT},
    {"limit_overrides.per_minute", N_("PER MINUTE"), COLUMN_NUMBER},
    {"limit_overrides.per_day", N_("PER DAY"), COLUMN_NUMBER},
    {"limit_overrides.analyses_per_month", N_("ANALYSES/MONTH"), COLUMN_NUMBER},
    {"limit_overrides.file_bytes", N_("FILE BYTES"), COLUMN_NUMBER},
};
static const struct view view = {NULL, columns, ARRAY_COUNT(columns)};

static const struct column key_columns[] = {
    {"user_email", N_("E-MAIL"), COLUMN_TEXT},
    {"prefix", N_("KEY"), COLUMN_TEXT},
    {"rate_override.per_minute", N_("PER MINUTE"), COLUMN_NUMBER},
    {"rate_override.per_day", N_("PER DAY"), COLUMN_NUMBER},
};
static const struct view key_view = {NULL, key_columns, ARRAY_COUNT(key_columns)};

enum { KEY_LIMITS = 2 }; /* the first ones: what a key may have of its own */

static const struct {
    const char *flag;
    const char *member;
} limits[] = {
    {"per-minute", "per_minute"},
    {"per-day", "per_day"},
    {"analyses", "analyses_per_month"},
    {"file-bytes", "file_bytes"},
};

/* Keys are named by what lists show of them. */
static bool means_key(const struct cli *cli)
{
    return slice_has_prefix(slice_of(cli->words[0]), S("sk_"));
}

static status subject_path(struct cli *cli, slice *ret, struct error *err)
{
    uint64_t id;
    if (means_key(cli))
        TRY(resolve_key(cli, cli->words[0], &id, err));
    else
        TRY(resolve_user(cli, cli->words[0], &id, err));
    *ret = client_path(cli, means_key(cli) ? "/api/admin/keys/%llu" : "/api/admin/users/%llu",
                       (unsigned long long)id);
    return ST_OK;
}

static const struct view *subject_view(const struct cli *cli)
{
    return means_key(cli) ? &key_view : &view;
}

static status show_run(struct cli *cli, struct error *err)
{
    slice path;
    TRY(subject_path(cli, &path, err));
    return client_show(cli, path, subject_view(cli), err);
}

static status change(struct cli *cli, const struct buf *body, struct error *err)
{
    const struct json *root;
    slice path;
    TRY(subject_path(cli, &path, err));
    struct request request = {METHOD_PATCH, path, S(""), buf_slice(body)};
    TRY(client_call(cli, &request, &root, err));
    if (cli->format != FORMAT_TABLE)
        return view_object(cli, subject_view(cli), root, err);
    cli_note(cli, "%s: %s", cli->words[0], cli_tr(cli, N_("limits changed")));
    return ST_OK;
}

static status set_run(struct cli *cli, struct error *err)
{
    struct json_out w;
    struct buf body;
    size_t given = 0;
    buf_init_arena(&body, &cli->arena, 1 << 12);
    json_out_init(&w, &body, 0);
    json_object(&w);
    for (size_t i = 0; i < ARRAY_COUNT(limits); i++) {
        if (!cli_flag(cli, limits[i].flag))
            continue;
        if (means_key(cli) && i >= KEY_LIMITS)
            return cli_usage(cli, err, N_("a key has no limit '%s' of its own"), limits[i].flag);
        json_key_u64(&w, limits[i].member, cli_whole(cli, limits[i].flag, 0));
        given++;
    }
    json_end(&w);
    if (given == 0)
        return cli_usage(cli, err, N_("missing: %s"), "--per-minute N");
    return change(cli, &body, err);
}

/* 0 takes the plan's number again. */
static status clear_run(struct cli *cli, struct error *err)
{
    struct json_out w;
    struct buf body;
    buf_init_arena(&body, &cli->arena, 1 << 12);
    json_out_init(&w, &body, 0);
    json_object(&w);
    for (size_t i = 0; i < (means_key(cli) ? (size_t)KEY_LIMITS : ARRAY_COUNT(limits)); i++)
        json_key_u64(&w, limits[i].member, 0);
    json_end(&w);
    return change(cli, &body, err);
}

static const struct flag set_flags[] = {
    {"per-minute", .kind = FLAG_WHOLE, .value = "N", .summary = N_("requests in any 60 seconds")},
    {"per-day", .kind = FLAG_WHOLE, .value = "N", .summary = N_("requests per day (UTC)")},
    {"analyses", .kind = FLAG_WHOLE, .value = "N", .summary = N_("analyses per month (UTC)")},
    {"file-bytes", .kind = FLAG_WHOLE, .value = "N", .summary = N_("bytes of stored files")},
    {0},
};

static const struct example show_examples[] = {
    {"sleuth limits show ada@example.com", N_("what differs from the plan")},
    {0},
};
static const struct example set_examples[] = {
    {"sleuth limits set sk_live_Ab3xY9q --per-day 50",
     N_("one key that may do less than its user")},
    {"sleuth limits set ada@example.com --per-minute 30 --analyses 500",
     N_("these two differ from the plan from now on")},
    {0},
};
static const struct example clear_examples[] = {
    {"sleuth limits clear ada@example.com", N_("the numbers of the plan again")},
    {0},
};

/* clang-format off */
static const struct command commands[] = {
    {"limits", "show", "USER|KEY", 1, 1, N_("Show the limits of a user or key that differ from the plan."), NULL, show_examples, NULL, false, show_run},
    {"limits", "set", "USER|KEY", 1, 1, N_("Change limits of one user or key."), N_("0 takes the number of the plan again. Limits of a key can only be lower than its user's."), set_examples, set_flags, false, set_run},
    {"limits", "clear", "USER|KEY", 1, 1, N_("Take the limits of the plan again."), NULL, clear_examples, NULL, false, clear_run},
    {0},
};
/* clang-format on */

const struct noun noun_limits = {.name = "limits",
                                 .summary = N_("limits of one user that differ from the plan"),
                                 .group = N_("Users and keys"),
                                 .commands = commands};
