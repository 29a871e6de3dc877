/* sleuth backup: make, list, check and thin out backups of the whole appliance. */
#include "tools/backup_files.h"
#include "tools/client.h"
#include "tools/config_file.h"

#include "backup_task.h"
#include "base/clock.h"
#include "base/file.h"

#include <errno.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

enum { POLL_MS = 200, WAIT_MAX_MS = 24 * 3600 * 1000 };

/* --- create ------------------------------------------------------------------------------------
 */

static const struct column created_columns[] = {
    {"path", N_("FILE"), COLUMN_TEXT},       {"file_bytes", N_("BYTES"), COLUMN_NUMBER},
    {"started_at", N_("TIME"), COLUMN_TIME}, {"users", N_("USERS"), COLUMN_NUMBER},
    {"api_keys", N_("KEYS"), COLUMN_NUMBER}, {"analyses", N_("ANALYSES"), COLUMN_NUMBER},
    {"blobs", N_("BLOBS"), COLUMN_NUMBER},
};
static const struct view created_view = {NULL, created_columns, ARRAY_COUNT(created_columns)};

static status order_body(struct cli *cli, slice *ret, struct error *err)
{
    struct buf body;
    const char *blobs = cli_text(cli, "blobs"), *recipient = cli_text(cli, "recipient");
    const char *file = cli_text(cli, "passphrase-file");
    slice passphrase = {"", 0};
    cli->arena.wipe = true;
    if (file && recipient)
        return cli_usage(cli, err, N_("give --recipient or --passphrase-file, not both"));
    if (file)
        TRY(prompt_secret(cli, N_("Passphrase of the backup"), file, /* confirm= */ true,
                          &passphrase, err));
    if (file && passphrase.len < 8)
        return error_set(err, ST_INVALID, N_("a passphrase has at least 8 bytes"));
    buf_init_arena(&body, &cli->arena, 8192);
    buf_printf(&body, "{\"blobs\":\"%s\"", blobs ? blobs : "include");
    if (recipient) {
        buf_put_str(&body, ",\"recipient\":");
        buf_put_json(&body, slice_of(recipient));
    }
    if (passphrase.len) {
        buf_put_str(&body, ",\"passphrase\":");
        buf_put_json(&body, passphrase);
    }
    if (cli_flag(cli, "rate"))
        buf_printf(&body, ",\"rate_mib\":%llu", (unsigned long long)cli_whole(cli, "rate", 0));
    buf_put_byte(&body, '}');
    *ret = buf_slice(&body);
    return buf_check(&body, err);
}

static bool member_true(const struct json *root, const char *name)
{
    const struct json *member = json_find(root, name);
    return member && member->kind == JSON_BOOL && member->boolean;
}

static slice member_text(const struct json *root, const char *name)
{
    const struct json *member = json_find(root, name);
    return member && member->kind == JSON_STRING ? member->text : S("");
}

/* The status that the server's slug stands for. */
static status failure(const struct json *root, struct error *err)
{
    slice slug = member_text(root, "error_code"), text = member_text(root, "error");
    status rc = ST_IO;
    for (int i = 1; i < STATUS_COUNT; i++)
        if (slice_eq(slug, slice_of(status_slug((enum status_code)i))))
            rc = (enum status_code)i;
    return error_set(err, rc, "%.*s", SLICE_ARG(text));
}

/* Asks until it is over. */
static status wait_end(struct cli *cli, const struct json **root, struct error *err)
{
    struct progress progress;
    const struct timespec pause = {.tv_nsec = POLL_MS * 1000000L};
    int64_t began_ms = clock_mono_ms();
    bool running = member_true(*root, "running");
    progress_begin(&progress, cli, cli_tr(cli, N_("backing up")));
    status rc = ST_OK;
    while (rc == ST_OK && running) {
        if (clock_mono_ms() - began_ms > WAIT_MAX_MS)
            rc = error_set(err, ST_TIMEOUT, N_("the backup still runs after a day"));
        (void)nanosleep(&pause, NULL);
        progress_show(&progress, 0, 0);
        struct arena_mark mark = arena_mark(&cli->arena);
        if (rc == ST_OK)
            rc = client_call(cli, &(struct request){.path = S("/api/host/backup")}, root, err);
        running = rc == ST_OK && member_true(*root, "running");
        if (running)
            arena_rewind(&cli->arena, mark);
    }
    progress_end(&progress);
    if (rc == ST_OK && member_text(*root, "error_code").len)
        rc = failure(*root, err);
    return rc;
}

