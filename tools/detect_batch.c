/* Several logs: verdicts in a table, overall p-values corrected after Benjamini and Hochberg. */
#include "tools/detect_batch.h"
#include "tools/view.h"

#include <math.h>
#include <stdlib.h>

struct line {
    const char *path;
    const char *verdict; /* slug */
    bool failed;
    bool found; /* by its own verdict */
    double p;   /* NaN: none */
    double q;
    slice json; /* the report, in the arena; only for -o json */
    struct error err;
};

static int by_value(const void *a, const void *b, void *values)
{
    const double *p = values;
    double x = p[*(const size_t *)a];
    double y = p[*(const size_t *)b];
    return (x > y) - (x < y);
}

void bh_adjust(const double *p, double *q, size_t *rank, size_t count)
{
    double smallest = 1;
    for (size_t i = 0; i < count; i++)
        rank[i] = i;
    qsort_r(rank, count, sizeof *rank, by_value, (void *)(uintptr_t)p);
    for (size_t i = count; i-- > 0;) {
        double value = p[rank[i]] * (double)count / (double)(i + 1);
        smallest = value < smallest ? value : smallest;
        q[rank[i]] = smallest;
    }
}

static status report_keep(struct analyst *analyst, const struct detection *d,
                          const struct detect_settings *settings, slice *ret, struct error *err)
{
    struct buf text;
    buf_init(&text, CLI_OUT_MAX);
    status rc = detection_render(analyst, d, settings, REPORT_JSON, &text, err);
    *ret = arena_copy(&analyst->cli->arena, slice_trim(buf_slice(&text)));
    buf_finish(&text);
    return rc == ST_OK ? arena_check(&analyst->cli->arena, err) : rc;
}

static void line_run(struct analyst *analyst, const struct detect_settings *settings,
                     enum report_format format, struct line *line)
{
    struct detection d;
    status rc = detection_run(analyst, line->path, settings, &d, &line->err);
    if (rc == ST_OK) {
        const struct detect_report *r = d.report;
        line->verdict =
            r->has_verdict ? verdict_slug(r->verdict.kind) : risk_category(r->classic.risk);
        line->p = r->has_verdict ? r->verdict.p_value : NAN;
        line->found = detect_exit_code(r) != 0;
        if (format == REPORT_JSON)
            rc = report_keep(analyst, &d, settings, &line->json, &line->err);
    }
    line->failed = rc != ST_OK;
    if (line->failed)
        cli_tell_error(analyst->cli, rc, &line->err);
    analyst->cli->hint[0] = '\0';
    detection_finish(&d);
}

/* Logs without a p-value (too few rounds, fixed protocol, failed) are no tests and not counted. */
static status lines_correct(struct arena *arena, struct line *lines, size_t count,
                            struct error *err)
{
    double *p = arena_array(arena, count, sizeof *p);
    double *q = arena_array(arena, count, sizeof *q);
    size_t *rank = arena_array(arena, count, sizeof *rank);
    size_t *line_of = arena_array(arena, count, sizeof *line_of);
    size_t tests = 0;
    TRY(arena_check(arena, err));
    for (size_t i = 0; i < count; i++) {
        lines[i].q = NAN;
        if (lines[i].failed || isnan(lines[i].p))
            continue;
        p[tests] = lines[i].p;
        line_of[tests++] = i;
    }
    bh_adjust(p, q, rank, tests);
    for (size_t i = 0; i < tests; i++)
        lines[line_of[i]].q = q[i];
    return ST_OK;
}

/* The verdict of the log itself, and still so after the correction. */
static bool is_flagged(const struct line *line, double alpha)
{
    return line->found && (isnan(line->q) || line->q <= alpha);
}

static slice number_text(struct arena *arena, double value)
{
    return isnan(value) ? S("") : arena_printf(arena, "%.4g", value);
}

