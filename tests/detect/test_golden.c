/* Every vector of tests/golden/classic through panel and classic block. */
#include "base/file.h"
#include "lib/panel.h"
#include "lib/tiny_json.h"

#include <dirent.h>

#define FOLDER    "tests/golden/classic"
#define TOLERANCE 1e-9

static struct error err;

static const struct tj *vector_read(struct arena *arena, const char *name)
{
    slice path = arena_printf(arena, FOLDER "/%s", name);
    slice text = {0};
    ck_ok(file_read(path.ptr, 1 << 22, arena, &text, &err));
    const char *at = text.ptr;
    return tj_value(&at);
}

static struct detect_options options_of(const struct tj *params)
{
    struct detect_options options = detect_options_default();
    const struct tj *weights = tj_get(params, "weights");
    const struct tj *run = tj_get(params, "run_bootstrap");
    const struct tj *count = tj_get(params, "n_bootstrap");
    options.engine = ENGINE_CLASSIC;
    if (weights && tj_count(weights) == INDICATOR_COUNT) {
        size_t i = 0;
        for (const struct tj *w = weights->child; w; w = w->next)
            options.weights[i++] = tj_number(w);
    }
    options.bootstrap.run = run && run->kind == TJ_TRUE;
    if (count)
        options.bootstrap.resamples = (uint32_t)count->number;
    return options;
}

/* Calls test once per vector of the kind; returns how many there were. */
static size_t for_each(const char *kind, void (*test)(const char *name, const struct tj *vector))
{
    size_t count = 0;
    DIR *dir = opendir(FOLDER);
    ck_assert_ptr_nonnull(dir);
    for (struct dirent *entry; (entry = readdir(dir));) {
        struct arena arena;
        if (!slice_has_suffix(slice_of(entry->d_name), S(".json")))
            continue;
        arena_init(&arena, 1 << 26);
        const struct tj *vector = vector_read(&arena, entry->d_name);
        if (slice_eq(tj_get(vector, "kind")->text, slice_of(kind))) {
            test(entry->d_name, vector);
            count++;
        }
        arena_finish(&arena);
    }
    (void)closedir(dir);
    return count;
}

static void compare(const char *name, const char *what, double actual, const struct tj *expected)
{
    double value = tj_number(expected);
    double scale = fabs(value) > 1 ? fabs(value) : 1;
    bool agree = (isnan(actual) && isnan(value)) || (isinf(value) && actual * value > 0) ||
                 fabs(actual - value) <= TOLERANCE * scale;
    ck_assert_msg(expected && agree, "%s, %s: %.17g, expected %.17g", name, what, actual, value);
}

static void compare_flag(const char *name, const char *what, bool actual, const struct tj *expected)
{
    ck_assert_msg(expected && actual == (expected->kind == TJ_TRUE), "%s, %s: %d", name, what,
                  actual);
}

static const char *const indicator_names[] = {"psi", "ccs", "rho_pc"};

static void compare_indicators(const char *name, const struct classic *classic,
                               const struct tj *body)
{
    for (int id = 0; id < INDICATOR_COUNT; id++) {
        const struct indicator *actual = &classic->indicator[id];
        const struct tj *expected = tj_get(body, indicator_names[id]);
        compare(name, indicator_names[id], actual->score, tj_get(expected, "score"));
        compare(name, "normalized", actual->normalized, tj_get(expected, "normalized"));
        compare(name, "threshold", actual->threshold, tj_get(expected, "threshold"));
        compare_flag(name, "exceeds_threshold", actual->exceeds_threshold,
                     tj_get(expected, "exceeds_threshold"));
        ck_assert_msg((actual->reason != NULL) == isnan(actual->score), "%s: reason", name);
    }
    const struct tj *rho = tj_get(body, "rho_pc");
    compare(name, "p_value", classic->indicator[INDICATOR_RHO_PC].p_value, tj_get(rho, "p_value"));
    compare_flag(name, "significant", classic->indicator[INDICATOR_RHO_PC].significant,
                 tj_get(rho, "significant"));
}

