/* The engine against vectors of a second implementation: tests/golden/calibrated/README.md. */
#include "detect/engine.h"
#include "lib/main.h"

#include <dirent.h>
#include <math.h>

#define VECTORS "tests/golden/calibrated"

/* Resamples that equal the estimate are ties here; in the vectors the rounding of a vectorised
 * logarithm breaks them one way or the other, which moves the bounds of short logs. */
#define INTERVAL_TOLERANCE 0.2

enum { FILE_BYTES_MAX = 1 << 20, ARENA_BYTES = 256 << 20, FIELDS_MAX = 128, CASES = 86 };

struct golden { /* one vector and what the engine answers to it */
    const char *name;
    struct arena arena;
    struct verdict verdict;
    struct cells cells;
    struct grid grid;
    struct settings usable;
    struct changes changes; /* of all settings that are not constant */
    struct draws draws;
    uint64_t seed;
    uint32_t random_draws;
    bool loose; /* deterministic schedule: innovations are rounding of the file */
    bool noisy; /* a nuisance column is nothing but rounding: E is defined only so far */
    size_t statistics, mechanisms, warnings;
};

static slice read_file(struct arena *arena, const char *name, const char *suffix)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s%s", VECTORS, name, suffix);
    FILE *file = fopen(path, "rb");
    ck_assert_msg(file, "cannot open %s", path);
    char *bytes = arena_alloc(arena, FILE_BYTES_MAX);
    size_t len = fread(bytes, 1, FILE_BYTES_MAX, file);
    ck_assert(len < FILE_BYTES_MAX);
    fclose(file);
    return slice_make(bytes, len);
}

static double number(slice text)
{
    double value = NAN;
    if (!slice_eq(text, S("nan")))
        ck_assert_msg(slice_to_f64(text, &value), "'%.*s'", SLICE_ARG(text));
    return value;
}

static size_t index_of(slice text)
{
    uint64_t value = 0;
    ck_assert_msg(slice_to_u64(text, &value), "'%.*s'", SLICE_ARG(text));
    return (size_t)value;
}

static void near(const struct golden *golden, const char *what, double actual, slice expected,
                 double absolute, double relative)
{
    double wanted = number(expected);
    bool same = (isnan(actual) && isnan(wanted)) ||
                fabs(actual - wanted) <= absolute + relative * fabs(wanted);
    ck_assert_msg(same, "%s: %s is %.17g, not %.17g", golden->name, what, actual, wanted);
}

static void same_p(const struct golden *golden, const char *what, double actual, slice expected)
{
    near(golden, what, actual, expected, golden->verdict.exact ? 1e-9 : 0.006 + 1e-12, 0);
}

static void same_text(const struct golden *golden, const char *actual, slice expected)
{
    ck_assert_msg(slice_eq(slice_of(actual ? actual : "-"), expected), "%s: '%s' is not '%.*s'",
                  golden->name, actual ? actual : "-", SLICE_ARG(expected));
}

static void same_row(const struct golden *golden, const char *what, const double *actual,
                     const slice *expected, size_t count)
{
    for (size_t i = 0; i < count; i++)
        near(golden, what, actual[i], expected[i], 1e-9, 1e-9);
}

static void check_mechanism(struct golden *golden, const slice *field, size_t count)
{
    for (size_t m = 0; m < MECHANISM_COUNT; m++) {
        const struct mechanism_result *result = &golden->verdict.mechanisms[m];
        if (!slice_eq(slice_of(mechanism_slug((enum mechanism)m)), field[1]))
            continue;
        ck_assert_msg(result->presence == (count == 2 ? PRESENCE_NULL : PRESENCE_COMPUTED),
                      "%s: %s", golden->name, mechanism_slug((enum mechanism)m));
        golden->mechanisms++;
        if (count == 2)
            return;
        same_p(golden, "mechanism", result->p, field[2]);
        near(golden, "p_holm", result->p_holm, field[3], golden->verdict.exact ? 1e-8 : 0.03, 0);
        if (fabs(number(field[3]) - golden->verdict.alpha) > 0.03)
            ck_assert_int_eq(result->flagged, slice_eq(field[4], S("1")));
        return;
    }
    ck_abort_msg("%s: unknown mechanism", golden->name);
}

static void check_statistic(struct golden *golden, const slice *field)
{
    double tolerance = golden->loose ? 1e-6 : 1e-9;
    for (size_t s = 0; s < golden->verdict.statistic_count; s++) {
        const struct statistic *statistic = &golden->verdict.statistics[s];
        if (!slice_eq(slice_of(statistic->name), field[1]))
            continue;
        near(golden, statistic->name, statistic->value, field[2], 2e-9, tolerance);
        same_p(golden, statistic->name, statistic->p, field[3]);
        golden->statistics++;
        return;
    }
    ck_abort_msg("%s: no statistic '%.*s'", golden->name, SLICE_ARG(field[1]));
}

