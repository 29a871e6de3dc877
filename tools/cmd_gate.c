/* sleuth gate: pass or fail for a release pipeline, with the reasons and a JUnit file. */
#include "tools/gate.h"
#include "tools/view.h"

#include "base/file.h"

#define REPORT_BYTES_MAX ((size_t)256 << 20)

enum {
    CALIBRATED_CHECKS = 1U << GATE_ADAPTIVE | 1U << GATE_DEVIATION | 1U << GATE_INCOMPARABLE |
                        1U << GATE_INSUFFICIENT | 1U << GATE_INCOMPLETE,
    CLASSIC_CHECKS = 1U << GATE_BIAS | 1U << GATE_MEDIUM | 1U << GATE_HIGH,
};

struct gate {
    struct cli *cli;
    size_t log_count; /* words, or 1 when they are a ledger */
    struct detect_settings settings;
    unsigned wanted;             /* bits 1 << enum gate_check */
    bool strict;                 /* not enough data exits 9 */
    const struct json *baseline; /* NULL = none */
};

/* --- what is asked for --- */

static status wanted_read(struct cli *cli, struct gate *gate, struct error *err)
{
    const struct detect_options *o = &gate->settings.options;
    bool classic = o->engine == ENGINE_CLASSIC;
    gate->strict = o->preset && o->preset->fail_on_everything;
    for (size_t i = 0;; i++) {
        enum gate_check check;
        const char *name = cli_text_at(cli, "fail-on", i);
        if (!name)
            break;
        if (!gate_check_named(slice_of(name), &check))
            return error_set(err, ST_INTERNAL, "unknown check '%s'", name);
        if (gate_check_is_classic(check) != classic && check != GATE_INCOMPLETE)
            return cli_usage(cli, err,
                             classic ? N_("'--fail-on %s' needs the calibrated engine")
                                     : N_("'--fail-on %s' needs '--engine classic'"),
                             name);
        gate->wanted |= 1U << check;
    }
    if (gate->wanted == 0)
        gate->wanted = classic ? 1U << GATE_BIAS : 1U << GATE_ADAPTIVE;
    if (gate->strict)
        gate->wanted |= classic ? CLASSIC_CHECKS : CALIBRATED_CHECKS;
    if (cli_flag(cli, "min-grade"))
        gate->wanted |= 1U << GATE_GRADE;
    return ST_OK;
}

/* A report as `sleuth detect --format json` writes it, or a sealed one. */
static status baseline_read(struct cli *cli, struct gate *gate, struct error *err)
{
    const char *path = cli_text(cli, "baseline");
    slice text;
    if (!path)
        return ST_OK;
    TRY(file_read(path, REPORT_BYTES_MAX, &cli->arena, &text, err));
    status rc = json_parse(text, &cli->arena, &gate->baseline, err);
    if (rc != ST_OK)
        return error_wrap(err, rc, "'%s'", path);
    const struct json *inner = json_find(gate->baseline, "report");
    if (inner)
        gate->baseline = inner;
    if (!json_at(gate->baseline, "data_stats.num_rows"))
        return error_set(err, ST_INVALID, N_("'%s' is not a report"), path);
    gate->wanted |= 1U << GATE_DEVIATION;
    return ST_OK;
}

/* --- what is told --- */

static const char *result_word(const struct gate_finding *f)
{
    return f->result == GATE_FAILED ? N_("failed") : N_("passed");
}

static status checks_print(struct cli *cli, const struct gate_log *logs, size_t count,
                           struct error *err)
{
    static const struct column columns[] = {{"file", N_("FILE"), COLUMN_TEXT},
                                            {"check", N_("CHECK"), COLUMN_TEXT},
                                            {"result", N_("RESULT"), COLUMN_TEXT},
                                            {"reason", N_("REASON"), COLUMN_TEXT}};
    struct table table;
    bool words = cli->format == FORMAT_TABLE;
    table_init(&table, &cli->arena, columns, ARRAY_COUNT(columns));
    for (size_t i = 0; i < count * GATE_CHECK_COUNT; i++) {
        const struct gate_log *log = &logs[i / GATE_CHECK_COUNT];
        const struct gate_finding *f = &log->findings[i % GATE_CHECK_COUNT];
        slice *row = f->result == GATE_SKIPPED ? NULL : table_row(&table);
        if (!row)
            continue;
        row[0] = slice_of(log->path);
        row[1] = slice_of(gate_check_name((enum gate_check)(i % GATE_CHECK_COUNT)));
        row[2] = slice_of(words ? cli_tr(cli, result_word(f)) : result_word(f));
        row[3] = f->text;
    }
    return view_table(cli, "checks", &table, err);
}

static status junit_write(struct cli *cli, const struct gate_log *logs, size_t count,
                          struct error *err)
{
    const char *path = cli_text(cli, "junit");
    struct buf text;
    if (!path)
        return ST_OK;
    buf_init_arena(&text, &cli->arena, CLI_OUT_MAX);
    gate_junit(&text, logs, count);
    TRY(buf_check(&text, err));
    return file_replace(path, buf_slice(&text), 0644, err);
}

