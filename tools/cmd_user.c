/* sleuth user: accounts of the appliance. */
#include "tools/resolve.h"

#include <stdio.h>

static const struct column user_columns[] = {
    {"id", N_("ID"), COLUMN_NUMBER},           {"email", N_("E-MAIL"), COLUMN_TEXT},
    {"plan", N_("PLAN"), COLUMN_TEXT},         {"role", N_("ROLE"), COLUMN_TEXT},
    {"enabled", N_("ENABLED"), COLUMN_TEXT},   {"name", N_("NAME"), COLUMN_TEXT},
    {"created_at", N_("CREATED"), COLUMN_TIME}};
static const struct view user_list = {"users", user_columns, ARRAY_COUNT(user_columns)};
static const struct view user_one = {NULL, user_columns, ARRAY_COUNT(user_columns)};

static const struct column session_columns[] = {{"id", N_("ID"), COLUMN_TEXT},
                                                {"created_at", N_("CREATED"), COLUMN_TIME},
                                                {"last_seen_at", N_("LAST SEEN"), COLUMN_TIME},
                                                {"expires_at", N_("EXPIRES"), COLUMN_TIME},
                                                {"address", N_("ADDRESS"), COLUMN_TEXT},
                                                {"user_agent", N_("BROWSER"), COLUMN_TEXT}};
static const struct view session_list = {"sessions", session_columns, ARRAY_COUNT(session_columns)};

static slice user_path(struct cli *cli, uint64_t id, const char *tail)
{
    return client_path(cli, "/api/admin/users/%llu%s", (unsigned long long)id, tail);
}

/* The answer of a change: the object for programs, a sentence for people. */
static status changed(struct cli *cli, const struct json *root, const char *sentence,
                      struct error *err)
{
    if (cli->format != FORMAT_TABLE)
        return view_object(cli, &user_one, root, err);
    cli_note(cli, "%s: %s", cli->words[0], cli_tr(cli, sentence));
    return ST_OK;
}

/* --- create, list, show --- */

static void create_body(struct cli *cli, slice password, struct buf *body)
{
    static const char *const texts[] = {"plan", "role", "name", "language"};
    struct json_out w;
    json_out_init(&w, body, 0);
    json_object(&w);
    json_key_str(&w, "email", slice_of(cli->words[0]));
    if (password.len)
        json_key_str(&w, "password", password);
    for (size_t i = 0; i < ARRAY_COUNT(texts); i++)
        if (cli_flag(cli, texts[i]))
            json_key_str(&w, texts[i], slice_of(cli_text(cli, texts[i])));
    json_end(&w);
}

static status create_run(struct cli *cli, struct error *err)
{
    const struct json *root;
    struct buf body;
    slice password = S("");
    if (!cli_flag(cli, "no-password"))
        TRY(prompt_secret(cli, N_("Password of the new user"), cli_text(cli, "password-file"),
                          /* confirm= */ true, &password, err));
    if (cli->dry_run) {
        cli_note(cli, N_("would create '%s'"), cli->words[0]);
        return ST_OK;
    }
    cli->may_create_data = true;
    buf_init_arena(&body, &cli->arena, 1 << 16);
    create_body(cli, password, &body);
    struct request request = {METHOD_POST, S("/api/admin/users"), S(""), buf_slice(&body)};
    TRY(client_call(cli, &request, &root, err));
    return changed(cli, root, N_("created"), err);
}

static status list_run(struct cli *cli, struct error *err)
{
    return client_list(cli, S("/api/admin/users"), S(""), &user_list, err);
}

static status show_run(struct cli *cli, struct error *err)
{
    uint64_t id;
    TRY(resolve_user(cli, cli->words[0], &id, err));
    return client_show(cli, user_path(cli, id, ""), &user_one, err);
}

/* --- changes --- */