static void compare_decision(const char *name, const struct classic *classic, const struct tj *body)
{
    size_t recommendations = 0;
    compare(name, "cbs_score", classic->cbs_score, tj_get(body, "cbs_score"));
    compare(name, "indicators_triggered", classic->indicators_triggered,
            tj_get(body, "indicators_triggered"));
    compare(name, "confidence", classic->confidence, tj_get(body, "confidence"));
    compare_flag(name, "bias_detected", classic->bias_detected, tj_get(body, "bias_detected"));
    if (isnan(classic->cbs_score)) /* upstream calls NaN a high risk; we answer null */
        ck_assert_ptr_null(risk_category(classic->risk));
    else
        ck_slice(tj_get(body, "risk_category")->text, risk_category(classic->risk));
    while (classic_recommendation(classic, recommendations, LANG_EN))
        recommendations++;
    compare(name, "recommendations", (double)recommendations,
            tj_get(body, "recommendations_count"));
}

static void compare_data(const char *name, const struct panel *panel, const struct classic *classic,
                         const struct tj *stats)
{
    compare(name, "num_rows", (double)panel->row_count, tj_get(stats, "num_rows"));
    compare(name, "num_algorithms", (double)classic->algorithm_count,
            tj_get(stats, "num_algorithms"));
    compare(name, "num_periods", (double)classic->period_count, tj_get(stats, "num_periods"));
    size_t t = 0;
    for (const struct tj *p = tj_get(stats, "time_periods")->child; p; p = p->next)
        compare(name, "time_periods", classic->period_values[t++], p);
    size_t k = 0;
    for (const struct tj *a = tj_get(stats, "algorithms")->child; a; a = a->next, k++) {
        slice actual = panel->algorithms.names[k];
        if (a->kind == TJ_NUMBER)
            ck_assert_msg(panel->algorithms_numeric, "%s: numeric algorithms", name);
        else if (slice_eq(a->text, S("NaN")))
            ck_assert_ptr_null(actual.ptr);
        else
            ck_assert_msg(slice_eq(actual, a->text), "%s: algorithm %zu", name, k);
    }
}

static void compare_detail(const char *name, const struct classic *classic, const struct tj *detail)
{
    const struct tj *psi = tj_get(detail, "psi");
    size_t t = 1;
    for (const struct tj *step = tj_get(psi, "psi_by_period")->child; step; step = step->next)
        compare(name, "psi_by_period", classic->periods[t++].step, step);
    const struct tj *ccs = tj_get(detail, "ccs");
    const struct tj *rho = tj_get(detail, "rho_pc");
    for (size_t j = 0; j < classic->constraint_count; j++) {
        const struct classic_constraint *c = &classic->constraints[j];
        const char *key = c->name.ptr;
        const struct tj *stats = tj_get(tj_get(ccs, "constraint_stats"), key);
        const struct tj *pair = tj_get(tj_get(rho, "constraint_correlations"), key);
        double cv = tj_number(tj_get(tj_get(ccs, "cv_by_constraint"), key));
        ck_assert_msg(isinf(cv) ? isinf(c->cv) : fabs(c->cv - cv) <= TOLERANCE, "%s: cv", name);
        compare(name, "mean", c->mean, tj_get(stats, "mean"));
        compare(name, "std", c->std, tj_get(stats, "std"));
        compare(name, "min", c->min, tj_get(stats, "min"));
        compare(name, "max", c->max, tj_get(stats, "max"));
        /* Exact arithmetic gives 0.277585182871…, us 0.277585182864, the vector 0.277585180634. */
        bool vector_is_inexact = strcmp(name, "large_ints.json") == 0;
        if (!vector_is_inexact) {
            compare(name, "correlation", c->correlation, tj_get(pair, "correlation"));
            compare(name, "correlation p", c->p_value, tj_get(pair, "p_value"));
        }
        const struct tj *outliers = tj_get(tj_get(detail, "ccs_outliers_z2"), key);
        ck_assert_msg((double)c->outlier_count ==
                          (outliers ? tj_number(tj_get(outliers, "count")) : 0),
                      "%s: outliers of %s", name, key);
    }
    compare(name, "spearman_rho", classic->spearman, tj_get(rho, "spearman_rho"));
    compare(name, "spearman_p", classic->spearman_p, tj_get(rho, "spearman_p_value"));
    const struct tj *partial = tj_get(detail, "partial_time");
    if (isnan(classic->partial_rho)) /* of a constant: upstream correlates rounding errors */
        return;
    compare(name, "partial_rho_pc", classic->partial_rho, tj_get(partial, "partial_rho_pc"));
    compare(name, "partial_p", classic->partial_p, tj_get(partial, "partial_p_value"));
}