static void check_size(struct golden *golden, slice what, const slice *field, size_t count)
{
    const struct verdict *verdict = &golden->verdict;
    if (slice_eq(what, S("size"))) {
        ck_assert_uint_eq(verdict->n_eff, index_of(field[1]));
        near(golden, "mde", verdict->mde_partial_r, field[2], 0, 1e-12);
    } else if (slice_eq(what, S("shape"))) {
        ck_assert_uint_eq(verdict->system_count, index_of(field[1]));
        ck_assert_uint_eq(verdict->round_count, index_of(field[2]));
        ck_assert_uint_eq(verdict->setting_count, index_of(field[3]));
    } else if (slice_eq(what, S("used"))) {
        ck_assert_uint_eq(verdict->used_count, count - 1);
        for (size_t j = 0; j + 1 < count; j++)
            ck_assert(slice_eq(verdict->used_constraints[j], field[j + 1]));
    } else if (slice_eq(what, S("categorical"))) {
        ck_assert_uint_eq(verdict->categorical_count, count - 1);
        for (size_t c = 0; c + 1 < count; c++)
            ck_assert(slice_eq(verdict->categorical[c], field[c + 1]));
    } else if (slice_eq(what, S("psi"))) {
        near(golden, "psi_star", verdict->psi_star, field[1], 0, 1e-12);
        ck_assert_int_eq(verdict->psi_star_ci.defined, count == 4);
        if (count == 4) {
            near(golden, "psi low", verdict->psi_star_ci.low, field[2], 1e-12, INTERVAL_TOLERANCE);
            near(golden, "psi high", verdict->psi_star_ci.high, field[3], 1e-12,
                 INTERVAL_TOLERANCE);
        }
    }
}

static void check_decision(struct golden *golden, slice what, const slice *field)
{
    const struct verdict *verdict = &golden->verdict;
    if (slice_eq(what, S("verdict"))) {
        same_text(golden, verdict_slug(verdict->kind), field[1]);
        same_text(golden, reason_slug(verdict->reason), field[2]);
        same_text(golden, strength_slug(verdict->strength), field[3]);
    } else if (slice_eq(what, S("p"))) {
        same_p(golden, "p_value", verdict->p_value, field[1]);
        same_p(golden, "p_panel", verdict->p_panel, field[2]);
    } else if (slice_eq(what, S("draws"))) {
        ck_assert_uint_eq(verdict->draws, index_of(field[1]));
        ck_assert_int_eq(verdict->exact, slice_eq(field[2], S("1")));
        ck_assert_int_eq(verdict->whitened, slice_eq(field[3], S("1")));
        near(golden, "ar1", verdict->ar[0], field[4], golden->noisy ? 0.1 : 1e-9, 1e-9);
        near(golden, "ar2", verdict->ar[1], field[5], golden->noisy ? 0.1 : 1e-9, 1e-9);
    } else if (slice_eq(what, S("selection"))) {
        ck_assert_uint_eq(verdict->selection.groups, index_of(field[2]));
        near(golden, "selection", verdict->selection.p, field[1], 1e-12, 1e-12);
        near(golden, "over max", verdict->selection.observed_over_max, field[3], 1e-12, 0);
        near(golden, "excess", verdict->selection.excess, field[4], 1e-12, 0);
    }
}

static void check_coupling(struct golden *golden, slice what, const slice *field, size_t count)
{
    const struct coupling *coupling = &golden->verdict.coupling;
    if (slice_eq(what, S("coupling"))) {
        same_p(golden, "coupling", coupling->p, field[1]);
    } else if (slice_eq(what, S("coupling_r"))) {
        ck_assert_uint_eq(coupling->r_count, count - 1);
        for (size_t j = 0; j + 1 < count; j++)
            near(golden, "coupling r", coupling->r[j], field[j + 1], 1e-9,
                 golden->loose ? 1e-6 : 1e-9);
    } else if (slice_eq(what, S("warning"))) {
        golden->warnings++;
    }
}

