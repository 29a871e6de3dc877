/* sleuth license: the licence of an appliance without a payment provider. Showing and installing
 * are routes; verifying needs no appliance, and issuing is the vendor's, with a key that never
 * comes near one. */
#include "tools/client.h"
#include "tools/config_file.h"

#include "base/clock.h"
#include "base/file.h"
#include "license.h"
#include "storage/storage.h"

#include <stdio.h>

enum { KEY_FILE_MAX = 128 };

/* --- show, install --- */

static const struct column columns[] = {
    {"mode", N_("BILLING MODE"), COLUMN_TEXT},
    {"state", N_("STATE"), COLUMN_TEXT},
    {"plan_cap", N_("HIGHEST PLAN"), COLUMN_TEXT},
    {"license.id", N_("LICENCE"), COLUMN_TEXT},
    {"license.licensee", N_("LICENSEE"), COLUMN_TEXT},
    {"license.plan", N_("PLAN"), COLUMN_TEXT},
    {"license.seats", N_("SEATS"), COLUMN_NUMBER},
    {"users_enabled", N_("SEATS USED"), COLUMN_NUMBER},
    {"license.analyses_per_month", N_("ANALYSES/MONTH"), COLUMN_NUMBER},
    {"analyses_this_month", N_("ANALYSES USED"), COLUMN_NUMBER},
    {"license.not_before", N_("BEGINS"), COLUMN_TIME},
    {"license.not_after", N_("ENDS"), COLUMN_TIME},
    {"license.grace_until", N_("GRACE UNTIL"), COLUMN_TIME},
    {"host_id", N_("HOST ID"), COLUMN_TEXT},
    {"trusted_time", N_("TRUSTED TIME"), COLUMN_TIME},
};
static const struct view license_view = {NULL, columns, ARRAY_COUNT(columns)};

static void tell_warnings(const struct cli *cli, const struct json *root)
{
    const struct json *list = json_find(root, "warnings");
    for (const struct json *w = list ? list->first : NULL; w; w = w->next)
        cli_warn(cli, "%.*s", SLICE_ARG(w->text));
}

static status show_run(struct cli *cli, struct error *err)
{
    const struct json *root;
    TRY(client_call(cli, &(struct request){.path = S("/api/admin/license")}, &root, err));
    tell_warnings(cli, root);
    return view_object(cli, &license_view, root, err);
}

static status file_text(struct cli *cli, slice *ret, struct error *err)
{
    return file_read(cli->words[0], LICENSE_TEXT_MAX + 2, &cli->arena, ret, err);
}

static status install_run(struct cli *cli, struct error *err)
{
    const struct json *root;
    slice text;
    TRY(file_text(cli, &text, err));
    cli->may_create_data = true;
    struct request request = {METHOD_POST, S("/api/admin/license"), S(""), text};
    TRY(client_call(cli, &request, &root, err));
    tell_warnings(cli, root);
    if (cli->format != FORMAT_TABLE)
        return view_object(cli, &license_view, root, err);
    const struct json *state = json_find(root, "state");
    cli_note(cli, N_("licence installed; it is %.*s"), SLICE_ARG(state ? state->text : S("?")));
    const struct json *mode = json_find(root, "mode");
    if (mode && !slice_eq(mode->text, S("license")))
        cli_warn(cli, N_("billing.mode is '%.*s': the licence counts once it is 'license'"),
                 SLICE_ARG(mode->text));
    return ST_OK;
}

/* --- verify --- */

static const char *trusted_keys(struct cli *cli)
{
    struct config config;
    struct error err = {0};
    if (cli_text(cli, "keys"))
        return cli_text(cli, "keys");
    if (config_now(cli, NULL, &config, &err) != ST_OK)
        return NULL; /* a licence can be verified where nothing is configured */
    slice path = arena_copy(&cli->arena, config.license_trusted_keys_file);
    config_finish(&config);
    return path.ptr;
}