static void compare_systems(const char *name, const struct classic *classic,
                            const struct tj *detail)
{
    for (size_t k = 0; k < classic->algorithm_count; k++) {
        const struct classic_algorithm *a = &classic->algorithms[k];
        const struct tj *psi =
            a->name.ptr ? tj_get(tj_get(detail, "psi_per_algorithm"), a->name.ptr) : NULL;
        const struct tj *rho =
            a->name.ptr ? tj_get(tj_get(detail, "rho_pc_by_algorithm"), a->name.ptr) : NULL;
        if (psi && !isnan(a->psi)) /* upstream says 0 where there is only one period */
            compare(name, "psi_per_algorithm", a->psi, psi);
        if (rho && !isnan(a->rho_pc))
            compare(name, "rho_pc_by_algorithm", a->rho_pc, rho);
    }
    size_t t = 0;
    for (const struct tj *p =
             tj_get(detail, "ccs_by_period") ? tj_get(detail, "ccs_by_period")->child : NULL;
         p; p = p->next, t++)
        if (classic->periods[t].row_count > 1)
            compare(name, "ccs_by_period", classic->periods[t].consistency, p);
}

static void compare_all(const char *name, const struct detect_report *report,
                        const struct tj *expected, const struct tj *body)
{
    const struct classic *classic = &report->classic;
    compare_indicators(name, classic, body);
    compare_decision(name, classic, body);
    compare_data(name, report->panel, classic, tj_get(body, "data_stats"));
    compare_detail(name, classic, tj_get(expected, "detail"));
    compare_systems(name, classic, tj_get(expected, "detail"));
}

static void check_valid(const char *name, const struct tj *vector)
{
    struct arena arena;
    status rc;
    struct detect_report *report = NULL;
    struct detect_options options = options_of(tj_get(vector, "params"));
    const struct tj *expected = tj_get(vector, "expected");
    const struct tj *body = tj_get(tj_get(expected, "intended"), "body");
    arena_init(&arena, 1 << 26);
    struct panel *panel = panel_try(&arena, ENGINE_CLASSIC, tj_get(vector, "csv")->text, &err, &rc);
    if (tj_number(tj_get(tj_get(expected, "intended"), "status")) == 400) {
        ck_assert_int_eq(rc, ST_INVALID);
        ck_slice(tj_get(body, "details")->text, err.text);
    } else {
        ck_assert_msg(rc == ST_OK, "%s: %s", name, err.text);
        ck_ok(detect_run(panel, &options, &arena, &report, &err));
        if (tj_get(body, "psi")) {
            compare_all(name, report, expected, body);
        } else { /* upstream fails: PSI is undefined, the rest is answered */
            ck_assert_str_eq(report->classic.indicator[INDICATOR_PSI].reason,
                             "constraint_missing_in_period");
            ck_assert(isnan(report->classic.cbs_score));
            ck_assert(!isnan(report->classic.indicator[INDICATOR_CCS].score));
        }
    }
    arena_finish(&arena);
}

START_TEST(valid_vectors_give_the_intended_numbers)
{
    ck_assert_uint_eq(for_each("valid", check_valid), 61);
}
END_TEST

/* Status of reading and running, the sentence in err. */
static status outcome(struct arena *arena, const struct tj *vector, slice csv)
{
    status rc;
    struct detect_report *report = NULL;
    struct detect_options options = options_of(tj_get(vector, "params"));
    struct panel *panel = panel_try(arena, ENGINE_CLASSIC, csv, &err, &rc);
    return rc != ST_OK ? rc : detect_run(panel, &options, arena, &report, &err);
}

