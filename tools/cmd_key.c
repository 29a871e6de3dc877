/* sleuth key: API keys. A new key is printed alone on standard output, once. */
#include "tools/resolve.h"

static const struct column key_columns[] = {
    {"id", N_("ID"), COLUMN_NUMBER},
    {"prefix", N_("API KEY"), COLUMN_TEXT},
    {"name", N_("NAME"), COLUMN_TEXT},
    {"user_email", N_("USER"), COLUMN_TEXT},
    {"is_active", N_("ACTIVE"), COLUMN_TEXT},
    {"created_at", N_("CREATED"), COLUMN_TIME},
    {"last_used_at", N_("LAST USED"), COLUMN_TIME},
    {"expires_at", N_("EXPIRES"), COLUMN_TIME},
};
static const struct view key_list = {"keys", key_columns, ARRAY_COUNT(key_columns)};

static const struct column key_details[] = {
    {"id", N_("ID"), COLUMN_NUMBER},
    {"prefix", N_("API KEY"), COLUMN_TEXT},
    {"name", N_("NAME"), COLUMN_TEXT},
    {"user_email", N_("USER"), COLUMN_TEXT},
    {"is_active", N_("ACTIVE"), COLUMN_TEXT},
    {"livemode", N_("COUNTS"), COLUMN_TEXT},
    {"scopes", N_("SCOPES"), COLUMN_TEXT},
    {"allowed_cidrs", N_("NETWORKS"), COLUMN_TEXT},
    {"created_at", N_("CREATED"), COLUMN_TIME},
    {"last_used_at", N_("LAST USED"), COLUMN_TIME},
    {"expires_at", N_("EXPIRES"), COLUMN_TIME},
    {"revoked_at", N_("REVOKED"), COLUMN_TIME},
};
static const struct view key_one = {NULL, key_details, ARRAY_COUNT(key_details)};

static slice key_path(struct cli *cli, uint64_t id, const char *tail)
{
    return client_path(cli, "/api/admin/keys/%llu%s", (unsigned long long)id, tail);
}

/* The key alone on standard output; what to do with it on standard error. */
static status key_print(struct cli *cli, const struct json *root, struct error *err)
{
    const struct json *key = json_find(root, "key");
    if (cli->format == FORMAT_JSON || cli->format == FORMAT_JSONL)
        return view_object(cli, &key_one, root, err);
    if (!key || key->kind != JSON_STRING)
        return error_set(err, ST_INTERNAL, N_("the answer holds no key"));
    buf_put(&cli->out, key->text);
    buf_put_byte(&cli->out, '\n');
    if (!cli->quiet)
        cli_warn(cli, N_("save this key now: it is not shown again"));
    return ST_OK;
}

/* --- create --- */

static void list_member(struct cli *cli, struct json_out *w, const char *flag, const char *member)
{
    if (!cli_flag(cli, flag))
        return;
    json_key(w, member);
    json_array(w);
    for (size_t i = 0; cli_text_at(cli, flag, i); i++) {
        slice rest = slice_of(cli_text_at(cli, flag, i));
        slice part;
        while (slice_split(&rest, ',', &part))
            json_str(w, slice_trim(part));
    }
    json_end(w);
}

static void create_body(struct cli *cli, struct buf *body)
{
    struct json_out w;
    json_out_init(&w, body, 0);
    json_object(&w);
    if (cli_flag(cli, "name"))
        json_key_str(&w, "name", slice_of(cli_text(cli, "name")));
    if (cli_flag(cli, "expires-in-days"))
        json_key_u64(&w, "expires_in_days", cli_whole(cli, "expires-in-days", 0));
    if (cli_flag(cli, "test"))
        json_key_bool(&w, "livemode", false);
    list_member(cli, &w, "scope", "scopes");
    list_member(cli, &w, "allow-from", "allowed_cidrs");
    json_end(&w);
}

static status create_run(struct cli *cli, struct error *err)
{
    const struct json *root;
    struct buf body;
    uint64_t user;
    TRY(resolve_user(cli, cli->words[0], &user, err));
    if (cli->dry_run) {
        cli_note(cli, N_("would create a key for '%s'"), cli->words[0]);
        return ST_OK;
    }
    buf_init_arena(&body, &cli->arena, 1 << 16);
    create_body(cli, &body);
    slice path = client_path(cli, "/api/admin/users/%llu/keys", (unsigned long long)user);
    struct request request = {METHOD_POST, path, S(""), buf_slice(&body)};
    TRY(client_call(cli, &request, &root, err));
    return key_print(cli, root, err);
}

/* --- list, show, revoke, rotate --- */

static status list_run(struct cli *cli, struct error *err)
{
    slice query = cli_flag(cli, "all") ? S("include=revoked") : S("");
    uint64_t user;
    if (cli->word_count == 0)
        return client_list(cli, S("/api/admin/keys"), query, &key_list, err);
    TRY(resolve_user(cli, cli->words[0], &user, err));
    slice path = client_path(cli, "/api/admin/users/%llu/keys", (unsigned long long)user);
    return client_list(cli, path, query, &key_list, err);
}

