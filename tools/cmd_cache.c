/* sleuth cache list|clear: results that are kept so that the same log is not computed twice. */
#include "tools/client.h"
#include "tools/resolve.h"

static const struct column columns[] = {
    {"user_id", N_("USER"), COLUMN_NUMBER},     {"analysis", N_("ANALYSIS"), COLUMN_TEXT},
    {"bytes", N_("BYTES"), COLUMN_NUMBER},      {"created_at", N_("CREATED"), COLUMN_TIME},
    {"expires_at", N_("EXPIRES"), COLUMN_TIME},
};
static const struct view entries = {"entries", columns, ARRAY_COUNT(columns)};

static status list_run(struct cli *cli, struct error *err)
{
    return client_list(cli, S("/api/host/cache"), S(""), &entries, err);
}

static status clear_run(struct cli *cli, struct error *err)
{
    const struct json *root;
    const char *name = cli_text(cli, "user");
    struct request request = {.method = METHOD_POST, .path = S("/api/host/cache/clear")};
    uint64_t user, cleared = 0;
    if (name) {
        TRY(resolve_user(cli, name, &user, err));
        request.query = arena_printf(&cli->arena, "user=%llu", (unsigned long long)user);
    }
    if (cli->dry_run) {
        cli_note(cli, N_("would forget the cached results"));
        return ST_OK;
    }
    TRY(client_call(cli, &request, &root, err));
    if (cli->format_given)
        return view_object(cli, &(struct view){0}, root, err);
    (void)json_to_u64(json_find(root, "cleared"), &cleared); /* 0 then */
    cli_note(cli, N_("%llu cached results forgotten"), (unsigned long long)cleared);
    return ST_OK;
}

/* clang-format off */
static const struct flag clear_flags[] = {
    {"user", .kind = FLAG_TEXT, .value = "USER", .summary = N_("only results of this user")},
    {0},
};
static const struct example list_examples[] = {
    {"sleuth cache list -o csv", N_("every kept result with its size")},
    {0},
};
static const struct example clear_examples[] = {
    {"sleuth cache clear", N_("the next analyses are computed again")},
    {0},
};
static const struct command commands[] = {
    {"cache", "list", NULL, 0, 0, N_("List cached results."), NULL, list_examples, NULL, false, list_run},
    {"cache", "clear", NULL, 0, 0, N_("Forget cached results."), N_("Analyses in the history stay. The same log is computed, and counted, again."), clear_examples, clear_flags, false, clear_run},
    {0},
};
/* clang-format on */

const struct noun noun_cache = {.name = "cache",
                                .summary = N_("cached results: list, clear"),
                                .group = N_("Analysis"),
                                .commands = commands};