static status patch_text(struct cli *cli, const char *member, const char *value,
                         const char *sentence, struct error *err)
{
    const struct json *root;
    struct json_out w;
    struct buf body;
    uint64_t id;
    TRY(resolve_user(cli, cli->words[0], &id, err));
    buf_init_arena(&body, &cli->arena, 1 << 12);
    json_out_init(&w, &body, 0);
    json_object(&w);
    json_key_str(&w, member, slice_of(value));
    json_end(&w);
    struct request request = {METHOD_PATCH, user_path(cli, id, ""), S(""), buf_slice(&body)};
    TRY(client_call(cli, &request, &root, err));
    return changed(cli, root, sentence, err);
}

static status set_plan_run(struct cli *cli, struct error *err)
{
    const struct json *root;
    struct json_out w;
    struct buf body;
    uint64_t id;
    TRY(resolve_user(cli, cli->words[0], &id, err));
    buf_init_arena(&body, &cli->arena, 1 << 12);
    json_out_init(&w, &body, 0);
    json_object(&w);
    json_key_str(&w, "plan", slice_of(cli->words[1]));
    if (cli_flag(cli, "until"))
        json_key_str(&w, "plan_until", slice_of(cli_text(cli, "until")));
    json_key_str(&w, "plan_note", slice_of(cli_flag(cli, "note") ? cli_text(cli, "note") : ""));
    json_end(&w);
    struct request request = {METHOD_PATCH, user_path(cli, id, ""), S(""), buf_slice(&body)};
    TRY(client_call(cli, &request, &root, err));
    return changed(cli, root, N_("plan changed"), err);
}

static status set_role_run(struct cli *cli, struct error *err)
{
    return patch_text(cli, "role", cli->words[1], N_("role changed"), err);
}

static status patch_enabled(struct cli *cli, bool enabled, const char *sentence, struct error *err)
{
    const struct json *root;
    uint64_t id;
    TRY(resolve_user(cli, cli->words[0], &id, err));
    struct request request = {METHOD_PATCH, user_path(cli, id, ""), S(""),
                              enabled ? S("{\"enabled\":true}") : S("{\"enabled\":false}")};
    TRY(client_call(cli, &request, &root, err));
    return changed(cli, root, sentence, err);
}

static status disable_run(struct cli *cli, struct error *err)
{
    return patch_enabled(cli, false, N_("disabled; its keys and sessions stop working now"), err);
}

static status enable_run(struct cli *cli, struct error *err)
{
    return patch_enabled(cli, true, N_("enabled"), err);
}

static status reset_totp_run(struct cli *cli, struct error *err)
{
    const struct json *root;
    uint64_t id;
    TRY(resolve_user(cli, cli->words[0], &id, err));
    TRY(confirm(cli, err, N_("Switch off the second factor of '%s'?"), cli->words[0]));
    struct request request = {METHOD_PATCH, user_path(cli, id, ""), S(""),
                              S("{\"totp_enabled\":false}")};
    TRY(client_call(cli, &request, &root, err));
    return changed(cli, root, N_("second factor switched off"), err);
}

static status delete_run(struct cli *cli, struct error *err)
{
    const struct json *root;
    uint64_t id;
    TRY(resolve_user(cli, cli->words[0], &id, err));
    TRY(confirm(cli, err, N_("Delete '%s' with its keys, sessions, files and analyses?"),
                cli->words[0]));
    struct request request = {METHOD_DELETE, user_path(cli, id, ""), S(""), S("")};
    TRY(client_call(cli, &request, &root, err));
    cli_note(cli, "%s: %s", cli->words[0], cli_tr(cli, N_("deleted")));
    return ST_OK;
}

/* --- passwords and sessions --- */

/* A link alone on standard output, what to do with it beside. */
static status link_made(struct cli *cli, struct request *request, struct error *err)
{
    const struct json *root;
    TRY(client_call(cli, request, &root, err));
    if (cli->format != FORMAT_TABLE)
        return view_object(cli, &user_one, root, err);
    buf_put(&cli->out, view_cell(cli, json_find(root, "url"), COLUMN_TEXT));
    buf_put_byte(&cli->out, '\n');
    cli_note(cli, N_("give this link to the user; it works once and expires at %.*s"),
             SLICE_ARG(view_cell(cli, json_find(root, "expires_at"), COLUMN_TIME)));
    return ST_OK;
}