static status second_copy(struct cli *cli, const struct config *config, slice path, slice name,
                          struct error *err)
{
    if (config->backup_copy_dir.len == 0)
        return ST_OK;
    slice to = arena_printf(&cli->arena, "%s/%.*s", config->backup_copy_dir.ptr, SLICE_ARG(name));
    TRY(arena_check(&cli->arena, err));
    TRY(file_make_dirs(config->backup_copy_dir.ptr, 0700, err));
    TRY(backup_file_copy(cli, path.ptr, to.ptr, err));
    cli_note(cli, N_("copied to '%s'"), to.ptr);
    return ST_OK;
}

static status deliver(struct cli *cli, const struct config *config, const struct json *root,
                      struct error *err)
{
    const char *output = cli_text(cli, "output");
    slice path = arena_copy(&cli->arena, member_text(root, "path"));
    TRY(arena_check(&cli->arena, err));
    TRY(second_copy(cli, config, path, member_text(root, "name"), err));
    if (!output)
        return view_object(cli, &created_view, root, err);
    if (strcmp(output, "-") == 0)
        TRY(backup_file_print(cli, path.ptr, err));
    else
        TRY(backup_file_copy(cli, path.ptr, output, err));
    if (unlink(path.ptr) != 0)
        return error_set(err, ST_IO, N_("cannot remove '%s': %s"), path.ptr, errno_text(errno));
    if (strcmp(output, "-") == 0)
        return ST_OK;
    cli_note(cli, N_("backup written to '%s'"), output);
    return ST_OK;
}

static void blobs_tell(struct cli *cli, const struct json *root)
{
    uint64_t missing = 0, damaged = 0;
    (void)json_to_u64(json_find(root, "blobs_missing"), &missing); /* absent: none */
    (void)json_to_u64(json_find(root, "blobs_damaged"), &damaged);
    if (missing == 0 && damaged == 0)
        return;
    cli_warn(cli, N_("the backup is made, but %llu blobs are missing and %llu are damaged"),
             (unsigned long long)missing, (unsigned long long)damaged);
    cli->exit_code = EXIT_VERIFY;
}

static status prune_all(struct cli *cli, const struct config *config, struct error *err)
{
    TRY(backup_prune(cli, config, backup_files_dir(cli, config).ptr, err));
    return config->backup_copy_dir.len ? backup_prune(cli, config, config->backup_copy_dir.ptr, err)
                                       : ST_OK;
}

static status create_with(struct cli *cli, const struct config *config, struct error *err)
{
    const struct json *root;
    struct request request = {METHOD_POST, S("/api/host/backup"), S(""), S("")};
    const char *output = cli_text(cli, "output");
    if (output && strcmp(output, "-") == 0 && cli->tty_out)
        return cli_usage(cli, err,
                         N_("a backup is not for a terminal: redirect it, or --output FILE"));
    if (output && access(output, F_OK) == 0)
        return error_set(err, ST_CONFLICT, N_("'%s' exists already"), output);
    TRY(order_body(cli, &request.body, err));
    TRY(client_call(cli, &request, &root, err));
    TRY(wait_end(cli, &root, err));
    TRY(deliver(cli, config, root, err));
    blobs_tell(cli, root);
    return cli_flag(cli, "prune") ? prune_all(cli, config, err) : ST_OK;
}

