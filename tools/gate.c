/* Decides each check of a gate from the report of a log; writes JUnit XML for CI systems. */
#include "tools/gate.h"

#include "diff.h"
#include "json.h"

#include <math.h>
#include <stdio.h>

static const char *const names[GATE_CHECK_COUNT] = {
    [GATE_ADAPTIVE] = "adaptive",
    [GATE_DEVIATION] = "deviation",
    [GATE_INCOMPARABLE] = "incomparable",
    [GATE_INSUFFICIENT] = "insufficient",
    [GATE_INCOMPLETE] = "incomplete",
    [GATE_BIAS] = "bias",
    [GATE_MEDIUM] = "medium",
    [GATE_HIGH] = "high",
    [GATE_GRADE] = "grade",
};

const char *gate_check_name(enum gate_check check)
{
    return names[check];
}

bool gate_check_named(slice name, enum gate_check *ret)
{
    for (int i = 0; i < GATE_CHECK_COUNT; i++) {
        if (slice_eq(name, slice_of(names[i]))) {
            *ret = (enum gate_check)i;
            return true;
        }
    }
    return false;
}

bool gate_check_is_classic(enum gate_check check)
{
    return check == GATE_BIAS || check == GATE_MEDIUM || check == GATE_HIGH;
}

/* --- the checks --- */

static void decide(struct gate_finding *finding, bool failed, slice why)
{
    finding->result = failed ? GATE_FAILED : GATE_PASSED;
    finding->text = failed ? why : S("");
}

/* Logs of tools are compared run by run; a table only shows that its settings differ. */
static status is_comparable(struct cli *cli, const struct detection *d, bool *ret,
                            struct error *err)
{
    enum verdict_reason reason = d->report->verdict.reason;
    struct diff *diff;
    *ret = reason != REASON_DIFFERS_BETWEEN_SYSTEMS && reason != REASON_DIFFERS_WITHIN_ROUNDS;
    if (!d->ledger)
        return ST_OK;
    TRY(diff_ledger(&d->ledger->ledger, &cli->arena, &diff, err));
    *ret = diff->comparable;
    return ST_OK;
}

static status check_verdict(struct cli *cli, const struct detection *d, unsigned wanted,
                            struct gate_log *ret, struct error *err)
{
    const struct verdict *v = &d->report->verdict;
    slice headline = slice_of(report_headline(d->report, cli->lang));
    bool comparable;
    TRY(is_comparable(cli, d, &comparable, err));
    if (wanted & 1U << GATE_ADAPTIVE)
        decide(&ret->findings[GATE_ADAPTIVE], v->kind == VERDICT_ADAPTIVE, headline);
    if (wanted & 1U << GATE_INSUFFICIENT)
        decide(&ret->findings[GATE_INSUFFICIENT],
               v->kind == VERDICT_INSUFFICIENT && v->reason != REASON_DIFFERS_BETWEEN_SYSTEMS &&
                   v->reason != REASON_DIFFERS_WITHIN_ROUNDS,
               headline);
    if (d->ledger && !comparable && !(wanted & 1U << GATE_INCOMPARABLE))
        cli_warn(cli, N_("the runs were measured differently; that was not asked for here "
                         "(--fail-on incomparable)"));
    if (wanted & 1U << GATE_INCOMPARABLE)
        decide(&ret->findings[GATE_INCOMPARABLE], !comparable,
               d->ledger ? slice_of(cli_tr(cli, N_("the runs were measured differently; 'sleuth "
                                                   "diff' names the fields")))
                         : headline);
    return ST_OK;
}