static status reset_run(struct cli *cli, struct error *err)
{
    uint64_t id;
    TRY(resolve_user(cli, cli->words[0], &id, err));
    struct request request = {METHOD_POST, user_path(cli, id, "/reset-link"), S(""), S("")};
    return link_made(cli, &request, err);
}

static status invite_run(struct cli *cli, struct error *err)
{
    struct json_out w;
    struct buf body;
    buf_init_arena(&body, &cli->arena, 1 << 12);
    json_out_init(&w, &body, 0);
    json_object(&w);
    json_key_str(&w, "email", slice_of(cli->words[0]));
    if (cli_flag(cli, "plan"))
        json_key_str(&w, "plan", slice_of(cli_text(cli, "plan")));
    if (cli_flag(cli, "days"))
        json_key_u64(&w, "expires_in_days", cli_whole(cli, "days", 0));
    json_end(&w);
    struct request request = {METHOD_POST, S("/api/admin/invites"), S(""), buf_slice(&body)};
    return link_made(cli, &request, err);
}

static status sessions_run(struct cli *cli, struct error *err)
{
    const struct json *root;
    uint64_t id;
    TRY(resolve_user(cli, cli->words[0], &id, err));
    slice path = user_path(cli, id, "/sessions");
    if (!cli_flag(cli, "end"))
        return client_list(cli, path, S(""), &session_list, err);
    struct request request = {METHOD_DELETE, path, S(""), S("")};
    TRY(client_call(cli, &request, &root, err));
    cli_note(cli, "%s: %s", cli->words[0], cli_tr(cli, N_("all sessions ended")));
    return ST_OK;
}

/* --- the table --- */

static const struct flag create_flags[] = {
    {"plan", .kind = FLAG_CHOICE, .value = "free|pro|business|enterprise",
     .summary = N_("plan of the user (default: the licence's, else free)")},
    {"role", .kind = FLAG_CHOICE, .value = "user|reviewer|admin",
     .summary = N_("what the user may do (default: user)")},
    {"name", .kind = FLAG_TEXT, .value = "NAME", .summary = N_("name as shown to others")},
    {"language", .kind = FLAG_CHOICE, .value = "en|zh", .summary = N_("language of the user")},
    {"password-file", .kind = FLAG_TEXT, .value = "FILE",
     .summary = N_("file whose first line is the password; '-' for standard input")},
    {"no-password", .kind = FLAG_SWITCH,
     .summary = N_("an account that cannot sign in: for API keys only")},
    {0},
};
static const struct flag plan_flags[] = {
    {"until", .kind = FLAG_TEXT, .value = "DATE",
     .summary = N_("when the plan ends, UTC (default: it does not); then the free plan counts")},
    {"note", .kind = FLAG_TEXT, .value = "TEXT",
     .summary = N_("why, for the audit log and others")},
    {0},
};
static const struct flag session_flags[] = {
    {"end", .kind = FLAG_SWITCH, .summary = N_("end all sessions of the user")},
    {0},
};

static const struct flag invite_flags[] = {
    {"plan", .kind = FLAG_CHOICE, .value = "free|pro|business|enterprise",
     .summary = N_("plan of the account (default: free)")},
    {"days", .kind = FLAG_WHOLE, .value = "N",
     .summary = N_("how long the link works (default: 7)")},
    {0},
};

