/* How protocols move: honest plans and lotteries, and reactions to what was seen. */
#include "sim.h"

#include <math.h>

#define EACH(k, j)                                                                                 \
    for (size_t k = 0; k < sim->systems; k++)                                                      \
        for (size_t j = 0; j < sim->settings; j++)

static void jitter(struct sim *sim, double size)
{
    EACH(k, j) sim->x[k][j] += size * sim_normal(&sim->rng);
}

static uint32_t other_label(struct sim *sim, uint32_t label)
{
    return 1 + (label + rng_below(&sim->rng, LABELS - 2)) % (LABELS - 1);
}

static double mean_noise(const struct sim *sim)
{
    double sum = 0;
    for (size_t k = 0; k < sim->systems; k++)
        sum += sim->noise[k];
    return sum / (double)sim->systems;
}

/* --- Honest --------------------------------------------------------------------------------------
 */

static void fixed(struct sim *sim, size_t t)
{
    (void)sim;
    (void)t;
}

static void jittered(struct sim *sim, size_t t)
{
    EACH(k, j) sim->x[k][j] = sim->start[k][j] + 0.05 * sim_normal(&sim->rng);
}

static void linear_scale(struct sim *sim, size_t t)
{
    EACH(k, j)
    sim->x[k][j] =
        log(exp(sim->start[k][j]) * (1 + 0.2 * (double)t)) + 0.01 * sim_normal(&sim->rng);
}

static void geometric(struct sim *sim, size_t t)
{
    double share = (double)t / (double)sim->rounds;
    EACH(k, j)
    sim->x[k][j] = sim->start[k][j] + 1.5 * (1 - exp(-3 * share)) + 0.01 * sim_normal(&sim->rng);
}

static void version_steps(struct sim *sim, size_t t)
{
    for (size_t i = 0; i < ARRAY_COUNT(sim->step_at); i++) {
        if (sim->step_at[i] != t)
            continue;
        EACH(k, j) sim->x[k][j] += 0.3;
        for (size_t k = 0; k < sim->systems && sim->label[k] > 0; k++)
            sim->label[k] = 1 + sim->label[k] % (LABELS - 1);
    }
}

static void randomised(struct sim *sim, size_t t)
{
    EACH(k, j) sim->x[k][j] = 3 + 0.4 * sim_normal(&sim->rng);
}

static void uniform_temperature(struct sim *sim, size_t t)
{
    EACH(k, j) sim->x[k][j] = log(3 + 35 * rng_unif(&sim->rng));
}

static void shuffled_grid(struct sim *sim, size_t t)
{
    double step = 1.6 / (double)sim->rounds;
    EACH(k, j) sim->x[k][j] = 2.2 + step * (double)sim->order[(t + 3 * j) % sim->rounds];
}

static void walk(struct sim *sim, size_t t)
{
    jitter(sim, 0.15);
}

static void own_schedules(struct sim *sim, size_t t)
{
    EACH(k, j) sim->x[k][j] += 0.02 * (double)(k + j + 1) + 0.03 * sim_normal(&sim->rng);
}

static void sparse_changes(struct sim *sim, size_t t)
{
    EACH(k, j) sim->x[k][j] += rng_unif(&sim->rng) < 0.15 ? 0.4 * sim_normal(&sim->rng) : 0;
}

static void random_prompts(struct sim *sim, size_t t)
{
    jitter(sim, 0.05);
    for (size_t k = 0; k < sim->systems; k++) {
        if (rng_unif(&sim->rng) < 0.3)
            sim->label[k] = other_label(sim, sim->label[k]);
    }
}

static void rotating_budget(struct sim *sim, size_t t)
{
    EACH(k, j) sim->x[k][j] = sim->start[k][j] + ((t + k) % 4 == 0 ? 0.5 : 0);
}

static void rotating_prompts(struct sim *sim, size_t t)
{
    jitter(sim, 0.03);
    for (size_t k = 0; k < sim->systems; k++)
        sim->label[k] = 1 + (uint32_t)((t + k) % 4);
}

static void regime(struct sim *sim, size_t t)
{
    for (size_t k = 0; k < sim->systems; k++) {
        bool moved = t >= sim->rounds / 3 + k;
        for (size_t j = 0; j < sim->settings; j++)
            sim->x[k][j] = sim->start[k][j] + (moved ? 0.6 : 0) + 0.03 * sim_normal(&sim->rng);
    }
}

static void seasonal_budget(struct sim *sim, size_t t)
{
    EACH(k, j)
    sim->x[k][j] = sim->start[k][j] + 0.2 * cos(6.283185307179586 * (double)t / 6) +
                   0.05 * sim_normal(&sim->rng);
}

/* --- Circular ------------------------------------------------------------------------------------
 */

static void reactive(struct sim *sim, size_t t)
{
    EACH(k, j) sim->x[k][j] += 0.1 * (sim_normal(&sim->rng) - sim->strength * sim->noise[k]);
}

