/* sleuth detect: logs in, verdicts out; the exit code says whether something was flagged. */
#include "tools/detect_batch.h"
#include "tools/detection.h"

#include "base/file.h"

#include <stdio.h>

static const struct {
    const char *name;
    const char *extension;
    enum report_format format;
} formats[] = {
    {"text", ".txt", REPORT_TEXT},  {"json", ".json", REPORT_JSON}, {"md", ".md", REPORT_MARKDOWN},
    {"html", ".html", REPORT_HTML}, {"csv", ".csv", REPORT_CSV},
};

/* --format, else what the name of --output says, else -o, else text. */
static enum report_format format_choose(const struct cli *cli)
{
    const char *name = cli_text(cli, "format");
    const char *file = cli_text(cli, "output");
    for (size_t i = 0; name && i < ARRAY_COUNT(formats); i++)
        if (strcmp(name, formats[i].name) == 0)
            return formats[i].format;
    if (cli->format_given && cli->format != FORMAT_TABLE)
        return cli->format == FORMAT_CSV ? REPORT_CSV : REPORT_JSON;
    for (size_t i = 0; file && i < ARRAY_COUNT(formats); i++)
        if (slice_has_suffix(slice_of(file), slice_of(formats[i].extension)))
            return formats[i].format;
    return REPORT_TEXT;
}

/* --- one indicator alone (upstream's --algorithm) --- */

static const struct {
    const char *name;
    enum indicator_id id;
} indicators[] = {{"psi", INDICATOR_PSI}, {"ccs", INDICATOR_CCS}, {"rho_pc", INDICATOR_RHO_PC}};

/* False for "decision" or when the flag is absent. */
static bool indicator_asked(const struct cli *cli, enum indicator_id *ret)
{
    const char *name = cli_text(cli, "algorithm");
    for (size_t i = 0; name && i < ARRAY_COUNT(indicators); i++) {
        if (strcmp(name, indicators[i].name) == 0) {
            *ret = indicators[i].id;
            return true;
        }
    }
    return false;
}

static void indicator_print(struct cli *cli, const struct detection *d, enum indicator_id id)
{
    const struct indicator *indicator = &d->report->classic.indicator[id];
    buf_printf(&cli->out, "%s\t", cli_text(cli, "algorithm"));
    if (indicator->reason)
        buf_printf(&cli->out, "-\t");
    else
        buf_printf(&cli->out, "%.4f\t", indicator->score);
    buf_printf(&cli->out, cli_tr(cli, N_("limit %g\t%s\n")), indicator->threshold,
               cli_tr(cli, indicator->triggered ? N_("triggered") : N_("not triggered")));
    buf_printf(&cli->out, "%s\n", classic_band(&d->report->classic, id, cli->lang));
}

/* --- one log --- */

static status output_write(struct cli *cli, const struct detection *d, const struct buf *text,
                           struct error *err)
{
    const char *file = cli_text(cli, "output");
    TRY(buf_check(text, err));
    if (!file || strcmp(file, "-") == 0) {
        buf_put(&cli->out, buf_slice(text));
        return ST_OK;
    }
    TRY(file_replace(file, buf_slice(text), 0644, err));
    cli_note(cli, "%s", report_headline(d->report, cli->lang));
    cli_note(cli, N_("report written to '%s'"), file);
    return ST_OK;
}

static status single_output(struct analyst *analyst, const struct detection *d,
                            const struct detect_settings *settings, struct error *err)
{
    struct cli *cli = analyst->cli;
    enum report_format format = format_choose(cli);
    enum indicator_id id;
    struct buf text;
    if (indicator_asked(cli, &id)) {
        cli->exit_code = d->report->classic.indicator[id].triggered ? EXIT_FOUND : EXIT_FINE;
        if (format == REPORT_TEXT && !cli_text(cli, "output")) {
            indicator_print(cli, d, id);
            return ST_OK;
        }
    } else {
        cli->exit_code = detect_exit_code(d->report) ? EXIT_FOUND : EXIT_FINE;
    }
    buf_init(&text, CLI_OUT_MAX);
    status rc = detection_render(analyst, d, settings, format, &text, err);
    if (rc == ST_OK)
        rc = output_write(cli, d, &text, err);
    buf_finish(&text);
    return rc;
}

/* Every run is on development data: expected, so there is nothing to find. */
static status development_output(struct cli *cli)
{
    buf_printf(
        &cli->out, "%s\n",
        cli_tr(cli, N_("All runs are on development data. Adapting the protocol there is how "
                       "development works: expected, and nothing was tested.")));
    return ST_OK;
}

