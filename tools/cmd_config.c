/* sleuth config: what is configured and where it came from; checks and changes of the file. */
#include "tools/config_file.h"
#include "tools/view.h"

#include <unistd.h>

/* --- show --- */

static slice origin_text(struct cli *cli, const struct config_origin *origin)
{
    if (origin->kind == ORIGIN_DEFAULT)
        return slice_of(cli->format == FORMAT_TABLE ? cli_tr(cli, N_("default")) : "default");
    return arena_copy(&cli->arena, origin->where);
}

static bool row_wanted(const struct cli *cli, const char *name)
{
    if (cli->word_count == 0)
        return true;
    slice asked = slice_of(cli->words[0]);
    slice full = slice_of(name);
    bool section = slice_has_prefix(full, asked) && full.len > asked.len && name[asked.len] == '.';
    return section || slice_eq(full, asked);
}

static status show_rows(struct cli *cli, const struct config *config, struct error *err)
{
    static const struct column columns[] = {{"key", N_("KEY"), COLUMN_TEXT},
                                            {"value", N_("VALUE"), COLUMN_TEXT},
                                            {"origin", N_("FROM"), COLUMN_TEXT}};
    bool origin = cli_flag(cli, "origin") || cli->format != FORMAT_TABLE;
    struct table table;
    table_init(&table, &cli->arena, columns, origin ? 3 : 2);
    for (size_t i = 0; i < CONFIG_COUNT; i++) {
        const struct config_option *o = &config_options[i];
        slice name = arena_printf(&cli->arena, "%s.%s", o->section, o->key);
        if (!name.ptr || !row_wanted(cli, name.ptr))
            continue;
        slice *row = table_row(&table);
        if (!row)
            break;
        row[0] = name;
        row[1] = arena_copy(&cli->arena, config_text(config, i, &cli->arena));
        if (origin)
            row[2] = origin_text(cli, &config->origin[i]);
    }
    TRY(arena_check(&cli->arena, err));
    if (table.row_count == 0) {
        cli_hint(cli, N_("'sleuth config show' lists all of them"));
        return error_set(err, ST_NOT_FOUND, N_("there is no setting '%s'"), cli->words[0]);
    }
    return view_table(cli, "options", &table, err);
}

static status show_run(struct cli *cli, struct error *err)
{
    struct config config;
    TRY(config_now(cli, cli->config, &config, err));
    status rc = show_rows(cli, &config, err);
    config_finish(&config);
    return rc;
}

/* --- check --- */

static status check_run(struct cli *cli, struct error *err)
{
    struct config config;
    const char *path = cli->word_count ? cli->words[0] : cli->config;
    if (path && access(path, R_OK) != 0)
        return error_set(err, ST_CONFIG, N_("cannot read '%s'"), path);
    TRY(config_now(cli, path, &config, err));
    if (config.file.len)
        cli_note(cli, N_("'%.*s' is valid"), SLICE_ARG(config.file));
    else
        cli_note(cli, N_("there is no configuration file; the defaults are valid"));
    config_finish(&config);
    return ST_OK;
}

/* --- set --- */

static status set_run(struct cli *cli, struct error *err)
{
    const struct config_option *option;
    slice text;
    TRY(config_option_find(cli, cli->words[0], &option, err));
    TRY(config_text_read(cli, &text, err));
    TRY(config_text_set(cli, &text, option, cli->words[1], err));
    TRY(config_text_write(cli, text, err));
    if (!cli->dry_run)
        cli_note(cli, N_("%s = %s written to '%s'; a running server reads it after SIGHUP"),
                 cli->words[0], cli->words[1], config_path(cli));
    return ST_OK;
}

/* --- the table --- */

static const struct flag show_flags[] = {
    {"origin", .kind = FLAG_SWITCH, .summary = N_("say where each value came from")},
    {0},
};
static const struct example show_examples[] = {
    {"sleuth config show --origin", N_("every setting, its value and where it came from")},
    {"sleuth config show http", N_("one section")},
    {"SLEUTH_HTTP_LISTEN=[::]:443 sleuth config show http.listen --origin",
     N_("what an environment variable changes")},
    {0},
};
static const struct example check_examples[] = {
    {"sleuth config check", N_("the configuration that a server would use now")},
    {"sleuth config check new.conf && sudo mv new.conf /etc/sleuth/sleuth.conf",
     N_("before a change; exit code 5 when it is not valid")},
    {0},
};
static const struct example set_examples[] = {
    {"sudo sleuth config set http.public_url https://sleuth.example.org",
     N_("writes the line into the configuration file, if the result is valid")},
    {"sleuth config set --dry-run log.format json", N_("prints the new file instead")},
    {0},
};

static const struct command commands[] = {
    {.noun = "config",
     .verb = "show",
     .usage = "[SECTION[.KEY]]",
     .word_max = 1,
     .summary = N_("Show the effective configuration."),
     .details = N_("Weakest first: built-in default, sleuth.conf, conf.d/*.conf, environment, "
                   "flags. Secrets are shown as (set)."),
     .examples = show_examples,
     .flags = show_flags,
     .run = show_run},
    {.noun = "config",
     .verb = "check",
     .usage = "[FILE]",
     .word_max = 1,
     .summary = N_("Check a configuration; exit code 5 when it is not valid."),
     .examples = check_examples,
     .run = check_run},
    {.noun = "config",
     .verb = "set",
     .usage = "SECTION.KEY VALUE",
     .word_min = 2,
     .word_max = 2,
     .summary = N_("Change one setting in the configuration file."),
     .details = N_("Comments and order of the file stay. Secrets are not accepted: they belong "
                   "into files of their own (KEY_file)."),
     .examples = set_examples,
     .run = set_run},
    {0},
};

const struct noun noun_config = {.name = "config",
                                 .summary = N_("show, check and change the configuration"),
                                 .group = N_("Operate the appliance"),
                                 .commands = commands};
