/* A made-up report of every kind for the renderers' tests: 3 systems, 14 rounds, 2 settings, a
 * label. Numbers come from a fixed generator, so the reports are the same in every run. */
#ifndef TESTS_DETECT_REPORT_SAMPLE_H
#define TESTS_DETECT_REPORT_SAMPLE_H

#include "detect/detect.h"

#include <math.h>

enum { SAMPLE_SYSTEMS = 3, SAMPLE_ROUNDS = 14, SAMPLE_BINS = 40 };

struct sample_options {
    enum verdict_kind kind;
    enum verdict_reason reason;
    bool classic_engine;
    bool attempts;  /* several attempts per round were logged */
    slice name;     /* replaces every name when not empty */
    size_t systems; /* 0 = SAMPLE_SYSTEMS */
    size_t rounds;  /* 0 = SAMPLE_ROUNDS */
};

static inline double sample_noise(uint64_t *state)
{
    *state = *state * 6364136223846793005ULL + 1442695040888963407ULL;
    return (double)(*state >> 40) / (double)(1 << 24) - 0.5;
}

static inline slice sample_name(const struct sample_options *o, const char *name)
{
    return o->name.len ? o->name : slice_of(name);
}

static inline double *sample_doubles(struct arena *arena, size_t count)
{
    return arena_array(arena, count, sizeof(double));
}

static inline struct grid *sample_grid(const struct sample_options *o, struct arena *arena)
{
    static const char *const systems[] = {"atlas-7b", "birch-13b", "天枢-72B"};
    struct grid *g = arena_alloc(arena, sizeof *g);
    size_t k_count = o->systems ? o->systems : SAMPLE_SYSTEMS;
    size_t t_count = o->rounds ? o->rounds : SAMPLE_ROUNDS;
    slice *names = arena_array(arena, k_count, sizeof *names);
    double *rounds = sample_doubles(arena, t_count);
    double *performance = sample_doubles(arena, k_count * t_count);
    double *compute = sample_doubles(arena, k_count * t_count);
    double *temperature = sample_doubles(arena, k_count * t_count);
    uint32_t *counts = arena_array(arena, k_count * t_count, sizeof *counts);
    slice *labels = arena_array(arena, k_count * t_count, sizeof *labels);
    uint64_t state = 7;
    for (size_t k = 0; k < k_count; k++) {
        names[k] = k < 3 ? sample_name(o, systems[k]) : arena_printf(arena, "system-%03zu", k);
        for (size_t t = 0; t < t_count; t++) {
            size_t i = k * t_count + t;
            rounds[t] = (double)(t + 1);
            double score = 0.58 + 0.06 * (double)(k % 5) + 0.05 * sample_noise(&state);
            double before = t ? performance[i - 1] - (0.58 + 0.06 * (double)(k % 5)) : 0;
            performance[i] = t == 5 && k == 1 ? NAN : score;
            compute[i] = round(300 + 20 * (double)t + (isnan(before) ? 0 : before * 3000));
            temperature[i] = 0.7 + 0.05 * round(4 * sample_noise(&state));
            labels[i] = sample_name(o, t < 5 ? "v1.0" : t < 9 ? "v1.1" : "v2");
            counts[i] = isnan(performance[i]) ? 0 : o->attempts ? 4 : 1;
        }
    }
    const double **settings = arena_array(arena, 2, sizeof *settings);
    settings[0] = compute;
    settings[1] = temperature;
    slice *setting_names = arena_array(arena, 2, sizeof *setting_names);
    setting_names[0] = sample_name(o, "constraint_compute");
    setting_names[1] = sample_name(o, "temperature");
    slice *category_names = arena_array(arena, 1, sizeof *category_names);
    category_names[0] = sample_name(o, "prompt_version");
    const slice **categories = arena_array(arena, 1, sizeof *categories);
    categories[0] = labels;
    *g = (struct grid){k_count,
                       t_count,
                       2,
                       1,
                       names,
                       rounds,
                       performance,
                       counts,
                       setting_names,
                       (const double *const *)settings,
                       category_names,
                       (const slice *const *)categories,
                       NULL};
    return g;
}