static void ratchet(struct sim *sim, size_t t)
{
    EACH(k, j) sim->x[k][j] = sim->anchor[k][j] + 0.15 * sim_normal(&sim->rng);
}

static void favoured_escalation(struct sim *sim, size_t t)
{
    double behind = -sim->noise[sim->favoured] + mean_noise(sim);
    jitter(sim, 0.1);
    for (size_t j = 0; j < sim->settings; j++)
        sim->x[sim->favoured][j] += 0.15 * sim->strength * (behind > 0 ? behind : 0);
}

static void prompt_and_temperature(struct sim *sim, size_t t)
{
    for (size_t k = 0; k < sim->systems; k++) {
        bool bad = sim->noise[k] < 0.5 - sim->strength;
        if (bad || rng_unif(&sim->rng) < 0.1)
            sim->label[k] = other_label(sim, sim->label[k]);
        for (size_t j = 0; j < sim->settings; j++)
            sim->x[k][j] += (bad ? 0.3 : 0.05) * sim_normal(&sim->rng);
    }
}

static void version_switch(struct sim *sim, size_t t)
{
    bool bad = mean_noise(sim) * sqrt((double)sim->systems) < -1.2 + 0.5 * sim->strength;
    jitter(sim, 0.05);
    for (size_t k = 0; k < sim->systems && bad; k++)
        sim->label[k] = 1 + sim->label[k] % (LABELS - 1);
}

static void dataset_size(struct sim *sim, size_t t)
{
    double mean = mean_noise(sim) * sqrt((double)sim->systems);
    jitter(sim, 0.02);
    for (size_t k = 0; k < sim->systems; k++)
        sim->x[k][0] -= 0.06 * sim->strength * mean;
}

static void target_stopping(struct sim *sim, size_t t)
{
    for (size_t k = 0; k < sim->systems; k++) {
        double size = sim->noise[k] < sim->strength ? 0.2 : 0.02; /* good enough: leave it */
        for (size_t j = 0; j < sim->settings; j++)
            sim->x[k][j] += size * sim_normal(&sim->rng);
    }
}

static void copy_leader(struct sim *sim, size_t t)
{
    size_t leader = 0;
    for (size_t k = 1; k < sim->systems; k++)
        leader = sim->noise[k] > sim->noise[leader] ? k : leader;
    EACH(k, j)
    sim->x[k][j] += 0.4 * (sim->x[leader][j] - sim->x[k][j]) + 0.1 * sim_normal(&sim->rng);
}

static void bangbang(struct sim *sim, size_t t)
{
    EACH(k, j)
    sim->x[k][j] =
        sim->start[k][j] + (sim->noise[k] < 0 ? 0.3 : -0.3) + 0.3 * sim_normal(&sim->rng);
}

static void catch_up(struct sim *sim, size_t t)
{
    double mean = mean_noise(sim);
    EACH(k, j)
    sim->x[k][j] += 0.1 * sim_normal(&sim->rng) - 0.1 * sim->strength * (sim->noise[k] - mean);
}

static void prompt_keep_best(struct sim *sim, size_t t)
{
    jitter(sim, 0.05);
    for (size_t k = 0; k < sim->systems; k++) {
        bool keep = sim->score[k] >= sim->best[k];
        sim->label[k] = keep || rng_unif(&sim->rng) < 0.3 ? sim->best_label[k]
                                                          : other_label(sim, sim->label[k]);
    }
}

static void hill_climb(struct sim *sim, size_t t)
{
    EACH(k, j)
    sim->x[k][j] = rng_unif(&sim->rng) < 0.2 ? 3 + 0.4 * sim_normal(&sim->rng)
                                             : sim->anchor[k][j] + 0.15 * sim_normal(&sim->rng);
}

static void two_losses(struct sim *sim, size_t t)
{
    for (size_t k = 0; k < sim->systems; k++) {
        bool twice = sim->noise[k] < 0 && sim->last_noise[k] < 0;
        for (size_t j = 0; j < sim->settings; j++)
            sim->x[k][j] += (twice ? 0.4 : 0.05) * sim_normal(&sim->rng);
    }
}

static void budget_to_losers(struct sim *sim, size_t t)
{
    size_t last = 0;
    for (size_t k = 1; k < sim->systems; k++)
        last = sim->noise[k] < sim->noise[last] ? k : last;
    jitter(sim, 0.05);
    for (size_t j = 0; j < sim->settings; j++)
        sim->x[last][j] += 0.15;
}

static void delayed(struct sim *sim, size_t t)
{
    EACH(k, j) sim->x[k][j] += 0.1 * (sim_normal(&sim->rng) - sim->strength * sim->last_noise[k]);
}

