/* sleuth db: the database of the appliance, checked and measured. */
#include "tools/client.h"
#include "tools/config_file.h"

#include "base/clock.h"
#include "privilege.h"
#include "secrets.h"
#include "storage/storage.h"

static const struct column status_columns[] = {
    {"schema", N_("SCHEMA"), COLUMN_NUMBER},
    {"file_bytes", N_("FILE BYTES"), COLUMN_NUMBER},
    {"used_bytes", N_("USED BYTES"), COLUMN_NUMBER},
    {"free_bytes", N_("FREE INSIDE"), COLUMN_NUMBER},
    {"map_bytes", N_("ADDRESS SPACE"), COLUMN_NUMBER},
    {"disk_free_bytes", N_("DISK FREE"), COLUMN_NUMBER},
    {"file_system", N_("FILE SYSTEM"), COLUMN_TEXT},
    {"durable", N_("DURABLE"), COLUMN_TEXT},
    {"readers_used", N_("READERS"), COLUMN_NUMBER},
    {"transactions", N_("TRANSACTIONS"), COLUMN_NUMBER},
};
static const struct view status_view = {NULL, status_columns, ARRAY_COUNT(status_columns)};

static const struct column check_columns[] = {
    {"ok", N_("SOUND"), COLUMN_TEXT},        {"pages", N_("PAGES"), COLUMN_NUMBER},
    {"values", N_("VALUES"), COLUMN_NUMBER}, {"problems", N_("PROBLEMS"), COLUMN_NUMBER},
    {"messages", N_("FOUND"), COLUMN_TEXT},
};
static const struct view check_view = {NULL, check_columns, ARRAY_COUNT(check_columns)};

static status status_run(struct cli *cli, struct error *err)
{
    return client_show(cli, S("/api/host/db"), &status_view, err);
}

static status check_run(struct cli *cli, struct error *err)
{
    const struct json *root;
    uint64_t problems = 0;
    struct request request = {METHOD_POST, S("/api/host/db/check"), S(""), S("")};
    TRY(client_call(cli, &request, &root, err));
    TRY(view_object(cli, &check_view, root, err));
    if (!json_to_u64(json_find(root, "problems"), &problems) || problems) {
        cli_hint(cli, N_("restore the newest backup that 'sleuth backup verify' accepts"));
        return error_set(err, ST_VERIFY, N_("the database is damaged: %llu problems"),
                         (unsigned long long)problems);
    }
    return ST_OK;
}

/* --- with the server stopped -------------------------------------------------------------------
 */

/* The database of this process alone; the directory's name lives in the arena. */
static status store_choose(struct cli *cli, struct secrets *secrets, struct store_options *ret,
                           struct error *err)
{
    struct config config;
    TRY(config_now(cli, NULL, &config, err));
    slice dir = arena_copy(&cli->arena, config_data_dir(&config, &cli->arena));
    uint64_t map_bytes = (uint64_t)config.storage_map_gib << 30;
    config_finish(&config);
    slice keys = config_secrets_dir(dir, &cli->arena);
    TRY(arena_check(&cli->arena, err));
    TRY(secrets_load(keys.ptr, /* may_create= */ false, secrets, err));
    *ret = (struct store_options){.dir = dir.ptr,
                                  .master_key = secrets->master,
                                  .map_bytes = map_bytes,
                                  .must_exist = true,
                                  .program = VERSION,
                                  .now_ms = clock_wall_ms()};
    return ST_OK;
}

static status locked_hint(struct cli *cli, status rc)
{
    if (rc == ST_LOCKED)
        cli_hint(cli, N_("stop the server first: systemctl stop sleuth.socket sleuth.service"));
    return rc;
}

static status two_numbers(struct cli *cli, const struct column columns[static 2], uint64_t first,
                          uint64_t second, struct error *err)
{
    struct table table;
    table_init(&table, &cli->arena, columns, 2);
    slice *row = table_row(&table);
    if (row) {
        row[0] = arena_printf(&cli->arena, "%llu", (unsigned long long)first);
        row[1] = arena_printf(&cli->arena, "%llu", (unsigned long long)second);
    }
    TRY(arena_check(&cli->arena, err));
    return view_table(cli, "database", &table, err);
}

static status compact_with(const struct store_options *options, uint64_t *before, uint64_t *after,
                           struct error *err)
{
    struct store *store = NULL;
    TRY(store_open(options, &store, err));
    return store_compact(&store, before, after, err);
}