/* What each verb does with the configuration of now. */
static status with_config(struct cli *cli,
                          status (*run)(struct cli *cli, const struct config *config,
                                        struct error *err),
                          struct error *err)
{
    struct config config;
    TRY(config_now(cli, NULL, &config, err));
    status rc = run(cli, &config, err);
    config_finish(&config);
    return rc;
}

static status create_run(struct cli *cli, struct error *err)
{
    return with_config(cli, create_with, err);
}

/* --- list and prune ----------------------------------------------------------------------------
 */

static status row_add(struct cli *cli, struct table *table, const struct backup_entry *entry)
{
    char time[TIME_TEXT_MAX], id[2 * STORE_BACKUP_ID_BYTES + 1] = "";
    slice *row = table_row(table);
    const struct store_backup_head *head = &entry->head;
    if (!row)
        return ST_NO_MEMORY;
    if (head->key_id.len == STORE_BACKUP_ID_BYTES)
        (void)crypt_hex(id, head->key_id.ptr, head->key_id.len);
    row[0] = entry->name;
    row[1] =
        entry->readable ? arena_copy(&cli->arena, time_rfc3339(head->created_ms, time)) : S("");
    row[2] = arena_printf(&cli->arena, "%llu", (unsigned long long)entry->bytes);
    row[3] = entry->readable ? arena_copy(&cli->arena, head->program) : S("?");
    row[4] = arena_printf(&cli->arena, "%llu", (unsigned long long)head->schema);
    row[5] = slice_of(entry->readable ? store_backup_kind_name(head->kind) : "?");
    row[6] = arena_copy(&cli->arena, slice_of(id));
    row[7] = slice_of(head->blobs ? "include" : "refs");
    return ST_OK;
}

static status list_with(struct cli *cli, const struct config *config, struct error *err)
{
    static const struct column columns[] = {
        {"name", N_("NAME"), COLUMN_TEXT},       {"created_at", N_("TIME"), COLUMN_TIME},
        {"bytes", N_("BYTES"), COLUMN_NUMBER},   {"version", N_("VERSION"), COLUMN_TEXT},
        {"schema", N_("SCHEMA"), COLUMN_NUMBER}, {"opens_with", N_("OPENS WITH"), COLUMN_TEXT},
        {"key_id", N_("KEY"), COLUMN_TEXT},      {"blobs", N_("BLOBS"), COLUMN_TEXT},
    };
    struct backup_list list;
    struct table table;
    const char *dir = cli->word_count ? cli->words[0] : backup_files_dir(cli, config).ptr;
    TRY(backup_list_read(cli, dir, &list, err));
    table_init(&table, &cli->arena, columns, ARRAY_COUNT(columns));
    for (size_t i = 0; i < list.count; i++)
        if (row_add(cli, &table, &list.entries[i]) != ST_OK)
            break;
    TRY(arena_check(&cli->arena, err));
    return view_table(cli, "backups", &table, err);
}

static status list_run(struct cli *cli, struct error *err)
{
    return with_config(cli, list_with, err);
}

static status prune_run(struct cli *cli, struct error *err)
{
    return with_config(cli, prune_all, err);
}

/* --- verify ------------------------------------------------------------------------------------
 */

static const char *scratch_choose(struct cli *cli, const char *file)
{
    const char *slash = strrchr(file, '/');
    slice dir =
        slash ? arena_copy(&cli->arena, slice_make(file, (size_t)(slash - file) + 1)) : S("./");
    if (!dir.ptr || access(dir.ptr, W_OK) != 0)
        dir = S("/var/tmp/");
    return arena_printf(&cli->arena, "%ssleuth-checking-%ld", dir.ptr, (long)getpid()).ptr;
}