static void check_classic(struct cli *cli, const struct detect_report *r, unsigned wanted,
                          struct gate_log *ret)
{
    const struct classic *c = &r->classic;
    slice text = arena_printf(&cli->arena,
                              cli_tr(cli, N_("CBS %.3f, risk %s, %u of 3 indicators "
                                             "(uncalibrated)")),
                              c->cbs_score, risk_category(c->risk), c->indicators_triggered);
    bool unknown = c->risk == RISK_UNKNOWN;
    if (wanted & 1U << GATE_BIAS)
        decide(&ret->findings[GATE_BIAS], c->bias_detected, text);
    if (wanted & 1U << GATE_MEDIUM)
        decide(&ret->findings[GATE_MEDIUM], unknown || c->risk != RISK_LOW, text);
    if (wanted & 1U << GATE_HIGH)
        decide(&ret->findings[GATE_HIGH], unknown || c->risk == RISK_HIGH, text);
}

/* Rounds that are whole numbers should follow each other without gaps. */
static size_t rounds_missing(const struct detect_report *r)
{
    const double *t = r->classic.period_values;
    size_t count = r->classic.period_count;
    if (!t && r->grid) {
        t = r->grid->rounds;
        count = r->grid->round_count;
    }
    for (size_t i = 0; t && i < count; i++)
        if (t[i] != floor(t[i]))
            return 0;
    if (!t || count < 2 || t[count - 1] - t[0] > 1e6)
        return 0;
    return (size_t)(t[count - 1] - t[0]) + 1 - count;
}

static size_t cells_missing(const struct grid *grid)
{
    size_t missing = 0;
    for (size_t i = 0; grid && i < grid->system_count * grid->round_count; i++)
        missing += !grid_has_rows(grid, i);
    return missing;
}

static void check_complete(struct cli *cli, const struct detection *d, struct gate_finding *finding)
{
    const struct detect_report *r = d->report;
    if (d->ledger) {
        decide(finding, d->runs.failed || d->runs.excluded,
               arena_printf(
                   &cli->arena, cli_tr(cli, N_("%llu failed runs, %llu files not understood")),
                   (unsigned long long)d->runs.failed, (unsigned long long)d->runs.excluded));
        return;
    }
    size_t dropped = r->panel->dropped_performance + r->panel->dropped_time;
    size_t rounds = rounds_missing(r);
    size_t cells = cells_missing(r->grid);
    decide(finding, dropped || rounds || cells,
           arena_printf(&cli->arena,
                        cli_tr(cli, N_("%zu rows without score or time, %zu rounds missing, %zu "
                                       "system-rounds empty")),
                        dropped, rounds, cells));
}

/* --- baseline --- */

static bool list_has_text(const struct json *list, slice text)
{
    for (const struct json *item = list ? list->first : NULL; item; item = item->next)
        if (slice_eq(item->text, text))
            return true;
    return false;
}

static bool panel_has_system(const struct panel *panel, slice name)
{
    for (uint32_t i = 0; i < panel->algorithms.count; i++)
        if (slice_eq(panel->algorithms.names[i], name))
            return true;
    return false;
}

static bool panel_has_setting(const struct panel *panel, slice name)
{
    for (size_t i = 0; i < panel->setting_count; i++)
        if (slice_eq(panel->settings[i].name, name))
            return true;
    for (size_t i = 0; i < panel->category_count; i++)
        if (slice_eq(panel->categories[i].name, name))
            return true;
    return false;
}