static inline struct plots sample_plots(const struct grid *g, struct arena *arena)
{
    size_t steps = g->system_count * (g->round_count - 1);
    double *change = sample_doubles(arena, steps);
    double *x = sample_doubles(arena, steps);
    double *y = sample_doubles(arena, steps);
    double *residual = sample_doubles(arena, g->system_count * g->round_count);
    uint32_t *system = arena_array(arena, steps, sizeof *system);
    uint32_t *bins = arena_array(arena, SAMPLE_BINS, sizeof *bins);
    uint64_t state = 11;
    for (size_t i = 0; i < steps; i++) {
        change[i] = i % 9 == 4 ? NAN : 0.3 + 0.5 * fabs(sample_noise(&state));
        x[i] = 3 * sample_noise(&state);
        y[i] = 0.06 * x[i] + 0.1 * sample_noise(&state);
        system[i] = (uint32_t)(i % g->system_count);
    }
    for (size_t i = 0; i < g->system_count * g->round_count; i++)
        residual[i] = isfinite(g->performance[i]) ? 2 * sample_noise(&state) : NAN;
    for (size_t i = 0; i < SAMPLE_BINS; i++)
        bins[i] = (uint32_t)(160 * exp(-pow(((double)i - 14) / 7, 2)));
    struct change_cloud *cloud = arena_alloc(arena, sizeof *cloud);
    size_t each = g->round_count - 1;
    cloud->stride = (steps + CHANGE_DOTS_MAX - 1) / CHANGE_DOTS_MAX;
    for (size_t i = 0; i < steps; i++)
        change_cloud_add(cloud, i, g->rounds[i % each + 1],
                         residual[i / each * g->round_count + i % each], change[i]);
    return (struct plots){cloud, NULL, x, y, system, steps, bins, SAMPLE_BINS, -2, 6, 5.2};
}

static inline struct classic sample_classic(const struct sample_options *o, const struct grid *g,
                                            struct arena *arena)
{
    struct classic_period *periods = arena_array(arena, g->round_count, sizeof *periods);
    for (size_t t = 0; t < g->round_count; t++) {
        double *means = sample_doubles(arena, 1);
        means[0] = 300 + 20 * (double)t;
        periods[t] = (struct classic_period){g->rounds[t], 3, 0.6, t ? 20 : NAN, 0.9, means};
    }
    struct classic_algorithm *algorithms = arena_array(arena, g->system_count, sizeof *algorithms);
    for (size_t k = 0; k < g->system_count; k++)
        algorithms[k] = (struct classic_algorithm){g->systems[k], 14, 0.6, 20, NAN};
    struct classic_constraint *constraint = arena_alloc(arena, sizeof *constraint);
    *constraint = (struct classic_constraint){.name = sample_name(o, "constraint_compute"),
                                              .count = 41,
                                              .missing_count = 1,
                                              .mean = 430,
                                              .std = 80,
                                              .min = 300,
                                              .max = 600,
                                              .cv = 0.186,
                                              .correlation = 0.31,
                                              .p_value = 0.04,
                                              .psi_share = 1};
    struct bootstrap_stat stat = {20.3, 20.1, 2.2, 16.4, 24.8, 1000, 0, NULL};
    struct classic c = {.defined = true,
                        .cbs_score = 0.52,
                        .risk = RISK_MEDIUM,
                        .bias_detected = true,
                        .indicators_triggered = 2,
                        .confidence = 200. / 3,
                        .spearman = 0.2,
                        .spearman_p = 0.2,
                        .partial_rho = 0.1,
                        .partial_p = 0.5,
                        .row_count = 41,
                        .period_values = g->rounds,
                        .period_count = g->round_count,
                        .algorithm_count = g->system_count,
                        .constraint_count = 1,
                        .periods = periods,
                        .algorithms = algorithms,
                        .constraints = constraint,
                        .bootstrapped = true,
                        .bootstrap = {stat, stat, stat}};
    c.indicator[INDICATOR_PSI] = (struct indicator){20, 1, 0.15, true, true, NAN, false, NULL};
    c.indicator[INDICATOR_CCS] =
        (struct indicator){0.81, 0.19, 0.85, false, true, NAN, false, NULL};
    c.indicator[INDICATOR_RHO_PC] =
        (struct indicator){NAN, NAN, 0.5, false, false, NAN, false, "constant_performance"};
    return c;
}