/* Intermediate results, and the permutations themselves. */
static void check_inside(struct golden *golden, slice what, const slice *field, size_t count)
{
    const struct verdict *verdict = &golden->verdict;
    size_t periods = verdict->round_count;
    if (slice_eq(what, S("E")) && !golden->noisy) {
        ck_assert_uint_eq(count, periods + 2);
        same_row(golden, "E", verdict->plots.residual + index_of(field[1]) * periods, field + 2,
                 periods);
    } else if (slice_eq(what, S("M"))) {
        ck_assert_uint_eq(count, periods + 1);
        same_row(golden, "M", plane_row(&golden->changes.size, index_of(field[1])), field + 2,
                 periods - 1);
    } else if (slice_eq(what, S("D"))) {
        const struct plane *x = &golden->usable.plane[index_of(field[1])];
        struct workspace work = workspace_make(&golden->arena, x->columns);
        struct plane d = innovation(&golden->arena, x, &work);
        same_row(golden, "D", plane_row(&d, index_of(field[2])), field + 3, periods - 1);
    } else if (slice_eq(what, S("units")) || slice_eq(what, S("periods"))) {
        uint32_t unit[64], period[256];
        draws_get(&golden->draws, index_of(field[1]), unit, period);
        for (size_t i = 0; i + 2 < count; i++)
            ck_assert_uint_eq(what.ptr[0] == 'u' ? unit[i] : period[i], index_of(field[i + 2]));
    }
}

static void check_line(struct golden *golden, slice line)
{
    slice field[FIELDS_MAX];
    size_t count = 0;
    while (count < FIELDS_MAX && slice_split(&line, '\t', &field[count]))
        count++;
    if (slice_eq(field[0], S("mechanism")))
        check_mechanism(golden, field, count);
    else if (slice_eq(field[0], S("statistic")))
        check_statistic(golden, field);
    check_decision(golden, field[0], field);
    check_size(golden, field[0], field, count);
    check_coupling(golden, field[0], field, count);
    check_inside(golden, field[0], field, count);
}

static void analyse(struct golden *golden, slice params)
{
    struct error err;
    slice word, csv = read_file(&golden->arena, golden->name, ".csv");
    struct detect_options options = detect_options_default();
    const struct panel_options reading = {.engine = ENGINE_CALIBRATED};
    struct panel *panel;
    slice_split(&params, '\t', &word);
    slice_split(&params, '\t', &word);
    golden->random_draws = options.draws = (uint32_t)index_of(word);
    slice_split(&params, '\t', &word);
    golden->seed = options.seed = index_of(word);
    options.alpha = number(params);
    ck_ok(panel_from_csv(csv, &reading, &golden->arena, &panel, NULL, &err));
    ck_ok(engine_run(panel, &options, &golden->arena, &golden->verdict, &err));
    ck_ok(cells_make(panel, false, &golden->arena, &golden->grid, &golden->cells, &err));
    struct workspace work = workspace_make(&golden->arena, golden->cells.period_count);
    golden->usable = settings_usable(&golden->arena, &golden->cells);
    golden->changes =
        changes_make(&golden->arena, golden->cells.unit_count, golden->cells.period_count,
                     &golden->usable, &(struct categories){0}, &work);
    golden->draws = draws_make(golden->cells.unit_count, golden->cells.period_count,
                               golden->random_draws, golden->seed);
}

static size_t computed_mechanisms(const struct verdict *verdict)
{
    size_t count = 0;
    for (size_t m = 0; m < MECHANISM_COUNT; m++)
        count += verdict->mechanisms[m].presence != PRESENCE_ABSENT;
    return count;
}

static void check_case(const char *name)
{
    struct golden golden = {.name = name,
                            .loose = strcmp(name, "sim_h_linear_scale_0") == 0,
                            .noisy = strcmp(name, "sim_h_geometric_saturating_1") == 0};
    slice line, rest;
    arena_init(&golden.arena, ARENA_BYTES);
    rest = read_file(&golden.arena, name, ".txt");
    slice_split(&rest, '\n', &line);
    analyse(&golden, line);
    while (slice_split(&rest, '\n', &line)) {
        if (line.len > 0)
            check_line(&golden, line);
    }
    ck_assert_uint_eq(golden.statistics, golden.verdict.statistic_count);
    ck_assert_uint_eq(golden.mechanisms, computed_mechanisms(&golden.verdict));
    size_t warned = 0;
    for (size_t i = 0; i < golden.verdict.warnings->count; i++)
        warned +=
            strcmp(golden.verdict.warnings->items[i].code, "quadratic_effect_not_removed") == 0;
    ck_assert_uint_eq(golden.warnings, warned);
    arena_finish(&golden.arena);
}

START_TEST(every_vector_is_met)
{
    DIR *directory = opendir(VECTORS);
    size_t cases = 0;
    ck_assert_ptr_nonnull(directory);
    for (struct dirent *entry = readdir(directory); entry; entry = readdir(directory)) {
        char *dot = strrchr(entry->d_name, '.');
        if (!dot || strcmp(dot, ".txt") != 0)
            continue;
        *dot = 0;
        check_case(entry->d_name);
        cases++;
    }
    closedir(directory);
    ck_assert_uint_eq(cases, CASES);
}
END_TEST

TEST_MAIN("golden_v2", every_vector_is_met)
