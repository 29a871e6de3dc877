/* Reads a log, runs the analysis on all cores with progress and Ctrl-C, renders the report. */
#include "tools/detection.h"

#include "tools/dataset_pack.h"
#include "tools/log_kind.h"

#include "diff_part.h"

#include "base/clock.h"
#include "base/crypt.h"
#include "base/file.h"
#include "json_rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define INPUT_BYTES_MAX   ((size_t)2 << 30)
#define ARENA_BYTES_MAX   ((size_t)32 << 30) /* address space, taken as needed */
#define PROGRAM_BYTES_MAX ((size_t)256 << 20)

enum { ROW_ERRORS_SHOWN = 10, LOOK_BYTES = 8192 };

status analyst_init(struct analyst *analyst, struct cli *cli, unsigned threads, struct error *err)
{
    *analyst = (struct analyst){.cli = cli, .is_ledger = words_are_ledger(cli)};
    if (cli->timeout_ms)
        analyst->deadline_ms = clock_mono_ms() + (int64_t)cli->timeout_ms;
    (void)pthread_mutex_init(&analyst->progress_lock, NULL); /* cannot fail on Linux */
    interrupt_catch();
    return pool_create(threads, &cli->arena, &analyst->pool, err);
}

void analyst_finish(struct analyst *analyst)
{
    pool_destroy(&analyst->pool);
    (void)pthread_mutex_destroy(&analyst->progress_lock);
}

/* --- hooks: any thread --- */

static bool is_late(const struct analyst *analyst)
{
    return analyst->deadline_ms && clock_mono_ms() >= analyst->deadline_ms;
}

static bool on_cancelled(void *ctx)
{
    return interrupted() || is_late(ctx);
}

static void on_progress(void *ctx, const char *phase, size_t done, size_t total)
{
    struct analyst *analyst = ctx;
    if (pthread_mutex_trylock(&analyst->progress_lock) != 0)
        return; /* somebody else is drawing */
    analyst->progress.label = cli_tr(analyst->cli, phase);
    progress_show(&analyst->progress, done, total);
    (void)pthread_mutex_unlock(&analyst->progress_lock);
}

static void on_parallel_for(void *ctx, size_t count, void (*body)(void *arg, size_t i), void *arg)
{
    struct analyst *analyst = ctx;
    pool_for(analyst->pool, count, body, arg);
}

/* --- one log --- */

static void row_errors_tell(const struct cli *cli, const struct row_errors *errors)
{
    size_t shown = cli->verbose ? ROW_ERRORS_MAX : ROW_ERRORS_SHOWN;
    for (size_t i = 0; i < errors->count && i < shown; i++) {
        const struct row_error *e = &errors->items[i];
        if (e->line && e->column.len)
            cli_note(cli, N_("  line %zu, column '%.*s': %.*s"), e->line, SLICE_ARG(e->column),
                     SLICE_ARG(e->text[cli->lang]));
        else if (e->line)
            cli_note(cli, N_("  line %zu: %.*s"), e->line, SLICE_ARG(e->text[cli->lang]));
    }
    if (errors->total > shown)
        cli_note(cli, N_("  … %zu in all"), errors->total);
}

static slice shown_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    if (strcmp(path, "-") == 0)
        return S("stdin");
    return slice_of(slash && slash[1] ? slash + 1 : path);
}

static void sha256_hex(char hex[static SHA256_HEX_MAX], slice bytes)
{
    struct crypt_hash hash;
    crypt_sha256(&hash, bytes);
    (void)crypt_hex(hex, hash.bytes, sizeof hash.bytes);
}

/* A table or rows, whatever the content says. */
static status panel_read(slice bytes, const struct detect_settings *settings, struct detection *ret,
                         struct row_errors *errors, struct error *err)
{
    if (log_kind_of(slice_sub(bytes, 0, LOOK_BYTES)) == LOG_ROWS)
        return json_rows(bytes, &settings->reading, &ret->arena, &ret->panel, errors, err);
    return panel_from_csv(bytes, &settings->reading, &ret->arena, &ret->panel, errors, err);
}

