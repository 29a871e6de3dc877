/* sleuth restore: a backup becomes the database of a data directory. */
#include "tools/backup_files.h"
#include "tools/config_file.h"
#include "tools/view.h"

#include "base/clock.h"
#include "privilege.h"

#include <unistd.h>

static status counts_show(struct cli *cli, const struct store_restored *done, struct error *err)
{
    static const struct column columns[] = {{"what", N_("WHAT"), COLUMN_TEXT},
                                            {"before", N_("BEFORE"), COLUMN_NUMBER},
                                            {"after", N_("AFTER"), COLUMN_NUMBER}};
    const struct {
        const char *name;
        uint64_t before, after;
    } rows[] = {
        {"users", done->users, done->facts.users},
        {"api_keys", done->api_keys, done->facts.api_keys},
        {"analyses", done->analyses, done->facts.analyses},
    };
    struct table table;
    table_init(&table, &cli->arena, columns, ARRAY_COUNT(columns));
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        slice *row = table_row(&table);
        if (!row)
            break;
        row[0] = slice_of(rows[i].name);
        row[1] = done->knew_before
                     ? arena_printf(&cli->arena, "%llu", (unsigned long long)rows[i].before)
                     : S("");
        row[2] = arena_printf(&cli->arena, "%llu", (unsigned long long)rows[i].after);
    }
    TRY(arena_check(&cli->arena, err));
    return view_table(cli, "counts", &table, err);
}

static status outcome_tell(struct cli *cli, const char *dir, const struct store_restored *done,
                           struct error *err)
{
    TRY(counts_show(cli, done, err));
    if (cli->dry_run)
        cli_note(cli, N_("nothing was changed; the backup can be restored into '%s'"), dir);
    else if (done->kept[0])
        cli_note(cli, N_("restored into '%s'; what was there is in '%s'"), dir, done->kept);
    else
        cli_note(cli, N_("restored into '%s'"), dir);
    if (done->facts.blobs_missing == 0 && done->facts.blobs_damaged == 0)
        return ST_OK;
    cli_warn(cli, N_("%llu blobs of the backup are missing, %llu are damaged and were left out"),
             (unsigned long long)done->facts.blobs_missing,
             (unsigned long long)done->facts.blobs_damaged);
    cli->exit_code = EXIT_VERIFY;
    return ST_OK;
}

/* The secrets of the target, when it has some; else those of the configured appliance. */
static const char *secrets_of(struct cli *cli, const struct config *config, const char *dir)
{
    slice path = arena_printf(&cli->arena, "%s/secrets/master.key", dir);
    if (path.ptr && access(path.ptr, R_OK) == 0)
        return dir;
    return config_data_dir(config, &cli->arena).ptr;
}

static status restore_with(struct cli *cli, const struct config *config, struct error *err)
{
    struct backup_keys keys;
    struct store_restored done;
    const char *file = cli->words[0];
    const char *dir = cli_text(cli, "to");
    if (!dir)
        dir = arena_copy(&cli->arena, config_data_dir(config, &cli->arena)).ptr;
    TRY(arena_check(&cli->arena, err));
    TRY(store_backup_sum_check(file, err));
    slice database = arena_printf(&cli->arena, "%s/db/data.mdb", dir);
    if (!cli->dry_run && database.ptr && access(database.ptr, F_OK) == 0)
        TRY(confirm(cli, err, N_("Replace the database in '%s' by this backup?"), dir));
    TRY(backup_keys_read(cli, secrets_of(cli, config, dir), &keys, err));
    const struct store_restore_options options = {.path = file,
                                                  .dir = dir,
                                                  .keys = keys.keys,
                                                  .now_ms = clock_wall_ms(),
                                                  .dry_run = cli->dry_run};
    struct privilege privilege;
    status rc = privilege_drop(dir, &privilege, err);
    if (rc == ST_OK)
        rc = store_restore(&options, &done, err);
    if (rc == ST_IO && privilege.dropped)
        cli_hint(cli, N_("the backup must be readable for the user who owns the data directory"));
    privilege_regain(&privilege);
    backup_keys_finish(&keys);
    if (rc == ST_LOCKED)
        cli_hint(cli, N_("stop the server first: systemctl stop sleuth.socket sleuth.service"));
    if (rc == ST_CONFIG)
        cli_hint(cli, N_("keys are given with --secrets, --identity or --passphrase-file"));
    TRY(rc);
    return outcome_tell(cli, dir, &done, err);
}

static status restore_run(struct cli *cli, struct error *err)
{
    struct config config;
    TRY(config_now(cli, NULL, &config, err));
    status rc = restore_with(cli, &config, err);
    config_finish(&config);
    return rc;
}

/* clang-format off */
static const struct flag flags[] = {
    {"to", .kind = FLAG_TEXT, .value = "DIR", .summary = N_("data directory; default: the configured one")},
    {"identity", .kind = FLAG_TEXT, .value = "FILE", .summary = N_("secret key that opens it (slsec_…)")},
    {"passphrase-file", .kind = FLAG_TEXT, .value = "FILE", .summary = N_("passphrase that opens it; - is standard input")},
    {"secrets", .kind = FLAG_TEXT, .value = "DIR", .summary = N_("directory of master.key; default: the target's, else the appliance's")},
    {0},
};
static const struct example examples[] = {
    {"sleuth restore sleuth-20261127T205500Z.backup --dry-run", N_("what would change, and whether it opens")},
    {"sleuth restore sleuth.backup --to /srv/drill", N_("into a new directory, to try it")},
    {0},
};

static const struct command commands[] = {
    {.noun = "restore", .usage = "FILE", .word_min = 1, .word_max = 1, .summary = N_("Restore a backup; the server must be stopped."),
     .details = N_("The backup is unpacked beside the database and checked; only then both are exchanged in one step. The old database is kept as db.pre-restore-TIME. A running server, a newer schema and a damaged file are refused. The master key is not in a backup: the directory of secrets must hold it."),
     .examples = examples, .flags = flags, .run = restore_run},
    {0},
};
/* clang-format on */

const struct noun noun_restore = {.name = "restore",
                                  .summary = N_("bring a backup back"),
                                  .group = N_("Operate the appliance"),
                                  .commands = commands};