static status show_run(struct cli *cli, struct error *err)
{
    uint64_t id;
    TRY(resolve_key(cli, cli->words[0], &id, err));
    return client_show(cli, key_path(cli, id, ""), &key_one, err);
}

static status revoke_run(struct cli *cli, struct error *err)
{
    const struct json *root;
    uint64_t id;
    TRY(resolve_key(cli, cli->words[0], &id, err));
    struct request request = {METHOD_DELETE, key_path(cli, id, ""), S(""), S("")};
    TRY(client_call(cli, &request, &root, err));
    if (cli->format != FORMAT_TABLE)
        return view_object(cli, &key_one, root, err);
    cli_note(cli, "%s: %s", cli->words[0], cli_tr(cli, N_("revoked; the next request is refused")));
    return ST_OK;
}

static status rotate_run(struct cli *cli, struct error *err)
{
    const struct json *root;
    struct json_out w;
    struct buf body;
    uint64_t id;
    TRY(resolve_key(cli, cli->words[0], &id, err));
    buf_init_arena(&body, &cli->arena, 1 << 12);
    json_out_init(&w, &body, 0);
    json_object(&w);
    json_key_u64(&w, "grace_seconds", cli_whole(cli, "grace-seconds", 86400));
    if (cli_flag(cli, "name"))
        json_key_str(&w, "name", slice_of(cli_text(cli, "name")));
    json_end(&w);
    struct request request = {METHOD_POST, key_path(cli, id, "/rotate"), S(""), buf_slice(&body)};
    TRY(client_call(cli, &request, &root, err));
    TRY(key_print(cli, root, err));
    cli_note(cli, N_("the old key works until %.*s"),
             SLICE_ARG(view_cell(cli, json_at(root, "previous.expires_at"), COLUMN_TIME)));
    return ST_OK;
}

/* --- the table --- */

static const struct flag create_flags[] = {
    {"name", .kind = FLAG_TEXT, .value = "NAME", .summary = N_("what the key is for")},
    {"expires-in-days", .kind = FLAG_WHOLE, .value = "N",
     .summary = N_("the key ends after this time (default: never)")},
    {"scope", .kind = FLAG_TEXT, .repeatable = true, .value = "SCOPE",
     .summary =
         N_("what the key may do, e.g. detect (default: all but managing keys and billing)")},
    {"allow-from", .kind = FLAG_TEXT, .repeatable = true, .value = "CIDR",
     .summary = N_("networks that may use the key (default: all)")},
    {"test", .kind = FLAG_SWITCH,
     .summary = N_("a test key: everything works, nothing is counted")},
    {0},
};
static const struct flag list_flags[] = {
    {"all", .kind = FLAG_SWITCH, .summary = N_("revoked keys, too")},
    {0},
};
static const struct flag rotate_flags[] = {
    {"grace-seconds", .kind = FLAG_WHOLE, .value = "N",
     .summary = N_("how long the old key goes on working (default 86400; 0 for a leaked key)")},
    {"name", .kind = FLAG_TEXT, .value = "NAME", .summary = N_("name of the new key")},
    {0},
};

static const struct example create_examples[] = {
    {"KEY=$(sleuth key create ada@example.com --name ci)",
     N_("the key alone goes to standard output")},
    {"sleuth key create ada@example.com --name notebook --expires-in-days 30",
     N_("a key that ends by itself")},
    {0},
};
static const struct example list_examples[] = {
    {"sleuth key list", N_("keys of all users; only their beginnings are known")},
    {"sleuth key list ada@example.com --all", N_("keys of one user, revoked ones included")},
    {0},
};
static const struct example show_examples[] = {
    {"sleuth key show sk_live_Ab3", N_("one key by its beginning")},
    {0},
};
static const struct example revoke_examples[] = {
    {"sleuth key revoke sk_live_Ab3", N_("by its beginning; the next request is refused")},
    {0},
};
static const struct example rotate_examples[] = {
    {"sleuth key rotate sk_live_Ab3", N_("a successor; the old key works for another day")},
    {"sleuth key rotate sk_live_Ab3 --grace-seconds 0", N_("the key has leaked")},
    {0},
};

/* clang-format off */
static const struct command commands[] = {
    {"key", "create", "USER", 1, 1, N_("Create an API key and print it, once."), N_("Only a hash of the key is stored: it cannot be shown again."), create_examples, create_flags, false, create_run},
    {"key", "list", "[USER]", 0, 1, N_("List API keys."), NULL, list_examples, list_flags, false, list_run},
    {"key", "show", "KEY", 1, 1, N_("Show one API key."), N_("KEY is an id or the beginning of the key."), show_examples, NULL, false, show_run},
    {"key", "revoke", "KEY", 1, 1, N_("Revoke an API key."), NULL, revoke_examples, NULL, false, revoke_run},
    {"key", "rotate", "KEY", 1, 1, N_("Replace an API key by a new one."), N_("The successor has the same name, scopes, networks and expiry."), rotate_examples, rotate_flags, false, rotate_run},
    {0},
};
/* clang-format on */

const struct noun noun_key = {.name = "key",
                              .summary = N_("API keys: create, list, revoke, rotate"),
                              .group = N_("Users and keys"),
                              .commands = commands};