static status print_license(struct cli *cli, const struct license *license, struct error *err)
{
    static const struct column shown[] = {
        {"id", N_("LICENCE"), COLUMN_TEXT},        {"licensee", N_("LICENSEE"), COLUMN_TEXT},
        {"plan", N_("PLAN"), COLUMN_TEXT},         {"seats", N_("SEATS"), COLUMN_NUMBER},
        {"not_before", N_("BEGINS"), COLUMN_TIME}, {"not_after", N_("ENDS"), COLUMN_TIME},
        {"bound_to", N_("HOST ID"), COLUMN_TEXT},  {"state", N_("STATE"), COLUMN_TEXT},
    };
    char host[LICENSE_HOST_MAX];
    char from[TIME_TEXT_MAX];
    char until[TIME_TEXT_MAX];
    slice host_id = license_host_id(NULL, host);
    struct table table;
    table_init(&table, &cli->arena, shown, ARRAY_COUNT(shown));
    slice *row = table_row(&table);
    if (!row)
        return arena_check(&cli->arena, err);
    row[0] = slice_of(license->id);
    row[1] = slice_of(license->licensee);
    row[2] = slice_of(plan_slug(license->plan));
    row[3] = arena_printf(&cli->arena, "%llu", (unsigned long long)license->seats);
    row[4] = arena_copy(&cli->arena, time_rfc3339(license->not_before_ms, from));
    row[5] = arena_copy(&cli->arena, time_rfc3339(license->not_after_ms, until));
    row[6] = slice_of(license->host_id);
    row[7] = slice_of(license_state_name(license_state_at(license, host_id, clock_wall_ms())));
    TRY(view_table(cli, "licenses", &table, err));
    return cli_flush(cli, err); /* the cells live in the licence */
}

static status verify_run(struct cli *cli, struct error *err)
{
    struct license_keys keys;
    struct license license;
    slice text;
    TRY(license_keys_load(trusted_keys(cli), &keys, err));
    TRY(file_text(cli, &text, err));
    TRY(license_read(text, &keys, &license, err));
    return print_license(cli, &license, err);
}

/* --- issue --- */

static status read_seed(struct cli *cli, unsigned char ret[static CRYPT_SIGN_SEED_BYTES],
                        struct error *err)
{
    slice text;
    const char *path = cli_text(cli, "key");
    if (!path)
        return cli_usage(cli, err, N_("--key FILE is needed: the vendor's secret key"));
    cli->arena.wipe = true;
    TRY(file_read(path, KEY_FILE_MAX, &cli->arena, &text, err));
    if (!crypt_hex_decode(ret, CRYPT_SIGN_SEED_BYTES, slice_trim(text)))
        return error_set(err, ST_INVALID, N_("'%s' must hold 64 hexadecimal digits"), path);
    return ST_OK;
}

/* A date begins or ends its day at midnight UTC; a time must be a whole second. */
static status read_time(struct cli *cli, const char *flag, int64_t otherwise, int64_t *ret,
                        struct error *err)
{
    const char *text = cli_text(cli, flag);
    *ret = otherwise;
    if (text && !time_parse(slice_of(text), ret))
        return error_set(err, ST_INVALID, N_("'%s' is not a date or time"), text);
    *ret -= *ret % 1000;
    return ST_OK;
}

static status fill_license(struct cli *cli, struct license *ret, struct error *err)
{
    char id[STORE_ID_MAX];
    int64_t now_ms = clock_wall_ms();
    const char *licensee = cli_text(cli, "licensee");
    const char *plan = cli_text(cli, "plan");
    const char *host = cli_text(cli, "host");
    const char *name = cli_text(cli, "id");
    *ret = (struct license){0};
    if (!licensee || !plan || !cli_flag(cli, "seats") || !cli_flag(cli, "until"))
        return cli_usage(cli, err, N_("--licensee, --plan, --seats and --until are needed"));
    if (strlen(licensee) >= sizeof ret->licensee || (host && strlen(host) >= sizeof ret->host_id) ||
        (name && strlen(name) >= sizeof ret->id))
        return error_set(err, ST_INVALID, N_("the licensee, the id or the host id is too long"));
    (void)plan_from_slug(slice_of(plan), &ret->plan); /* the flag allows no other */
    (void)store_id_make(id, "lic", now_ms);
    (void)snprintf(ret->id, sizeof ret->id, "%s", name ? name : id);
    (void)snprintf(ret->licensee, sizeof ret->licensee, "%s", licensee);
    (void)snprintf(ret->host_id, sizeof ret->host_id, "%s", host ? host : "");
    ret->seats = cli_whole(cli, "seats", 0);
    ret->analyses_per_month = cli_whole(cli, "analyses", PLAN_UNLIMITED);
    TRY(read_time(cli, "issued", now_ms, &ret->issued_ms, err));
    TRY(read_time(cli, "from", ret->issued_ms, &ret->not_before_ms, err));
    return read_time(cli, "until", 0, &ret->not_after_ms, err);
}

static status issue_run(struct cli *cli, struct error *err)
{
    struct license license;
    struct buf text;
    unsigned char seed[CRYPT_SIGN_SEED_BYTES];
    TRY(fill_license(cli, &license, err));
    TRY(read_seed(cli, seed, err));
    buf_init_arena(&text, &cli->arena, LICENSE_TEXT_MAX);
    status rc = license_sign(&license, seed, &text, err);
    crypt_wipe(seed, sizeof seed);
    if (rc != ST_OK)
        return rc;
    if (cli_text(cli, "output"))
        return file_replace(cli_text(cli, "output"), buf_slice(&text), 0644, err);
    buf_put(&cli->out, buf_slice(&text));
    return ST_OK;
}

