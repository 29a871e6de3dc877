/* Paths on the command line → one finished ledger; see ledger_source.h. */
#include "tools/ledger_source.h"

enum { REFUSED_SHOWN_MAX = 10 };

static bool parse_role(slice text, struct role_choice *ret)
{
    static const struct {
        slice name;
        enum field_role role;
    } roles[] = {{SLICE_INIT("protocol"), ROLE_PROTOCOL},
                 {SLICE_INIT("settings"), ROLE_SETTINGS},
                 {SLICE_INIT("ignore"), ROLE_IGNORE}};
    slice name;
    if (!slice_split(&text, '=', &name) || !text.ptr || name.len == 0)
        return false;
    for (size_t i = 0; i < ARRAY_COUNT(roles); i++)
        if (slice_eq(text, roles[i].name)) {
            *ret = (struct role_choice){.name = name, .role = roles[i].role};
            return true;
        }
    return false;
}

static status read_roles(struct cli *cli, struct ledger_source_set *set, struct error *err)
{
    const char *text;
    for (size_t i = 0; (text = cli_text_at(cli, "role", i)); i++) {
        if (i == LEDGER_ROLES_MAX)
            return cli_usage(cli, err, "--role may be given at most %d times", LEDGER_ROLES_MAX);
        if (!parse_role(slice_of(text), &set->roles[i]))
            return cli_usage(cli, err, "--role '%s' is not NAME=protocol|settings|ignore", text);
        set->options.role_count = i + 1;
    }
    set->options.roles = set->roles;
    return ST_OK;
}

static status read_options(struct cli *cli, struct ledger_source_set *set, struct error *err)
{
    static const char *const round_names[] = {"run", "day", "tag", "commit"};
    slice round = slice_of(cli_text(cli, "round-by"));
    slice split = slice_of(cli_text(cli, "split"));
    for (int i = 0; i < (int)ARRAY_COUNT(round_names); i++)
        if (slice_eq(round, slice_of(round_names[i])))
            set->options.round_by = (enum round_by)i;
    set->options.lineage_pattern = slice_of(cli_text(cli, "lineage"));
    set->options.metric = slice_of(cli_text(cli, "metric"));
    set->options.split = slice_eq(split, S("dev"))    ? SPLIT_DEV
                         : slice_eq(split, S("test")) ? SPLIT_TEST
                                                      : SPLIT_UNKNOWN;
    return read_roles(cli, set, err);
}

static void show_progress(void *context, size_t files, size_t rows)
{
    struct progress *progress = context;
    (void)rows;
    progress_count(progress, files);
}

static void tell_refused(const struct cli *cli, const struct ledger *ledger)
{
    for (size_t i = 0; i < ledger->excluded_count && i < REFUSED_SHOWN_MAX; i++) {
        const struct ledger_excluded *e = &ledger->excluded[i];
        cli_note(cli, "not read: %.*s: %.*s", SLICE_ARG(e->path),
                 SLICE_ARG(cli->lang == LANG_ZH ? e->reason_zh : e->reason));
    }
    if (ledger->excluded_count > REFUSED_SHOWN_MAX)
        cli_note(cli, "… and %zu more files were not read",
                 ledger->excluded_count - REFUSED_SHOWN_MAX);
}

status ledger_source_read(struct cli *cli, size_t first, struct ledger_source_set *ret,
                          struct error *err)
{
    struct progress progress;
    arena_init(&ret->arena, LEDGER_BYTES_MAX);
    ledger_init(&ret->ledger, &ret->arena);
    ret->options = (struct ledger_options){0};
    TRY(read_options(cli, ret, err));
    struct import import = {.ledger = &ret->ledger,
                            .options = &ret->options,
                            .progress = show_progress,
                            .context = &progress};
    progress_begin(&progress, cli, cli_tr(cli, N_("reading logs")));
    status rc = ST_OK;
    for (size_t i = first; i < cli->word_count && rc == ST_OK; i++)
        rc = import_path(&import, cli->words[i], err);
    progress_end(&progress);
    if (rc == ST_OK)
        rc = ledger_finish(&ret->ledger, &ret->options, err);
    tell_refused(cli, &ret->ledger);
    if (rc == ST_OK && ret->ledger.row_count == 0)
        rc = error_set(err, ST_INVALID, "no evaluation log was found");
    return rc;
}

void ledger_source_finish(struct ledger_source_set *set)
{
    arena_finish(&set->arena);
}