static const struct example invite_examples[] = {
    {"sleuth user invite ada@example.com --plan pro",
     N_("prints a link that creates this account")},
    {0},
};
static const struct example totp_examples[] = {
    {"sleuth user reset-totp ada@example.com", N_("for who lost phone and recovery codes")},
    {0},
};
static const struct example create_examples[] = {
    {"sleuth user create ada@example.com --plan pro --password-file pw.txt",
     N_("a user whose password comes from a file")},
    {"sleuth user create admin@example.com --role admin",
     N_("an administrator; asks for the password")},
    {"sleuth user create ci@example.com --no-password", N_("for API keys only")},
    {0},
};
static const struct example list_examples[] = {
    {"sleuth user list", N_("all users")},
    {"sleuth user list -o csv --columns email,plan", N_("for a spreadsheet")},
    {0},
};
static const struct example show_examples[] = {
    {"sleuth user show ada@example.com", N_("one user by e-mail address")},
    {"sleuth user show 17 -o json", N_("by id, for a program")},
    {0},
};
static const struct example plan_examples[] = {
    {"sleuth user set-plan ada@example.com business", N_("the new limits apply at once")},
    {"sleuth user set-plan ada@example.com pro --until 2027-01-01 --note \"pilot, order 4711\"",
     N_("a manual plan that ends by itself")},
    {0},
};
static const struct example role_examples[] = {
    {"sleuth user set-role ada@example.com reviewer", N_("may review and sign verdicts")},
    {0},
};
static const struct example disable_examples[] = {
    {"sleuth user disable ada@example.com", N_("the very next request is refused")},
    {0},
};
static const struct example enable_examples[] = {
    {"sleuth user enable ada@example.com", N_("everything is as it was before")},
    {0},
};
static const struct example delete_examples[] = {
    {"sleuth user delete ada@example.com", N_("asks first")},
    {"sleuth user delete ada@example.com --yes", N_("in a script")},
    {0},
};
static const struct example reset_examples[] = {
    {"sleuth user reset-password ada@example.com", N_("prints a link that works once")},
    {0},
};
static const struct example session_examples[] = {
    {"sleuth user sessions ada@example.com", N_("where the user is signed in")},
    {"sleuth user sessions ada@example.com --end", N_("signs the user out everywhere")},
    {0},
};

/* clang-format off */
static const struct command commands[] = {
    {"user", "create", "EMAIL", 1, 1, N_("Create a user."), N_("Prints nothing on standard output unless -o json is given."), create_examples, create_flags, false, create_run},
    {"user", "list", NULL, 0, 0, N_("List all users."), NULL, list_examples, NULL, false, list_run},
    {"user", "show", "USER", 1, 1, N_("Show one user."), N_("USER is an id, an e-mail address, or the beginning of one."), show_examples, NULL, false, show_run},
    {"user", "set-plan", "USER PLAN", 2, 2, N_("Change the plan of a user."), N_("What was used so far stays counted; the new limits apply to the next request."), plan_examples, plan_flags, false, set_plan_run},
    {"user", "set-role", "USER ROLE", 2, 2, N_("Change the role of a user: user, reviewer or admin."), NULL, role_examples, NULL, false, set_role_run},
    {"user", "disable", "USER", 1, 1, N_("Lock a user out."), NULL, disable_examples, NULL, false, disable_run},
    {"user", "enable", "USER", 1, 1, N_("Let a disabled user in again."), NULL, enable_examples, NULL, false, enable_run},
    {"user", "delete", "USER", 1, 1, N_("Delete a user and all that belongs to the account."), NULL, delete_examples, NULL, false, delete_run},
    {"user", "reset-password", "USER", 1, 1, N_("Make a link with which a user sets a new password."), NULL, reset_examples, NULL, false, reset_run},
    {"user", "reset-totp", "USER", 1, 1, N_("Switch off the second factor of a user."), NULL, totp_examples, NULL, false, reset_totp_run},
    {"user", "invite", "EMAIL", 1, 1, N_("Make a link with which one address creates its account."), N_("Works when auth.signup is 'invite' or 'open'."), invite_examples, invite_flags, false, invite_run},
    {"user", "sessions", "USER", 1, 1, N_("List or end the browser sessions of a user."), NULL, session_examples, session_flags, false, sessions_run},
    {0},
};
/* clang-format on */

const struct noun noun_user = {.name = "user",
                               .summary = N_("accounts: create, plans, roles, passwords"),
                               .group = N_("Users and keys"),
                               .commands = commands};
