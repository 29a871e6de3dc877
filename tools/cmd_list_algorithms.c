/* sleuth list-algorithms: the engines, the indicators and the presets that detect and gate know. */
#include "tools/view.h"

#include "detect/detect.h"

static const struct {
    const char *name;
    const char *kind;
    const char *text;
} algorithms[] = {
    {"calibrated", N_("engine"),
     N_("permutation tests with a controlled false-positive rate; decides by default")},
    {"classic", N_("engine"), N_("the indicators of the open-source service, uncalibrated")},
    {"decision", N_("classic vote"), N_("at least two of the three indicators")},
    {"psi", N_("classic indicator"),
     N_("Performance-Structure Independence: how far constraints "
        "move between rounds")},
    {"ccs", N_("classic indicator"),
     N_("Constraint-Consistency Score: how little constraints vary")},
    {"rho_pc", N_("classic indicator"), N_("Performance-Constraint Correlation over all rows")},
};

static void row_fill(struct cli *cli, slice *row, const char *name, const char *kind,
                     const char *text)
{
    bool words = cli->format == FORMAT_TABLE;
    if (!row)
        return;
    row[0] = slice_of(name);
    row[1] = slice_of(words ? cli_tr(cli, kind) : kind);
    row[2] = slice_of(words ? cli_tr(cli, text) : text);
}

static status list_run(struct cli *cli, struct error *err)
{
    static const struct column columns[] = {{"name", N_("NAME"), COLUMN_TEXT},
                                            {"kind", N_("KIND"), COLUMN_TEXT},
                                            {"description", N_("DESCRIPTION"), COLUMN_TEXT}};
    size_t preset_count;
    const struct preset *presets = preset_table(&preset_count);
    struct table table;
    table_init(&table, &cli->arena, columns, ARRAY_COUNT(columns));
    for (size_t i = 0; i < ARRAY_COUNT(algorithms); i++)
        row_fill(cli, table_row(&table), algorithms[i].name, algorithms[i].kind,
                 algorithms[i].text);
    for (size_t i = 0; i < preset_count; i++)
        row_fill(cli, table_row(&table), presets[i].name, N_("preset"), presets[i].meaning);
    return view_table(cli, "algorithms", &table, err);
}

static const struct example examples[] = {
    {"sleuth list-algorithms", N_("engines, indicators and presets")},
    {0},
};

static const struct command commands[] = {
    {.noun = "list-algorithms",
     .summary = N_("List engines, indicators and presets."),
     .examples = examples,
     .run = list_run},
    {0},
};

const struct noun noun_list_algorithms = {.name = "list-algorithms",
                                          .summary = N_("engines, indicators and presets"),
                                          .group = N_("Analysis"),
                                          .commands = commands};
