/* `make validate`: false-positive rate, power and AUC of the engine on simulated logs.
 *
 *   validate [LOGS [DRAWS [SEED [PROJECTS [TABLE]]]]]      Markdown on standard output
 *
 * LOGS data sets per scenario (400), DRAWS permutations each (499), PROJECTS honest projects that
 * are judged after each of 50 rounds (LOGS). The rates by shape also go into the file TABLE, which
 * is detect/measured.def. Exit 1 when honest logs as a whole are called
 * adaptive more often than 0.05 + 2 standard errors. */
#include "rate.h"
#include "shapes.h"
#include "sim.h"

#include "detect/sequential.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { KINDS_MAX = 64, LOOKS = 50, ARENA_BYTES = 256 << 20 };
static const size_t *const lengths = shape_lengths;
static const double alpha = 0.05;
static struct sim_log sim_log; /* too large for the stack */

struct setup {
    uint32_t logs, draws, projects;
    uint64_t seed;
};

struct kind { /* results of one scenario */
    struct rate adaptive, insufficient, coupling, low_p;
    struct rate by_length[LENGTHS];
    double *p; /* [logs] */
};
static struct shapes shapes;

static struct verdict judge(const struct panel *panel, uint32_t draws, uint64_t seed,
                            struct arena *arena)
{
    struct error err;
    struct verdict verdict;
    const struct detect_options options = {.draws = draws, .seed = seed, .alpha = alpha};
    if (engine_run(panel, &options, arena, &verdict, &err) != ST_OK) {
        fprintf(stderr, "validate: %s\n", err.text);
        exit(2);
    }
    return verdict;
}

static void run_kind(const struct scenario *scenario, const struct setup *setup, struct kind *ret)
{
    for (uint32_t i = 0; i < setup->logs; i++) {
        struct arena arena;
        arena_init(&arena, ARENA_BYTES);
        sim_make(scenario, setup->seed, i, /* rounds= */ 0, &sim_log);
        struct verdict verdict = judge(&sim_log.panel, setup->draws, setup->seed + i, &arena);
        bool adaptive = verdict.kind == VERDICT_ADAPTIVE;
        ret->p[i] = verdict.p_value;
        count(&ret->adaptive, adaptive);
        count(&ret->low_p, verdict.p_value <= alpha);
        count(&ret->insufficient, verdict.kind == VERDICT_INSUFFICIENT);
        count(&ret->coupling, verdict.coupling.flagged);
        for (size_t l = 0; l < LENGTHS; l++) {
            if (lengths[l] == sim_log.rounds)
                count(&ret->by_length[l], adaptive);
        }
        if (scenario->counted)
            shapes_count(&shapes, scenario->circular, verdict.system_count, sim_log.rounds,
                         adaptive);
        arena_finish(&arena);
    }
}