static status file_panel(struct analyst *analyst, const char *path,
                         const struct detect_settings *settings, struct detection *ret,
                         struct error *err)
{
    slice bytes;
    struct row_errors *errors = arena_alloc(&ret->arena, sizeof *errors);
    if (!errors)
        return arena_check(&ret->arena, err);
    if (strcmp(path, "-") == 0 && analyst->cli->tty_in)
        cli_note(analyst->cli, N_("reading the log from this terminal; Ctrl-D ends it"));
    bool is_source;
    status rc = source_text(analyst->cli, path, &ret->arena, &is_source, &bytes, err);
    if (rc == ST_OK && !is_source)
        rc = file_read(path, INPUT_BYTES_MAX, &ret->arena, &bytes, err);
    if (rc == ST_NOT_FOUND)
        cli_hint(analyst->cli, N_("check the path; '-' reads standard input"));
    TRY(rc);
    sha256_hex(ret->sha256, bytes);
    rc = panel_read(bytes, settings, ret, errors, err);
    if (rc == ST_OK)
        return ST_OK;
    cli_hint(analyst->cli, N_("a log needs the columns time_period, algorithm, performance and "
                              "constraint_…; --map gives yours these names"));
    (void)error_wrap(err, rc, "'%s'", strcmp(path, "-") == 0 ? "stdin" : path);
    if (errors->total)
        row_errors_tell(analyst->cli, errors);
    return rc;
}

/* --- logs of evaluation tools --- */

bool words_are_ledger(const struct cli *cli)
{
    return cli->word_count > 0 && strcmp(cli->words[0], "-") != 0 &&
           log_kind_at(cli->words[0]) == LOG_LEDGER;
}

/* The hash of the ledger as `sleuth import` writes it: what a recomputation reads. */
static status ledger_hash(const struct ledger *ledger, struct detection *ret, struct error *err)
{
    struct buf lines;
    buf_init(&lines, LEDGER_BYTES_MAX);
    ledger_write_jsonl(ledger, &lines);
    status rc = buf_check(&lines, err);
    if (rc == ST_OK)
        sha256_hex(ret->sha256, buf_slice(&lines));
    buf_finish(&lines);
    return rc;
}

static void ledger_facts_tell(const struct cli *cli, const struct ledger_panel_facts *facts)
{
    if (facts->failed_rows + facts->dev_rows + facts->metric_rows == 0) {
        cli_note(cli, N_("%zu scores of completed runs"), facts->run_rows);
        return;
    }
    cli_note(cli,
             N_("%zu scores of completed runs, %zu of failed runs left out, %zu on development "
                "data left out, %zu of other metrics left out"),
             facts->run_rows, facts->failed_rows, facts->dev_rows, facts->metric_rows);
}

static status ledger_panel(struct analyst *analyst, const struct detect_settings *settings,
                           struct detection *ret, struct error *err)
{
    struct cli *cli = analyst->cli;
    ret->ledger = arena_alloc(&ret->arena, sizeof *ret->ledger);
    if (!ret->ledger)
        return arena_check(&ret->arena, err);
    TRY(ledger_source_read(cli, 0, ret->ledger, err));
    const struct ledger *ledger = &ret->ledger->ledger;
    ret->grade[0] = ledger->grade;
    TRY(ledger_hash(ledger, ret, err));
    status rc =
        ledger_to_panel(ledger, &settings->reading, &ret->arena, &ret->panel, &ret->facts, err);
    ret->runs = (struct report_runs){.seen = ret->facts.run_rows + ret->facts.failed_rows,
                                     .failed = ret->facts.failed_rows,
                                     .excluded = ledger->excluded_count};
    ledger_facts_tell(cli, &ret->facts);
    if (rc == ST_INVALID)
        cli_hint(cli, N_("'sleuth diff' on the same files says what changed between the runs"));
    return rc;
}

static status input_read(struct analyst *analyst, const char *path,
                         const struct detect_settings *settings, struct detection *ret,
                         struct error *err)
{
    if (analyst->is_ledger)
        return ledger_panel(analyst, settings, ret, err);
    return file_panel(analyst, path, settings, ret, err);
}

status detection_run(struct analyst *analyst, const char *path,
                     const struct detect_settings *settings, struct detection *ret,
                     struct error *err)
{
    struct detect_options options = settings->options;
    int64_t begin_ms = clock_mono_ms();
    *ret = (struct detection){
        .path = path, .name = shown_name(path), .created_ms = clock_wall_ms(), .grade = "C"};
    arena_init(&ret->arena, ARENA_BYTES_MAX);
    TRY(input_read(analyst, path, settings, ret, err));
    options.hooks = (struct detect_hooks){.ctx = analyst,
                                          .parallel_for = on_parallel_for,
                                          .cancelled = on_cancelled,
                                          .progress = on_progress};
    progress_begin(&analyst->progress, analyst->cli, "");
    status rc = detect_run(ret->panel, &options, &ret->arena, &ret->report, err);
    progress_end(&analyst->progress);
    if (rc == ST_CANCELLED && is_late(analyst)) {
        cli_hint(analyst->cli, N_("a larger --timeout, or fewer --draws"));
        return error_set(err, ST_TIMEOUT, N_("'%s' took longer than --timeout allows"), path);
    }
    ret->elapsed_ms = clock_mono_ms() - begin_ms;
    return rc;
}