/* 1 when a check failed; 9 when all that failed under the strict preset is a lack of data. */
static void exit_decide(struct gate *gate, const struct gate_log *logs, size_t count)
{
    bool found = false;
    bool pending = false;
    for (size_t i = 0; i < count * GATE_CHECK_COUNT; i++) {
        if (logs[i / GATE_CHECK_COUNT].findings[i % GATE_CHECK_COUNT].result != GATE_FAILED)
            continue;
        if (i % GATE_CHECK_COUNT == GATE_INSUFFICIENT && gate->strict)
            pending = true;
        else
            found = true;
    }
    gate->cli->exit_code = found ? EXIT_FOUND : pending ? EXIT_PENDING : EXIT_FINE;
    cli_note(gate->cli, found     ? N_("gate: failed")
                        : pending ? N_("gate: not enough data yet")
                                  : N_("gate: passed"));
}

/* --- the command --- */

static status logs_check(struct gate *gate, struct analyst *analyst, struct gate_log *logs,
                         struct error *err)
{
    for (size_t i = 0; i < gate->log_count; i++) {
        struct detection d;
        status rc = detection_run(analyst, gate->cli->words[i], &gate->settings, &d, err);
        if (rc == ST_OK)
            rc = gate_log_check(gate->cli, &d, gate->wanted, gate->baseline, &logs[i], err);
        detection_finish(&d);
        TRY(rc);
    }
    return ST_OK;
}

static status gate_tell(struct gate *gate, const struct gate_log *logs, struct error *err)
{
    size_t count = gate->log_count;
    TRY(checks_print(gate->cli, logs, count, err));
    TRY(junit_write(gate->cli, logs, count, err));
    exit_decide(gate, logs, count);
    return ST_OK;
}

static status gate_run(struct cli *cli, struct error *err)
{
    struct gate gate = {.cli = cli};
    struct analyst analyst;
    status rc = detect_settings_read(cli, &gate.settings, err);
    if (rc == ST_OK)
        rc = wanted_read(cli, &gate, err);
    if (rc == ST_OK)
        rc = baseline_read(cli, &gate, err);
    struct gate_log *logs = arena_array(&cli->arena, cli->word_count, sizeof *logs);
    if (rc == ST_OK)
        rc = arena_check(&cli->arena, err);
    if (rc == ST_OK) {
        rc = analyst_init(&analyst, cli, gate.settings.threads, err);
        gate.log_count = analyst.is_ledger ? 1 : cli->word_count;
        if (rc == ST_OK)
            rc = logs_check(&gate, &analyst, logs, err);
        analyst_finish(&analyst);
    }
    if (rc == ST_OK)
        rc = gate_tell(&gate, logs, err);
    if (rc != ST_OK && cli->exit_code != EXIT_USAGE)
        cli->exit_code = EXIT_FAILED;
    return rc;
}

static const struct flag flags[] = {
    {"fail-on", .kind = FLAG_CHOICE, .repeatable = true,
     .value = "adaptive|deviation|incomparable|insufficient|incomplete|bias|medium|high",
     .summary = N_("what fails the gate (default: adaptive; classic engine: bias)")},
    {"min-grade", .kind = FLAG_CHOICE, .value = "A|B|C",
     .summary = N_("weakest acceptable origin: A captured, B imported, C hand-made")},
    {"junit", .kind = FLAG_TEXT, .value = "FILE",
     .summary = N_("write the checks as JUnit XML, for CI systems")},
    {"baseline", .kind = FLAG_TEXT, .value = "FILE",
     .summary = N_("an earlier report (JSON) that this log must continue")},
    {"label", .kind = FLAG_TEXT, .hidden = true, .value = "TEXT",
     .summary = N_("a name for the report")},
    {"output", .kind = FLAG_TEXT, .hidden = true, .value = "FILE",
     .summary = N_("write the report to FILE")},
    DETECT_FLAGS,
    LEDGER_FLAGS,
    {0},
};

static const struct example examples[] = {
    {"sleuth gate log.csv", N_("fails when the protocol followed the results")},
    {"sleuth gate log.csv --preset strict --junit gate.xml",
     N_("for a release: everything counts, and the CI system shows each check")},
    {"sleuth gate log.csv --fail-on adaptive --fail-on incomplete", N_("these two checks only")},
    {"sleuth gate log.csv --baseline last-release.json",
     N_("the log must continue the one of an earlier report")},
    {0},
};

static const struct command commands[] = {
    {.noun = "gate",
     .usage = "FILE…",
     .word_min = 1,
     .word_max = SIZE_MAX,
     .summary = N_("Pass or fail logs in a pipeline."),
     .details = N_("Exit code 0: passed; 1: a check failed; 2: the log could not be analysed; 9: "
                   "under --preset strict there is not enough data yet.\n"
                   "The checks bias, medium and high are uncalibrated and belong to --engine "
                   "classic."),
     .examples = examples,
     .flags = flags,
     .run = gate_run},
    {0},
};

const struct noun noun_gate = {.name = "gate",
                               .summary = N_("pass or fail logs in a pipeline"),
                               .group = N_("Analysis"),
                               .commands = commands};