static int compare_double(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Probability that a circular log has the smaller p than an honest one; ties count half. */
static double auc(const double *circular, size_t circular_count, const double *honest,
                  size_t honest_count)
{
    double sum = 0;
    for (size_t i = 0; i < circular_count; i++) {
        size_t below = 0, upto = 0, high = honest_count;
        for (size_t low = 0, top = high; low < top;) {
            size_t middle = (low + top) / 2;
            if (honest[middle] < circular[i])
                low = middle + 1;
            else
                top = middle;
            below = low;
        }
        upto = below;
        while (upto < high && honest[upto] <= circular[i])
            upto++;
        sum += (double)(high - upto) + (double)(upto - below) / 2;
    }
    return sum / (double)circular_count / (double)honest_count;
}

static double *pool_honest(const struct kind *kinds, const struct setup *setup, size_t *ret_count)
{
    double *p = calloc(scenario_count * setup->logs, sizeof *p);
    *ret_count = 0;
    for (size_t s = 0; s < scenario_count && p; s++) {
        if (scenarios[s].circular)
            continue;
        memcpy(p + *ret_count, kinds[s].p, setup->logs * sizeof *p);
        *ret_count += setup->logs;
    }
    if (!p)
        exit(2);
    qsort(p, *ret_count, sizeof *p, compare_double);
    return p;
}

static void print_honest(const struct kind *kinds)
{
    printf("## Honest logs\n\n| scenario | logs | called adaptive | upper 95 %% bound | p <= .05 | "
           "insufficient | coupling flagged |\n|---|---|---|---|---|---|---|\n");
    for (size_t s = 0; s < scenario_count; s++) {
        const struct kind *kind = &kinds[s];
        if (scenarios[s].circular)
            continue;
        printf("| %s%s | %zu | %.3f | %.3f | %.3f | %.3f | %.3f |\n", scenarios[s].name,
               scenarios[s].held_out ? " *" : "", kind->adaptive.total, share(kind->adaptive),
               wilson_upper(kind->adaptive), share(kind->low_p), share(kind->insufficient),
               share(kind->coupling));
    }
}

static void print_limits(const struct kind *kinds)
{
    size_t named = 0;
    for (size_t s = 0; s < scenario_count; s++) {
        if (scenarios[s].circular || wilson_upper(kinds[s].adaptive) <= 0.07)
            continue;
        printf("%s%s (%.3f, bound %.3f)",
               named++ ? ", " : "\nLimits, bound above 0.07: ", scenarios[s].name,
               share(kinds[s].adaptive), wilson_upper(kinds[s].adaptive));
    }
    printf(named ? ".\n" : "\nNo honest scenario has a bound above 0.07.\n");
}

static void print_circular(const struct kind *kinds, const struct setup *setup,
                           const double *honest, size_t honest_count)
{
    printf(
        "\n## Circular logs\n\n| scenario | logs | power | AUC | insufficient | coupling flagged "
        "|\n|---|---|---|---|---|---|\n");
    for (size_t s = 0; s < scenario_count; s++) {
        const struct kind *kind = &kinds[s];
        if (!scenarios[s].circular)
            continue;
        printf("| %s%s%s | %zu | %.3f | %.3f | %.3f | %.3f |\n", scenarios[s].name,
               scenarios[s].held_out ? " *" : "", scenarios[s].counted ? "" : " (not counted)",
               kind->adaptive.total, share(kind->adaptive),
               auc(kind->p, setup->logs, honest, honest_count), share(kind->insufficient),
               share(kind->coupling));
    }
}

static void print_lengths(const struct kind *kinds)
{
    printf(
        "\n## By number of rounds\n\n| rounds | honest logs | called adaptive | upper 95 %% bound "
        "| circular logs | power |\n|---|---|---|---|---|---|\n");
    for (size_t l = 0; l < LENGTHS; l++) {
        struct rate honest = {0}, circular = {0};
        for (size_t s = 0; s < scenario_count; s++) {
            if (scenarios[s].counted)
                add(scenarios[s].circular ? &circular : &honest, kinds[s].by_length[l]);
        }
        printf("| %zu | %zu | %.3f | %.3f | %zu | %.3f |\n", lengths[l], honest.total,
               share(honest), wilson_upper(honest), circular.total, share(circular));
    }
}

/* True when the pooled honest rate keeps its level. */
static bool print_totals(const struct kind *kinds, const struct setup *setup, const double *honest,
                         size_t honest_count)
{
    struct rate all = {0}, held_out = {0}, power = {0};
    double area = 0, kinds_counted = 0;
    for (size_t s = 0; s < scenario_count; s++) {
        if (!scenarios[s].circular) {
            add(&all, kinds[s].adaptive);
            if (scenarios[s].held_out)
                add(&held_out, kinds[s].adaptive);
        } else if (scenarios[s].counted) {
            add(&power, kinds[s].adaptive);
            area += auc(kinds[s].p, setup->logs, honest, honest_count);
            kinds_counted++;
        }
    }
    double limit = alpha + 2 * sqrt(alpha * (1 - alpha) / (double)all.total);
    printf(
        "\nAll honest logs: %.4f called adaptive (upper bound %.4f, limit of this run %.4f); held "
        "out kinds: %.4f. Circular logs that count: power %.3f, mean AUC %.3f.\n",
        share(all), wilson_upper(all), limit, share(held_out), share(power), area / kinds_counted);
    return share(all) <= limit;
}

/* --- Looking again after every round -------------------------------------------------------------
 */

struct looks {
    struct rate naive, spending, open;
};

static const struct scenario *honest_scenario(uint64_t number)
{
    size_t honest = 0;
    while (!scenarios[honest].circular) /* honest ones come first */
        honest++;
    return &scenarios[number % honest];
}

/* One honest project of LOOKS rounds, judged after each. */
static void run_project(const struct setup *setup, uint64_t project, struct looks *ret)
{
    const struct scenario *scenario = honest_scenario(project);
    double planned = 1, open = 1, least = 1;
    sim_make(scenario, setup->seed ^ 0x50, project, LOOKS, &sim_log);
    size_t rows = sim_log.panel.row_count, shown = 0;
    for (size_t look = 1; look <= LOOKS; look++) {
        struct arena arena;
        while (shown < rows && sim_log.time[shown] <= (double)look)
            shown++;
        sim_log.panel.row_count = shown;
        arena_init(&arena, ARENA_BYTES);
        struct verdict verdict = judge(&sim_log.panel, 1999, setup->seed + project, &arena);
        double p = verdict.kind == VERDICT_INSUFFICIENT ? 1 : verdict.p_value;
        planned = sequential_p(planned, p, look, LOOKS);
        open = sequential_p(open, p, look, 0);
        least = fmin(least, p);
        arena_finish(&arena);
    }
    count(&ret->naive, least <= alpha);
    count(&ret->spending, planned <= alpha);
    count(&ret->open, open <= alpha);
}

static void print_looks(const struct setup *setup)
{
    struct looks looks = {0};
    for (uint64_t i = 0; i < setup->projects; i++)
        run_project(setup, i, &looks);
    printf(
        "\n## A verdict after every round\n\nHonest projects judged after each of %d rounds (1999 "
        "permutations), all honest scenarios in turn:\n\n| rule | projects | ever called adaptive "
        "| upper 95 %% bound |\n|---|---|---|---|\n",
        LOOKS);
    printf("| p <= .05 at any look | %zu | %.3f | %.3f |\n", looks.naive.total, share(looks.naive),
           wilson_upper(looks.naive));
    printf("| spending over 50 planned looks | %zu | %.3f | %.3f |\n", looks.spending.total,
           share(looks.spending), wilson_upper(looks.spending));
    printf("| open end | %zu | %.3f | %.3f |\n", looks.open.total, share(looks.open),
           wilson_upper(looks.open));
}

static void print_head(const struct setup *setup)
{
    char day[16];
    struct tm now;
    time_t seconds = time(NULL);
    strftime(day, sizeof day, "%Y-%m-%d", gmtime_r(&seconds, &now));
    printf("# Validation of the calibrated engine\n\n"
           "Printed by `make validate` on %s: engine %s, %u simulated logs per scenario, %u "
           "permutations each, level .05, seed %llu. The scenarios are tests/validate/scenarios.c; "
           "kinds with * were written after the engine and never used to develop it. Bounds are "
           "one-sided 95 %% Wilson bounds. AUC compares the p-values of a kind with those of all "
           "honest logs. Rounds per log are drawn from 6 to 40, systems from 1 to 8, settings from "
           "1 to 3.\n\n"
           "Not counted: best of n with only the winner logged cannot be seen in a log of rounds, "
           "and an effect in the same round only is reported by the coupling flag.\n\n",
           day, DETECT_ENGINE_VERSION, setup->logs, setup->draws, (unsigned long long)setup->seed);
}

static uint64_t argument(int argc, char **argv, int at, uint64_t otherwise)
{
    uint64_t value = otherwise;
    if (at < argc && !slice_to_u64(slice_of(argv[at]), &value))
        exit(2);
    return value;
}

int main(int argc, char **argv)
{
    static struct kind kinds[KINDS_MAX];
    struct setup setup = {.logs = (uint32_t)argument(argc, argv, 1, 400),
                          .draws = (uint32_t)argument(argc, argv, 2, 499),
                          .seed = argument(argc, argv, 3, 1)};
    setup.projects = (uint32_t)argument(argc, argv, 4, setup.logs);
    for (size_t s = 0; s < scenario_count; s++) {
        kinds[s].p = calloc(setup.logs, sizeof(double));
        if (!kinds[s].p)
            return 2;
        run_kind(&scenarios[s], &setup, &kinds[s]);
    }
    size_t honest_count;
    double *honest = pool_honest(kinds, &setup, &honest_count);
    print_head(&setup);
    print_honest(kinds);
    print_limits(kinds);
    print_circular(kinds, &setup, honest, honest_count);
    print_lengths(kinds);
    shapes_print(&shapes);
    if (argc > 5 && !shapes_write(&shapes, argv[5], setup.seed))
        return 2;
    bool kept = print_totals(kinds, &setup, honest, honest_count);
    if (setup.projects > 0)
        print_looks(&setup);
    for (size_t s = 0; s < scenario_count; s++)
        free(kinds[s].p);
    free(honest);
    return kept ? 0 : 1;
}
