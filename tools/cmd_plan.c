/* sleuth plan: what the plans of this appliance allow, from plans.conf over the defaults. */
#include "tools/config_file.h"
#include "tools/view.h"

#include "plans.h"

#include <stdio.h>

/* plans.file of the configuration, else plans.conf beside the configuration file. */
static status plans_path(struct cli *cli, slice *ret, struct error *err)
{
    struct config config;
    size_t at = 0;
    TRY(config_now(cli, NULL, &config, err));
    slice main_file = config.file.len ? config.file : slice_of(config_path(cli));
    for (size_t i = 0; i < main_file.len; i++)
        if (main_file.ptr[i] == '/')
            at = i + 1;
    *ret = config.plans_file.len ? arena_copy(&cli->arena, config.plans_file)
                                 : arena_printf(&cli->arena, SLICE_FMT "plans.conf",
                                                SLICE_ARG(slice_sub(main_file, 0, at)));
    config_finish(&config);
    return arena_check(&cli->arena, err);
}

static status plans_now(struct cli *cli, const char *path, struct plans *ret, struct error *err)
{
    slice found;
    if (path)
        return plans_load(path, ret, err);
    TRY(plans_path(cli, &found, err));
    return plans_load(found.ptr, ret, err);
}

static slice limit_text(struct cli *cli, uint64_t limit)
{
    if (limit == PLAN_UNLIMITED)
        return slice_of(cli->format == FORMAT_TABLE ? cli_tr(cli, N_("unlimited")) : "unlimited");
    return arena_printf(&cli->arena, "%llu", (unsigned long long)limit);
}

static status list_print(struct cli *cli, const struct plans *plans, struct error *err)
{
    static const struct column columns[] = {
        {"id", N_("PLAN"), COLUMN_TEXT},
        {"per_minute", N_("PER MINUTE"), COLUMN_NUMBER},
        {"per_day", N_("PER DAY"), COLUMN_NUMBER},
        {"analyses_per_month", N_("ANALYSES/MONTH"), COLUMN_NUMBER},
        {"keys_max", N_("KEYS"), COLUMN_NUMBER},
        {"price", N_("PRICE"), COLUMN_NUMBER},
        {"currency", N_("CURRENCY"), COLUMN_TEXT},
    };
    struct table table;
    table_init(&table, &cli->arena, columns, ARRAY_COUNT(columns));
    for (int i = 0; i < PLAN_COUNT; i++) {
        const struct plan *plan = &plans->plan[i];
        slice *row = table_row(&table);
        if (!row)
            break;
        row[0] = slice_of(plan->slug);
        row[1] = limit_text(cli, plan->per_minute);
        row[2] = limit_text(cli, plan->per_day);
        row[3] = limit_text(cli, plan->analyses_per_month);
        row[4] = limit_text(cli, plan->keys_max);
        row[5] =
            arena_printf(&cli->arena, "%llu.%02u", (unsigned long long)(plan->price_cents / 100),
                         (unsigned)(plan->price_cents % 100));
        row[6] = plan->currency;
    }
    return view_table(cli, "plans", &table, err);
}

static status list_run(struct cli *cli, struct error *err)
{
    struct plans plans;
    TRY(plans_now(cli, NULL, &plans, err));
    status rc = list_print(cli, &plans, err);
    if (rc == ST_OK)
        rc = cli_flush(cli, err); /* the cells live in the plans */
    plans_finish(&plans);
    return rc;
}

static status show_print(struct cli *cli, const struct plan *plan, struct error *err)
{
    static const struct column columns[] = {{"key", N_("KEY"), COLUMN_TEXT},
                                            {"value", N_("VALUE"), COLUMN_TEXT}};
    struct table table;
    const char *name;
    slice text;
    table_init(&table, &cli->arena, columns, ARRAY_COUNT(columns));
    for (size_t i = 0; plan_field(plan, i, &name, &text, &cli->arena); i++) {
        slice *row = table_row(&table);
        if (!row)
            break;
        row[0] = slice_of(name);
        row[1] = text;
    }
    return view_table(cli, "fields", &table, err);
}

static status show_run(struct cli *cli, struct error *err)
{
    struct plans plans;
    enum plan_rank rank;
    if (!plan_from_slug(slice_of(cli->words[0]), &rank)) {
        cli_hint(cli, N_("plans are free, pro, business, enterprise"));
        return error_set(err, ST_NOT_FOUND, N_("there is no plan '%s'"), cli->words[0]);
    }
    TRY(plans_now(cli, NULL, &plans, err));
    status rc = show_print(cli, &plans.plan[rank], err);
    if (rc == ST_OK)
        rc = cli_flush(cli, err);
    plans_finish(&plans);
    return rc;
}

static status check_run(struct cli *cli, struct error *err)
{
    struct plans plans;
    TRY(plans_now(cli, cli->word_count ? cli->words[0] : NULL, &plans, err));
    plans_finish(&plans);
    cli_note(cli, N_("the plans are valid"));
    return ST_OK;
}

static const struct example list_examples[] = {
    {"sleuth plan list", N_("the four plans side by side")},
    {0},
};
static const struct example show_examples[] = {
    {"sleuth plan show pro", N_("everything about one plan, as plans.conf names it")},
    {0},
};
static const struct example check_examples[] = {
    {"sleuth plan check plans.conf", N_("before a change; exit code 5 when it is not valid")},
    {0},
};

/* clang-format off */
static const struct command commands[] = {
    {"plan", "list", NULL, 0, 0, N_("List the plans with their limits and prices."), NULL, list_examples, NULL, false, list_run},
    {"plan", "show", "PLAN", 1, 1, N_("Show one plan in full."), NULL, show_examples, NULL, false, show_run},
    {"plan", "check", "[FILE]", 0, 1, N_("Check plans.conf; exit code 5 when it is not valid."), NULL, check_examples, NULL, false, check_run},
    {0},
};
/* clang-format on */

const struct noun noun_plan = {.name = "plan",
                               .summary = N_("plans: limits and prices"),
                               .group = N_("Users and keys"),
                               .commands = commands};