static status facts_show(struct cli *cli, const struct store_backup_facts *facts, struct error *err)
{
    static const struct column columns[] = {
        {"pages", N_("PAGES"), COLUMN_NUMBER},       {"values", N_("VALUES"), COLUMN_NUMBER},
        {"users", N_("USERS"), COLUMN_NUMBER},       {"api_keys", N_("KEYS"), COLUMN_NUMBER},
        {"analyses", N_("ANALYSES"), COLUMN_NUMBER}, {"blobs", N_("BLOBS"), COLUMN_NUMBER},
        {"missing", N_("MISSING"), COLUMN_NUMBER},   {"damaged", N_("DAMAGED"), COLUMN_NUMBER},
    };
    const uint64_t numbers[] = {facts->pages,         facts->values,       facts->users,
                                facts->api_keys,      facts->analyses,     facts->blobs,
                                facts->blobs_missing, facts->blobs_damaged};
    struct table table;
    table_init(&table, &cli->arena, columns, ARRAY_COUNT(columns));
    slice *row = table_row(&table);
    for (size_t i = 0; row && i < ARRAY_COUNT(numbers); i++)
        row[i] = arena_printf(&cli->arena, "%llu", (unsigned long long)numbers[i]);
    TRY(arena_check(&cli->arena, err));
    return view_table(cli, "backup", &table, err);
}

static status verify_with(struct cli *cli, const struct config *config, struct error *err)
{
    struct backup_keys keys;
    struct store_backup_facts facts;
    const char *file = cli->words[0];
    if (cli_flag(cli, "checksum")) {
        TRY(store_backup_sum_check(file, err));
        cli_note(cli, N_("'%s' is as it was written; what is in it was not looked at"), file);
        return ST_OK;
    }
    TRY(store_backup_sum_check(file, err)); /* told before any key is asked for */
    TRY(backup_keys_read(cli, config_data_dir(config, &cli->arena).ptr, &keys, err));
    const char *scratch = scratch_choose(cli, file);
    status rc = arena_check(&cli->arena, err);
    if (rc == ST_OK)
        rc = store_backup_verify(file, &keys.keys, scratch, &facts, err);
    backup_keys_finish(&keys);
    if (rc == ST_CONFIG)
        cli_hint(cli, N_("keys are given with --secrets, --identity or --passphrase-file"));
    TRY(rc);
    TRY(facts_show(cli, &facts, err));
    if (facts.blobs_missing || facts.blobs_damaged)
        return error_set(err, ST_VERIFY, N_("%llu blobs are missing, %llu are damaged"),
                         (unsigned long long)facts.blobs_missing,
                         (unsigned long long)facts.blobs_damaged);
    cli_note(cli, N_("'%s' opens, and everything in it is sound"), file);
    return ST_OK;
}

static status verify_run(struct cli *cli, struct error *err)
{
    return with_config(cli, verify_with, err);
}

/* --- keygen ------------------------------------------------------------------------------------
 */

static status keygen_run(struct cli *cli, struct error *err)
{
    unsigned char public_key[CRYPT_BOX_KEY_BYTES], secret[CRYPT_BOX_KEY_BYTES];
    char text[BACKUP_KEY_TEXT_MAX + 1];
    const char *file = cli->words[0];
    if (access(file, F_OK) == 0)
        return error_set(err, ST_CONFLICT, N_("'%s' exists already"), file);
    crypt_box_keypair(public_key, secret);
    slice secret_text = backup_key_text("slsec_", secret, text);
    text[secret_text.len] = '\n';
    status rc = file_replace(file, slice_make(text, secret_text.len + 1), 0600, err);
    crypt_wipe(secret, sizeof secret);
    crypt_wipe(text, sizeof text);
    TRY(rc);
    buf_put(&cli->out, backup_key_text("slpub_", public_key, text));
    buf_put_byte(&cli->out, '\n');
    cli_note(cli,
             N_("the secret key is in '%s': keep it away from this host, without it backups "
                "sealed to the printed key never open"),
             file);
    return ST_OK;
}

/* --- the table ---------------------------------------------------------------------------------
 */