static status public_key_run(struct cli *cli, struct error *err)
{
    unsigned char seed[CRYPT_SIGN_SEED_BYTES];
    unsigned char public_key[CRYPT_SIGN_PUBLIC_BYTES];
    unsigned char secret[CRYPT_SIGN_SECRET_BYTES];
    char hex[2 * CRYPT_SIGN_PUBLIC_BYTES + 1];
    TRY(read_seed(cli, seed, err));
    crypt_sign_keypair(public_key, secret, seed);
    crypt_wipe(seed, sizeof seed);
    crypt_wipe(secret, sizeof secret);
    buf_put(&cli->out, crypt_hex(hex, public_key, sizeof public_key));
    buf_put_byte(&cli->out, '\n');
    return ST_OK;
}

/* --- the table --- */

static const struct flag verify_flags[] = {
    {"keys", .kind = FLAG_TEXT, .value = "FILE",
     .summary = N_("further public keys, one per line (default: license.trusted_keys_file)")},
    {0},
};
#define KEY_FLAG                                                                                   \
    {                                                                                              \
        "key", .kind = FLAG_TEXT, .value = "FILE",                                                 \
               .summary = N_("the vendor's secret key: 64 hexadecimal digits")                     \
    }
static const struct flag key_flags[] = {KEY_FLAG, {0}};
static const struct flag issue_flags[] = {
    KEY_FLAG,
    {"licensee", .kind = FLAG_TEXT, .value = "NAME", .summary = N_("who may use it")},
    {"plan", .kind = FLAG_CHOICE, .value = "free|pro|business|enterprise",
     .summary = N_("highest plan of any user")},
    {"seats", .kind = FLAG_WHOLE, .value = "N", .summary = N_("enabled users at the same time")},
    {"analyses", .kind = FLAG_WHOLE, .value = "N",
     .summary = N_("analyses per month of all users together (default: no total)")},
    {"from", .kind = FLAG_TEXT, .value = "DATE", .summary = N_("first day (default: now)")},
    {"until", .kind = FLAG_TEXT, .value = "DATE", .summary = N_("end; then 30 days of grace")},
    {"host", .kind = FLAG_TEXT, .value = "ID",
     .summary = N_("only for the machine with this host id ('sleuth license show')")},
    {"id", .kind = FLAG_TEXT, .value = "ID",
     .summary = N_("id of the licence (default: a new one)")},
    {"issued", .kind = FLAG_TEXT, .value = "TIME", .summary = N_("time of issue (default: now)")},
    {"output", .kind = FLAG_TEXT, .value = "FILE",
     .summary = N_("file to write (default: standard output)")},
    {0},
};

static const struct example show_examples[] = {
    {"sleuth license show", N_("state, seats, end, and the host id for the vendor")},
    {0},
};
static const struct example install_examples[] = {
    {"sleuth license install sleuth.lic", N_("counts for the next request")},
    {0},
};
static const struct example verify_examples[] = {
    {"sleuth license verify sleuth.lic",
     N_("without an appliance; exit code 3 when it was changed")},
    {0},
};
static const struct example issue_examples[] = {
    {"sleuth license issue --key vendor.key --licensee \"ACME Labs\" --plan business --seats 25 "
     "--until 2027-12-31 --output sleuth.lic",
     N_("a licence for any machine")},
    {0},
};
static const struct example key_examples[] = {
    {"sleuth license public-key --key vendor.key >> trusted.keys",
     N_("what license.trusted_keys_file holds")},
    {0},
};

/* clang-format off */
static const struct command commands[] = {
    {"license", "show", NULL, 0, 0, N_("Show the licence, what it allows, and the host id."), NULL, show_examples, NULL, false, show_run},
    {"license", "install", "FILE", 1, 1, N_("Install a licence."), N_("The file must be as it came: one changed bit and it is refused."), install_examples, NULL, false, install_run},
    {"license", "verify", "FILE", 1, 1, N_("Check a licence file without installing it."), NULL, verify_examples, verify_flags, false, verify_run},
    {"license", "issue", NULL, 0, 0, N_("Sign a licence with the vendor's secret key."), N_("Needs no appliance. A vendor makes a key once with 'openssl rand -hex 32' and keeps it away from every appliance."), issue_examples, issue_flags, false, issue_run},
    {"license", "public-key", NULL, 0, 0, N_("Print the public key of a vendor's secret key."), NULL, key_examples, key_flags, false, public_key_run},
    {0},
};
/* clang-format on */

const struct noun noun_license = {.name = "license",
                                  .summary = N_("licences: show, install, verify, issue"),
                                  .group = N_("Plans and billing"),
                                  .commands = commands};