static status lines_table(struct cli *cli, const struct line *lines, size_t count, double alpha,
                          struct error *err)
{
    static const struct column columns[] = {{"file", N_("FILE"), COLUMN_TEXT},
                                            {"verdict", N_("VERDICT"), COLUMN_TEXT},
                                            {"p_value", N_("P"), COLUMN_NUMBER},
                                            {"p_bh", N_("P (CORRECTED)"), COLUMN_NUMBER},
                                            {"flagged", N_("FLAGGED"), COLUMN_TEXT}};
    struct table table;
    table_init(&table, &cli->arena, columns, ARRAY_COUNT(columns));
    for (size_t i = 0; i < count; i++) {
        bool flagged = is_flagged(&lines[i], alpha);
        const char *word = flagged ? N_("yes") : N_("no");
        slice *row = table_row(&table);
        if (!row)
            break;
        row[0] = slice_of(lines[i].path);
        row[1] = slice_of(lines[i].failed ? "error" : lines[i].verdict);
        row[2] = number_text(&cli->arena, lines[i].p);
        row[3] = number_text(&cli->arena, lines[i].q);
        row[4] = slice_of(cli->format == FORMAT_TABLE ? cli_tr(cli, word) : word);
    }
    return table_print(cli, &table, err);
}

static void lines_json(struct cli *cli, const struct line *lines, size_t count, double alpha)
{
    struct json_out w;
    json_out_init(&w, &cli->out, 0);
    json_object(&w);
    json_key_u64(&w, "schema_version", SCHEMA_VERSION);
    json_key_f64(&w, "alpha", alpha);
    json_key(&w, "files");
    json_array(&w);
    for (size_t i = 0; i < count; i++) {
        json_object(&w);
        json_key_str(&w, "file", slice_of(lines[i].path));
        json_key_f64(&w, "p_bh", lines[i].q);
        json_key_bool(&w, "flagged", is_flagged(&lines[i], alpha));
        json_key(&w, "error");
        if (lines[i].failed)
            json_str(&w, slice_of(lines[i].err.text));
        else
            json_null(&w);
        json_key(&w, "report");
        if (lines[i].json.len)
            json_raw(&w, lines[i].json);
        else
            json_null(&w);
        json_end(&w);
    }
    json_end(&w);
    json_end(&w);
    buf_put_byte(&cli->out, '\n');
}

static status lines_output(struct cli *cli, const struct line *lines, size_t count, double alpha,
                           enum report_format format, struct error *err)
{
    if (format == REPORT_JSON) {
        lines_json(cli, lines, count, alpha);
        return ST_OK;
    }
    cli->format = format == REPORT_CSV ? FORMAT_CSV : FORMAT_TABLE;
    return lines_table(cli, lines, count, alpha, err);
}

static status lines_end(struct cli *cli, const struct line *lines, size_t count, double alpha,
                        struct error *err)
{
    size_t failed = 0;
    for (size_t i = 0; i < count; i++) {
        failed += lines[i].failed;
        if (is_flagged(&lines[i], alpha))
            cli->exit_code = EXIT_FOUND;
    }
    if (failed == 0)
        return ST_OK;
    cli_hint(cli, N_("the messages above name them"));
    return error_set(err, ST_INVALID, N_("%zu of %zu logs could not be analysed"), failed, count);
}

status batch_run(struct analyst *analyst, const struct detect_settings *settings,
                 enum report_format format, struct error *err)
{
    struct cli *cli = analyst->cli;
    size_t count = cli->word_count;
    double alpha = settings->options.alpha;
    struct line *lines = arena_array(&cli->arena, count, sizeof *lines);
    if (!lines)
        return arena_check(&cli->arena, err);
    if (format == REPORT_HTML || format == REPORT_MARKDOWN || cli_text(cli, "output"))
        return cli_usage(cli, err, N_("a full report is about one log: give one FILE"));
    for (size_t i = 0; i < count; i++) {
        lines[i] = (struct line){.path = cli->words[i], .p = NAN};
        line_run(analyst, settings, format, &lines[i]);
        if (interrupted())
            return error_set(err, ST_CANCELLED, N_("interrupted"));
    }
    TRY(lines_correct(&cli->arena, lines, count, err));
    TRY(lines_output(cli, lines, count, alpha, format, err));
    return lines_end(cli, lines, count, alpha, err);
}