void detection_finish(struct detection *detection)
{
    if (detection->ledger)
        ledger_source_finish(detection->ledger);
    arena_finish(&detection->arena);
    detection->panel = NULL;
    detection->report = NULL;
}

/* --- reports --- */

/* The hash of this program, once per run; left empty where /proc does not tell. */
static slice binary_sha256(struct analyst *analyst)
{
    struct arena scratch;
    slice bytes;
    if (analyst->binary_sha256[0] == '\0') {
        arena_init(&scratch, PROGRAM_BYTES_MAX * 2);
        if (file_read("/proc/self/exe", PROGRAM_BYTES_MAX, &scratch, &bytes, NULL) == ST_OK)
            sha256_hex(analyst->binary_sha256, bytes);
        arena_finish(&scratch);
    }
    return slice_of(analyst->binary_sha256);
}

/* Plots in characters beyond ASCII only where the terminal's character set has them. */
static bool is_ascii_terminal(const struct cli *cli)
{
    static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};
    for (size_t i = 0; cli->tty_out && i < ARRAY_COUNT(names); i++) {
        const char *value = getenv(names[i]);
        if (value && value[0])
            return !strstr(value, "UTF-8") && !strstr(value, "utf8") && !strstr(value, "UTF8") &&
                   !strstr(value, "utf-8");
    }
    return false;
}

void detection_context(struct analyst *analyst, const struct detection *detection,
                       const struct detect_settings *settings, struct report_context *ret)
{
    const struct cli *cli = analyst->cli;
    const char *label = cli_text(cli, "label");
    struct arena *arena = &analyst->cli->arena;
    char time[TIME_TEXT_MAX];
    *ret = (struct report_context){
        .created_at = arena_copy(arena, time_rfc3339(detection->created_ms, time)),
        .input_name = detection->name,
        .input_sha256 = slice_of(detection->sha256),
        .binary_sha256 = binary_sha256(analyst),
        .label = slice_of(label),
        .grade = slice_of(detection->grade),
        .runs = detection->ledger ? &detection->runs : NULL,
        .command = arena_printf(arena, "sleuth report recompute REPORT.json " SLICE_FMT,
                                SLICE_ARG(detection->name)),
        .clock_source = S("system clock"),
        .panel_options = &settings->reading,
        .elapsed_ms = detection->elapsed_ms,
        .livemode = true,
        .color = cli->color_out && !cli_text(cli, "output"),
        .ascii = is_ascii_terminal(cli),
        .width = cli->out_columns > 200 ? 200 : (int)cli->out_columns,
    };
}

/* What changed between the runs of a ledger: certain, so it comes first. */
static status add_changes(struct analyst *analyst, const struct detection *detection,
                          struct report_context *context, struct error *err)
{
    struct diff *diff;
    struct arena *arena = &analyst->cli->arena;
    struct report_part *part = arena_alloc(arena, sizeof *part);
    if (!detection->ledger)
        return ST_OK;
    if (!part)
        return arena_check(arena, err);
    TRY(diff_ledger(&detection->ledger->ledger, arena, &diff, err));
    TRY(diff_part(diff, analyst->cli->lang, arena, part, err));
    context->first = part;
    return ST_OK;
}

status detection_render(struct analyst *analyst, const struct detection *detection,
                        const struct detect_settings *settings, enum report_format format,
                        struct buf *out, struct error *err)
{
    struct report_context context;
    enum lang lang = analyst->cli->lang;
    detection_context(analyst, detection, settings, &context);
    TRY(add_changes(analyst, detection, &context, err));
    TRY(arena_check(&analyst->cli->arena, err));
    switch (format) {
    case REPORT_TEXT:
        return report_text(detection->report, lang, &context, out, err);
    case REPORT_JSON:
        return report_json(detection->report, lang, &context, out, err);
    case REPORT_MARKDOWN:
        return report_markdown(detection->report, lang, &context, out, err);
    case REPORT_HTML:
        return report_html(detection->report, lang, &context, out, err);
    case REPORT_CSV:
        return report_csv(detection->report, lang, &context, out, err);
    }
    return error_set(err, ST_INTERNAL, "unknown format");
}