/* clang-format off */
const struct scenario scenarios[] = {
    {.name = "h_fixed", .counted = true, .protocol = fixed},
    {.name = "h_jitter", .counted = true, .protocol = jittered, .effect = EFFECT_LINEAR},
    {.name = "h_linear_scale", .counted = true, .protocol = linear_scale, .effect = EFFECT_LINEAR},
    {.name = "h_geometric_saturating", .counted = true, .protocol = geometric, .effect = EFFECT_LINEAR},
    {.name = "h_step_versions", .counted = true, .protocol = version_steps, .labelled = true},
    {.name = "h_randomised", .counted = true, .protocol = randomised, .effect = EFFECT_LINEAR},
    {.name = "h_walk_ar", .counted = true, .protocol = walk, .noise = NOISE_WALK},
    {.name = "h_meanrev_ar", .counted = true, .protocol = walk, .noise = NOISE_REVERTING},
    {.name = "h_hetero_schedules", .counted = true, .protocol = own_schedules, .effect = EFFECT_LINEAR},
    {.name = "h_common_shocks", .counted = true, .protocol = walk, .noise = NOISE_COMMON},
    {.name = "h_sparse_changes", .counted = true, .protocol = sparse_changes},
    {.name = "h_random_prompts", .counted = true, .protocol = random_prompts, .labelled = true},
    {.name = "h_attempts_random_report", .counted = true, .protocol = jittered, .report = REPORT_RANDOM},
    {.name = "h_seasonal", .counted = true, .protocol = seasonal_budget, .noise = NOISE_SEASONAL},
    {.name = "h_unbalanced_hetero", .counted = true, .protocol = own_schedules, .missing = 0.15},
    {.name = "h_rotating_budget", .counted = true, .protocol = rotating_budget, .effect = EFFECT_LINEAR},
    {.name = "h_regime_migration", .counted = true, .protocol = regime, .effect = EFFECT_LINEAR},
    {.name = "h_interior_random_search", .counted = true, .protocol = randomised, .effect = EFFECT_INTERIOR},
    {.name = "h_interior_planned_temperature", .counted = true, .protocol = uniform_temperature, .effect = EFFECT_INTERIOR},
    {.name = "h_interior_grid_shuffled", .counted = true, .protocol = shuffled_grid, .effect = EFFECT_INTERIOR},
    {.name = "h_heavy_tails", .counted = true, .held_out = true, .protocol = walk, .noise = NOISE_HEAVY},
    {.name = "h_missing_at_random", .counted = true, .held_out = true, .protocol = randomised, .missing = 0.25},
    {.name = "h_staggered_entry", .counted = true, .held_out = true, .protocol = walk, .staggered = true},
    {.name = "h_rotating_prompts", .counted = true, .held_out = true, .protocol = rotating_prompts, .labelled = true},
    {.name = "h_bounded_scores", .counted = true, .held_out = true, .protocol = randomised, .effect = EFFECT_LINEAR, .bounded = true},
    {.name = "h_own_curvature", .counted = true, .held_out = true, .protocol = randomised, .effect = EFFECT_OWN_CURVE},
    {.name = "h_cliff", .counted = true, .held_out = true, .protocol = randomised, .effect = EFFECT_CLIFF},
    {.name = "c_reactive", .circular = true, .counted = true, .protocol = reactive},
    {.name = "c_ratchet", .circular = true, .counted = true, .protocol = ratchet},
    {.name = "c_favoured_escalation", .circular = true, .counted = true, .protocol = favoured_escalation},
    {.name = "c_prompt_temp", .circular = true, .counted = true, .protocol = prompt_and_temperature, .labelled = true},
    {.name = "c_version_switch", .circular = true, .counted = true, .protocol = version_switch, .labelled = true},
    {.name = "c_dataset_size", .circular = true, .counted = true, .protocol = dataset_size},
    {.name = "c_best_of_n_logged", .circular = true, .counted = true, .protocol = jittered, .report = REPORT_BEST},
    {.name = "c_best_of_n_hidden", .circular = true, .protocol = jittered, .report = REPORT_BEST_HIDDEN},
    {.name = "c_contemporaneous", .circular = true, .protocol = randomised, .effect = EFFECT_LINEAR},
    {.name = "c_target_stopping", .circular = true, .counted = true, .protocol = target_stopping},
    {.name = "c_copy_leader", .circular = true, .counted = true, .protocol = copy_leader},
    {.name = "c_threshold_bangbang", .circular = true, .counted = true, .protocol = bangbang},
    {.name = "c_gap_catchup", .circular = true, .counted = true, .protocol = catch_up},
    {.name = "c_prompt_keep_best", .circular = true, .counted = true, .protocol = prompt_keep_best, .labelled = true},
    {.name = "c_hill_climb_interior", .circular = true, .counted = true, .protocol = hill_climb, .effect = EFFECT_INTERIOR},
    {.name = "c_two_losses", .circular = true, .counted = true, .held_out = true, .protocol = two_losses},
    {.name = "c_budget_to_losers", .circular = true, .counted = true, .held_out = true, .protocol = budget_to_losers},
    {.name = "c_delayed_reaction", .circular = true, .counted = true, .held_out = true, .protocol = delayed},
};
/* clang-format on */
const size_t scenario_count = ARRAY_COUNT(scenarios);