static status compact_run(struct cli *cli, struct error *err)
{
    static const struct column columns[] = {{"before_bytes", N_("BEFORE"), COLUMN_NUMBER},
                                            {"after_bytes", N_("AFTER"), COLUMN_NUMBER}};
    struct secrets secrets;
    struct store_options options;
    uint64_t before = 0, after = 0;
    struct privilege privilege;
    TRY(store_choose(cli, &secrets, &options, err));
    status rc = privilege_drop(options.dir, &privilege, err);
    if (rc == ST_OK)
        rc = locked_hint(cli, compact_with(&options, &before, &after, err));
    privilege_regain(&privilege);
    secrets_finish(&secrets);
    return rc == ST_OK ? two_numbers(cli, columns, before, after, err) : rc;
}

static status migrate_open(const struct store_options *options, uint64_t *from, uint64_t *to,
                           struct error *err)
{
    struct store *store = NULL;
    struct store_info info;
    TRY(store_open(options, &store, err));
    status rc = store_info_get(store, &info, err);
    *from = info.schema_before;
    *to = info.schema;
    store_close(&store);
    return rc;
}

static status migrate_run(struct cli *cli, struct error *err)
{
    static const struct column columns[] = {{"schema_before", N_("BEFORE"), COLUMN_NUMBER},
                                            {"schema", N_("SCHEMA"), COLUMN_NUMBER}};
    struct secrets secrets;
    struct store_options options;
    uint64_t from = 0, to = 0;
    TRY(store_choose(cli, &secrets, &options, err));
    slice scratch = arena_printf(&cli->arena, "%s/db/trial", options.dir);
    struct privilege privilege = {0};
    status rc = arena_check(&cli->arena, err);
    if (rc == ST_OK)
        rc = privilege_drop(options.dir, &privilege, err);
    if (rc == ST_OK)
        rc = cli->dry_run ? store_migrate_try(&options, scratch.ptr, &from, &to, err)
                          : migrate_open(&options, &from, &to, err);
    privilege_regain(&privilege);
    secrets_finish(&secrets);
    TRY(locked_hint(cli, rc));
    if (from == to)
        cli_note(cli, N_("the database has the newest schema, nothing is to be done"));
    else if (cli->dry_run)
        cli_note(cli, N_("tried on a copy, which passes its check; nothing was changed"));
    else
        cli_note(cli, N_("brought up; a backup of what was before is in '%s/backups'"),
                 options.dir);
    return two_numbers(cli, columns, from, to, err);
}

static const struct example compact_examples[] = {
    {"sudo -u sleuth sleuth db compact", N_("gives the space of deleted records back to the disk")},
    {0},
};
static const struct example migrate_examples[] = {
    {"sleuth db migrate --dry-run",
     N_("tries it on a copy, as the package does before an upgrade")},
    {"sleuth db migrate", N_("what the first start of a new version does by itself")},
    {0},
};
static const struct example status_examples[] = {
    {"sleuth db status", N_("size, free space and readers of the database")},
    {0},
};
static const struct example check_examples[] = {
    {"sleuth db check", N_("every page, every seal, every sum; while the server runs, too")},
    {0},
};

static const struct command commands[] = {
    {.noun = "db",
     .verb = "check",
     .summary = N_("Check the whole database; exit code 3 when it is damaged."),
     .details = N_("Walks every page, opens every sealed value, compares indexes and sums, and "
                   "follows the audit chain, all on a snapshot."),
     .examples = check_examples,
     .run = check_run},
    {.noun = "db",
     .verb = "status",
     .summary = N_("Show size and state of the database."),
     .examples = status_examples,
     .run = status_run},
    {.noun = "db",
     .verb = "compact",
     .summary = N_("Rewrite the database without its free space; the server must be stopped."),
     .examples = compact_examples,
     .run = compact_run},
    {.noun = "db",
     .verb = "migrate",
     .summary = N_("Bring the database up to the schema of this program."),
     .details = N_("A backup is made first, and the migration runs on that copy before it runs on "
                   "the database. A newer schema is refused. To go back: install the older program "
                   "and restore the backup."),
     .examples = migrate_examples,
     .run = migrate_run},
    {0},
};

const struct noun noun_db = {.name = "db",
                             .summary = N_("check and measure the database"),
                             .group = N_("Operate the appliance"),
                             .commands = commands};