/* clang-format off */
static const struct flag create_flags[] = {
    {"output", .kind = FLAG_TEXT, .value = "FILE", .summary = N_("write it there instead; - is standard output")},
    {"blobs", .kind = FLAG_CHOICE, .value = "include|refs", .summary = N_("with the contents of files (default), or only their names")},
    {"recipient", .kind = FLAG_TEXT, .value = "KEY", .summary = N_("seal it to this public key (slpub_…)")},
    {"passphrase-file", .kind = FLAG_TEXT, .value = "FILE", .summary = N_("seal it with the passphrase in FILE; - is standard input")},
    {"rate", .kind = FLAG_WHOLE, .value = "MIB", .summary = N_("most MiB per second; 0 is as fast as the disk")},
    {"prune", .kind = FLAG_SWITCH, .summary = N_("afterwards remove what backup.keep_… does not keep")},
    {0},
};
static const struct flag verify_flags[] = {
    {"checksum", .kind = FLAG_SWITCH, .summary = N_("compare only the checksum: needs no key")},
    {"identity", .kind = FLAG_TEXT, .value = "FILE", .summary = N_("secret key that opens it (slsec_…)")},
    {"passphrase-file", .kind = FLAG_TEXT, .value = "FILE", .summary = N_("passphrase that opens it; - is standard input")},
    {"secrets", .kind = FLAG_TEXT, .value = "DIR", .summary = N_("directory of master.key; default: the appliance's")},
    {0},
};
static const struct example create_examples[] = {
    {"sleuth backup create", N_("into the backup directory, while the server runs")},
    {"sleuth backup create --output - | ssh vault 'cat > sleuth.backup'", N_("to another host")},
    {"sleuth backup create --recipient slpub_… --prune", N_("sealed to a key that this host does not have")},
    {0},
};
static const struct example list_examples[] = {
    {"sleuth backup list", N_("newest first")},
    {"sleuth backup list /mnt/second -o json", N_("of another directory")},
    {0},
};
static const struct example verify_examples[] = {
    {"sleuth backup verify sleuth-20261127T205500Z.backup", N_("opens it and checks every page, value and blob")},
    {"sleuth backup verify --checksum old.backup", N_("without any key")},
    {0},
};
static const struct example prune_examples[] = {
    {"sleuth backup prune --dry-run", N_("what would go")},
    {0},
};
static const struct example keygen_examples[] = {
    {"sleuth backup keygen backup-secret.key", N_("prints the public key for backup.recipient")},
    {0},
};

static const struct command commands[] = {
    {.noun = "backup", .verb = "create", .summary = N_("Make a backup of the running appliance."),
     .details = N_("A snapshot: everything that was acknowledged before is in it. It is sealed to the master key unless a public key or a passphrase is given, read back and checked before it gets its name, and copied to backup.copy_dir when that is set. The master key is never in it: keep the directory of secrets elsewhere.\nExit code 3: the backup is made, but blobs of the appliance are missing or damaged."),
     .examples = create_examples, .flags = create_flags, .run = create_run},
    {.noun = "backup", .verb = "list", .usage = "[DIR]", .word_max = 1, .summary = N_("List the backups of a directory."),
     .examples = list_examples, .run = list_run},
    {.noun = "backup", .verb = "verify", .usage = "FILE", .word_min = 1, .word_max = 1, .summary = N_("Open a backup and check everything in it; exit code 3 when it is damaged."),
     .examples = verify_examples, .flags = verify_flags, .run = verify_run},
    {.noun = "backup", .verb = "prune", .summary = N_("Remove backups that are not to be kept."),
     .details = N_("Keeps the newest backup of each of the last days, weeks and months (backup.keep_daily, keep_weekly, keep_monthly), in the backup directory and in backup.copy_dir. Only files named sleuth-….backup are removed."),
     .examples = prune_examples, .run = prune_run},
    {.noun = "backup", .verb = "keygen", .usage = "FILE", .word_min = 1, .word_max = 1, .summary = N_("Make a key pair for backups: the secret into FILE, the public key to standard output."),
     .examples = keygen_examples, .run = keygen_run},
    {0},
};
/* clang-format on */

const struct noun noun_backup = {.name = "backup",
                                 .summary = N_("make, list and check backups"),
                                 .group = N_("Operate the appliance"),
                                 .commands = commands};