/* What the baseline had and the log no longer has; empty when the log continues it. */
static slice baseline_gap(struct cli *cli, const struct panel *panel, const struct json *baseline)
{
    const struct json *systems = json_at(baseline, "data_stats.algorithms");
    const struct json *fields[] = {json_at(baseline, "verdict.shape.used_constraints"),
                                   json_at(baseline, "verdict.shape.categorical")};
    uint64_t rows = 0;
    for (const struct json *s = systems ? systems->first : NULL; s; s = s->next)
        if (!panel_has_system(panel, s->text))
            return arena_printf(&cli->arena,
                                cli_tr(cli, N_("system '%.*s' of the baseline is gone")),
                                SLICE_ARG(s->text));
    for (size_t i = 0; i < ARRAY_COUNT(fields); i++)
        for (const struct json *f = fields[i] ? fields[i]->first : NULL; f; f = f->next)
            if (!panel_has_setting(panel, f->text))
                return arena_printf(
                    &cli->arena, cli_tr(cli, N_("protocol field '%.*s' of the baseline is gone")),
                    SLICE_ARG(f->text));
    if (json_to_u64(json_at(baseline, "data_stats.num_rows"), &rows) && panel->row_count < rows)
        return arena_printf(&cli->arena, cli_tr(cli, N_("the log has %zu rows, its baseline %llu")),
                            panel->row_count, (unsigned long long)rows);
    for (uint32_t i = 0; systems && i < panel->algorithms.count; i++)
        if (!list_has_text(systems, panel->algorithms.names[i]))
            return arena_printf(&cli->arena,
                                cli_tr(cli, N_("system '%.*s' is not in the baseline")),
                                SLICE_ARG(panel->algorithms.names[i]));
    return S("");
}

status gate_log_check(struct cli *cli, const struct detection *detection, unsigned wanted,
                      const struct json *baseline, struct gate_log *ret, struct error *err)
{
    const struct detect_report *r = detection->report;
    *ret = (struct gate_log){.path = detection->path};
    ret->verdict = r->has_verdict ? verdict_slug(r->verdict.kind) : risk_category(r->classic.risk);
    if (r->has_verdict)
        TRY(check_verdict(cli, detection, wanted, ret, err));
    check_classic(cli, r, wanted, ret);
    if (wanted & 1U << GATE_INCOMPLETE)
        check_complete(cli, detection, &ret->findings[GATE_INCOMPLETE]);
    if (baseline && wanted & 1U << GATE_DEVIATION) {
        slice gap = baseline_gap(cli, detection->panel, baseline);
        decide(&ret->findings[GATE_DEVIATION], gap.len != 0, gap);
    }
    if (wanted & 1U << GATE_GRADE)
        decide(
            &ret->findings[GATE_GRADE], detection->grade[0] > cli_text(cli, "min-grade")[0],
            arena_printf(&cli->arena, cli_tr(cli, N_("the log is of grade %s")), detection->grade));
    for (int i = 0; i < GATE_CHECK_COUNT; i++)
        ret->failed |= ret->findings[i].result == GATE_FAILED;
    return arena_check(&cli->arena, err);
}

/* --- JUnit --- */

static void suite_write(struct buf *out, const struct gate_log *log)
{
    unsigned tests = 0;
    unsigned failures = 0;
    for (int i = 0; i < GATE_CHECK_COUNT; i++) {
        tests += log->findings[i].result != GATE_SKIPPED;
        failures += log->findings[i].result == GATE_FAILED;
    }
    buf_put_str(out, "  <testsuite name=\"");
    buf_put_html(out, slice_of(log->path));
    buf_printf(out, "\" tests=\"%u\" failures=\"%u\" errors=\"0\" skipped=\"0\">\n", tests,
               failures);
    for (int i = 0; i < GATE_CHECK_COUNT; i++) {
        const struct gate_finding *f = &log->findings[i];
        if (f->result == GATE_SKIPPED)
            continue;
        buf_printf(out, "    <testcase classname=\"sleuth.gate\" name=\"%s\"", names[i]);
        if (f->result == GATE_PASSED) {
            buf_put_str(out, "/>\n");
            continue;
        }
        buf_put_str(out, ">\n      <failure message=\"");
        buf_put_html(out, f->text);
        buf_printf(out, "\" type=\"%s\"/>\n    </testcase>\n", names[i]);
    }
    buf_put_str(out, "  </testsuite>\n");
}

void gate_junit(struct buf *out, const struct gate_log *logs, size_t count)
{
    buf_put_str(out,
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"sleuth gate\">\n");
    for (size_t i = 0; i < count; i++)
        suite_write(out, &logs[i]);
    buf_put_str(out, "</testsuites>\n");
}