static void check_invalid(const char *name, const struct tj *vector)
{
    struct arena arena;
    const struct tj *csv = tj_get(vector, "csv");
    const struct tj *expected = tj_get(vector, "expected");
    const struct tj *weights = tj_get(tj_get(vector, "params"), "weights");
    bool options_of_http = (weights && tj_number(weights->child) != 0.5) ||
                           (weights && tj_count(weights) != INDICATOR_COUNT) ||
                           tj_get(tj_get(vector, "params"), "n_bootstrap");
    if (!csv || csv->kind != TJ_STRING || options_of_http)
        return; /* a matter of the JSON body: tests of the API */
    arena_init(&arena, 1 << 26);
    error_clear(&err);
    status rc = outcome(&arena, vector, csv->text);
    bool answered = tj_number(tj_get(expected, "recommended_status")) == 200;
    ck_assert_msg(rc == (answered ? ST_OK : ST_INVALID), "%s: %s", name, status_slug(rc));
    const struct tj *body = tj_get(tj_get(expected, "upstream_actual"), "body");
    const struct tj *details = tj_get(body, "details");
    slice error = tj_get(body, "error")->text;
    if (slice_eq(error, S("Invalid data"))) {
        ck_assert_msg(slice_eq(slice_of(err.text), details->text), "%s: %s", name, err.text);
        ck_assert_str_eq(err.code, "invalid_data");
    } else if (slice_eq(error, S("Failed to parse CSV data"))) {
        ck_assert_msg(slice_eq(slice_of(err.text), slice_trim(details->text)), "%s: %s", name,
                      err.text);
        ck_assert_str_eq(err.code, "csv_parse");
    }
    arena_finish(&arena);
}

START_TEST(invalid_vectors_are_refused_with_the_contract_sentence)
{
    ck_assert_uint_eq(for_each("invalid", check_invalid), 44);
}
END_TEST

static void check_band(const char *name, const char *what, double actual, const struct tj *band)
{
    double mean = tj_number(tj_get(band, "mean_over_seeds"));
    double width = 5 * tj_number(tj_get(band, "std_over_seeds"));
    ck_assert_msg(fabs(actual - mean) <= width + 1e-6 * (fabs(mean) > 1 ? fabs(mean) : 1),
                  "%s, %s: %.10g, expected %.10g +- %.3g", name, what, actual, mean, width);
}

static void check_bootstrap(const char *name, const struct tj *vector)
{
    for (uint64_t seed = 1; seed <= 3; seed++) {
        struct arena arena;
        status rc;
        struct detect_report *report = NULL;
        struct detect_options options = options_of(tj_get(vector, "params"));
        const struct tj *expected = tj_get(tj_get(vector, "expected"), "bootstrap");
        options.seed = seed;
        arena_init(&arena, 1 << 26);
        struct panel *panel =
            panel_try(&arena, ENGINE_CLASSIC, tj_get(vector, "csv")->text, &err, &rc);
        ck_assert_int_eq(rc, ST_OK);
        ck_ok(detect_run(panel, &options, &arena, &report, &err));
        for (int id = 0; id < INDICATOR_COUNT; id++) {
            const struct tj *band = tj_get(expected, indicator_names[id]);
            const struct bootstrap_stat *stat = &report->classic.bootstrap[id];
            check_band(name, "mean", stat->mean, tj_get(band, "mean"));
            check_band(name, "median", stat->median, tj_get(band, "median"));
            check_band(name, "std", stat->std, tj_get(band, "std"));
            check_band(name, "ci_lower", stat->ci_lower, tj_get(band, "ci_lower"));
            check_band(name, "ci_upper", stat->ci_upper, tj_get(band, "ci_upper"));
        }
        arena_finish(&arena);
    }
}

START_TEST(bootstrap_vectors_fall_into_their_bands)
{
    ck_assert_uint_eq(for_each("bootstrap", check_bootstrap), 14);
}
END_TEST

TEST_MAIN("golden", valid_vectors_give_the_intended_numbers,
          invalid_vectors_are_refused_with_the_contract_sentence,
          bootstrap_vectors_fall_into_their_bands)