static inline void sample_verdict(const struct sample_options *o, const struct grid *g,
                                  struct arena *arena, struct verdict *v)
{
    static const struct statistic statistics[] = {
        {"react_pool", MECHANISM_REACTIVE, 14.2, 0.001},
        {"shift_lv", MECHANISM_LOSE_SHIFT, 0.31, 0.04},
    };
    static const double r[] = {0.62, -0.11};
    bool adaptive = o->kind == VERDICT_ADAPTIVE;
    struct driving_round *rounds = arena_array(arena, 3, sizeof *rounds);
    for (size_t i = 0; i < 3; i++)
        rounds[i] = (struct driving_round){4 + 2 * i, (double)(6 + 2 * i), 0.3 - 0.08 * (double)i};
    *v = (struct verdict){.kind = o->kind,
                          .reason = o->reason,
                          .strength = adaptive ? STRENGTH_STRONG : STRENGTH_NONE,
                          .p_value = adaptive ? 0.003 : 0.41,
                          .p_panel = adaptive ? 0.003 : 0.41,
                          .alpha = 0.05,
                          .draws = 2000,
                          .tested = o->kind != VERDICT_FIXED,
                          .seed = 1,
                          .statistics = statistics,
                          .statistic_count = ARRAY_COUNT(statistics),
                          .coupling = {0.31, r, 2, false},
                          .n_eff = 18,
                          .mde_partial_r = 0.571,
                          .psi_star = 0.067,
                          .psi_star_ci = {true, 0.031, 0.1},
                          .ar = {0.1, -0.2},
                          .system_count = g->system_count,
                          .round_count = g->round_count,
                          .setting_count = 2,
                          .used_constraints = g->setting_names,
                          .used_count = o->kind == VERDICT_FIXED ? 0 : 2,
                          .categorical = g->category_names,
                          .categorical_count = 1,
                          .rounds_needed = 22,
                          .warnings = arena_alloc(arena, sizeof(struct notes)),
                          .grid = *g,
                          .facts = {.setting = g->setting_names[0],
                                    .setting_r = 0.62,
                                    .system = g->systems[1],
                                    .system_r = 0.71,
                                    .rounds = rounds,
                                    .round_count = adaptive ? 3 : 0,
                                    .change_rate_after_low = 0.9,
                                    .change_rate_after_high = 0.6,
                                    .change_size_after_low = 0.81,
                                    .change_size_after_high = 0.43,
                                    .cosine_after_improvement = 0.4,
                                    .cosine_after_decline = -0.3,
                                    .switch_rate_after_drop = 0.7,
                                    .switch_rate_after_rise = 0.12}};
    for (int m = 0; m < MECHANISM_SELECTIVE; m++)
        v->mechanisms[m] = (struct mechanism_result){PRESENCE_COMPUTED, 0.2, 0.41, false};
    v->mechanisms[MECHANISM_REACTIVE] = (struct mechanism_result){
        PRESENCE_COMPUTED, adaptive ? 0.001 : 0.4, adaptive ? 0.004 : 1, adaptive};
    v->mechanisms[MECHANISM_RATCHET].presence = PRESENCE_NULL;
    v->mechanisms[MECHANISM_LOSE_SHIFT].presence = PRESENCE_NULL;
    if (o->attempts) {
        v->selection = (struct selection){true, 0.0001, 0.8, 0.46, 36};
        v->mechanisms[MECHANISM_SELECTIVE] =
            (struct mechanism_result){PRESENCE_COMPUTED, 0.0001, 0.0004, true};
    }
    if (o->reason == REASON_DIFFERS_BETWEEN_SYSTEMS) {
        struct difference *differences = arena_array(arena, g->system_count, sizeof *differences);
        for (size_t k = 0; k < g->system_count; k++)
            differences[k] = (struct difference){sample_name(o, "max_tokens"), g->systems[k],
                                                 k % 2 ? S("512") : S("512, 1024")};
        v->differences = differences;
        v->difference_count = g->system_count;
    }
    v->plots = sample_plots(g, arena);
}

static inline struct panel *sample_panel(const struct grid *g, struct arena *arena)
{
    struct panel *panel = arena_alloc(arena, sizeof *panel);
    slice *names = arena_array(arena, g->system_count, sizeof *names);
    memcpy(names, g->systems, g->system_count * sizeof *names);
    *panel = (struct panel){.row_count = g->system_count * g->round_count - 1,
                            .separator = ',',
                            .source_row_count = g->system_count * g->round_count,
                            .dropped_performance = 1,
                            .algorithms = {names, (uint32_t)g->system_count}};
    return panel;
}

static inline struct detect_report *sample_report(const struct sample_options *o,
                                                  struct arena *arena)
{
    struct detect_report *report = arena_alloc(arena, sizeof *report);
    struct grid *grid = sample_grid(o, arena);
    report->options = detect_options_default();
    report->options.engine = o->classic_engine ? ENGINE_CLASSIC : ENGINE_CALIBRATED;
    report->engine_version = DETECT_ENGINE_VERSION;
    report->panel = sample_panel(grid, arena);
    report->grid = grid;
    report->classic = sample_classic(o, grid, arena);
    report->has_verdict = !o->classic_engine;
    report->selection_optimism = NAN;
    if (report->has_verdict)
        sample_verdict(o, grid, arena, &report->verdict);
    note_add(&report->warnings, arena, "psi_unit_dominated_by",
             sample_name(o, "constraint_compute"), "column '%.*s' decides PSI by its unit alone",
             SLICE_ARG(sample_name(o, "constraint_compute")));
    return report;
}

static inline struct report_context sample_context(void)
{
    return (struct report_context){
        .id = S("an_01J9Z"),
        .created_at = S("2026-11-23T05:00:00Z"),
        .input_name = S("evals.csv"),
        .input_sha256 = S("0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"),
        .grade = S("C"),
        .command = S("sleuth detect evals.csv --seed 1"),
        .elapsed_ms = 41,
        .livemode = true};
}

#endif