static status single_run(struct analyst *analyst, const struct detect_settings *settings,
                         struct error *err)
{
    struct detection d;
    status rc = detection_run(analyst, analyst->cli->words[0], settings, &d, err);
    if (rc == ST_OK)
        rc = single_output(analyst, &d, settings, err);
    else if (err->code && strcmp(err->code, "only_development") == 0)
        rc = development_output(analyst->cli);
    detection_finish(&d);
    return rc;
}

/* --- the command --- */

static status settings_of_detect(struct cli *cli, struct detect_settings *ret, struct error *err)
{
    enum indicator_id id;
    const char *engine = cli_text(cli, "engine");
    TRY(detect_settings_read(cli, ret, err));
    if (!indicator_asked(cli, &id))
        return ST_OK;
    if (engine && strcmp(engine, "calibrated") == 0)
        return cli_usage(cli, err, N_("'--algorithm %s' belongs to the classic engine"),
                         cli_text(cli, "algorithm"));
    if (cli->word_count > 1)
        return cli_usage(cli, err, N_("'--algorithm %s' takes one file at a time"),
                         cli_text(cli, "algorithm"));
    ret->options.engine = ENGINE_CLASSIC;
    ret->reading.engine = ENGINE_CLASSIC;
    return ST_OK;
}

static status detect_run_command(struct cli *cli, struct error *err)
{
    struct detect_settings settings;
    struct analyst analyst;
    status rc = settings_of_detect(cli, &settings, err);
    if (rc != ST_OK)
        return rc;
    rc = analyst_init(&analyst, cli, settings.threads, err);
    if (rc == ST_OK && (cli->word_count == 1 || analyst.is_ledger))
        rc = single_run(&analyst, &settings, err);
    else if (rc == ST_OK)
        rc = batch_run(&analyst, &settings, format_choose(cli), err);
    analyst_finish(&analyst);
    if (rc != ST_OK && cli->exit_code != EXIT_USAGE)
        cli->exit_code = EXIT_FAILED; /* every failure is 2 here, as upstream has it */
    return rc;
}

static const struct flag flags[] = {
    {"format", 'f', FLAG_CHOICE, .value = "text|json|md|html|csv",
     .summary = N_("format of the report (default: text, or what --output ends in)")},
    {"output", .kind = FLAG_TEXT, .value = "FILE", .summary = N_("write the report to FILE")},
    DETECT_FLAGS,
    LEDGER_FLAGS,
    {"algorithm", 'a', FLAG_CHOICE, .value = "decision|psi|ccs|rho_pc",
     .summary = N_("decide by one classic indicator alone (default: decision, by all)")},
    {"label", .kind = FLAG_TEXT, .value = "TEXT", .summary = N_("a name for the report")},
    {0},
};

static const struct example examples[] = {
    {"sleuth detect log.csv", N_("the verdict with its reasons, as text")},
    {"sleuth detect log.csv --output report.html",
     N_("the same with plots as one HTML file that needs nothing else")},
    {"sleuth detect zenodo://17637303/v3.1", N_("the largest CSV file of a record, compared")},
    {"sleuth detect dataset:zenodo-17637303", N_("the same from what is stored here")},
    {"sleuth detect results/", N_("a directory of an evaluation tool's logs, as it is")},
    {"sleuth detect results.csv --map accuracy=performance --map model=algorithm",
     N_("a file whose columns have other names")},
    {"sleuth detect - --format json < log.csv", N_("from a pipe, for a program")},
    {"sleuth detect runs/*.csv -o csv", N_("many logs, one line each, corrected for their number")},
    {"sleuth detect log.csv --engine classic --bootstrap 1000",
     N_("only the classic indicators, with intervals")},
    {0},
};

static const struct command commands[] = {
    {.noun = "detect",
     .usage = "FILE…",
     .word_min = 1,
     .word_max = SIZE_MAX,
     .summary = N_("Tell whether the protocol of a log followed its results."),
     .details =
         N_("FILE is a CSV with the columns time_period, algorithm, performance and at least "
            "one constraint_… or protocol column, the same as JSON lines, a ledger of 'sleuth "
            "import', or a directory or files of an evaluation tool, which together are one log; "
            "'-' reads standard input.\n"
            "Exit code 1: an adaptive protocol was detected (classic engine: bias); 2: the "
            "input is not valid or the analysis failed; 0: nothing was flagged, which is "
            "not a proof that nothing happened.\n"
            "Several files are judged together: their p-values are corrected after "
            "Benjamini and Hochberg."),
     .examples = examples,
     .flags = flags,
     .run = detect_run_command},
    {0},
};

const struct noun noun_detect = {.name = "detect",
                                 .summary = N_("tell whether the protocol followed the results"),
                                 .group = N_("Analysis"),
                                 .commands = commands};
