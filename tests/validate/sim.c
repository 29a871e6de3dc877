/* Simulated evaluation logs: the round loop, noise, scores and rows; see sim.h. */
#include "sim.h"

#include <math.h>

static const size_t round_choices[] = {6, 8, 10, 12, 16, 20, 30, 40};
static const slice system_names[SYSTEMS_MAX] = {SLICE_INIT("A"), SLICE_INIT("B"), SLICE_INIT("C"),
                                                SLICE_INIT("D"), SLICE_INIT("E"), SLICE_INIT("F"),
                                                SLICE_INIT("G"), SLICE_INIT("H")};
static const slice label_names[LABELS] = {SLICE_INIT(""),   SLICE_INIT("v1"), SLICE_INIT("v2"),
                                          SLICE_INIT("v3"), SLICE_INIT("v4"), SLICE_INIT("v5"),
                                          SLICE_INIT("v6"), SLICE_INIT("v7"), SLICE_INIT("v8")};
static const slice setting_names[SETTINGS_MAX] = {
    SLICE_INIT("constraint_compute"), SLICE_INIT("constraint_memory"),
    SLICE_INIT("constraint_dataset_size"), SLICE_INIT("temperature")};

double sim_normal(struct rng *rng)
{
    double u = 1 - rng_unif(rng), v = rng_unif(rng);
    return sqrt(-2 * log(u)) * cos(6.283185307179586 * v);
}

static void shuffle_rounds(struct sim *sim)
{
    for (size_t t = 0; t < sim->rounds; t++)
        sim->order[t] = t;
    for (size_t t = sim->rounds - 1; t > 0; t--) {
        size_t other = rng_below(&sim->rng, (uint32_t)t + 1), kept = sim->order[t];
        sim->order[t] = sim->order[other];
        sim->order[other] = kept;
    }
}

static struct sim sim_begin(const struct scenario *scenario, uint64_t seed, uint64_t index,
                            size_t rounds)
{
    struct sim sim = {.rng = rng_begin(seed, index + ((uint64_t)(scenario - scenarios) << 32))};
    size_t choice = rng_below(&sim.rng, (uint32_t)ARRAY_COUNT(round_choices));
    sim.rounds = rounds > 0 ? rounds : round_choices[choice];
    sim.systems = 1 + rng_below(&sim.rng, SYSTEMS_MAX);
    sim.settings = 1 + rng_below(&sim.rng, SETTINGS_MAX - 1);
    sim.strength = 0.3 + 0.9 * rng_unif(&sim.rng);
    sim.favoured = rng_below(&sim.rng, (uint32_t)sim.systems);
    sim.slope = 0.15 * sim_normal(&sim.rng);
    for (size_t k = 0; k < sim.systems; k++) {
        for (size_t j = 0; j < sim.settings; j++)
            sim.anchor[k][j] = sim.x[k][j] = sim.start[k][j] = 3 + 0.3 * sim_normal(&sim.rng);
        sim.curve[k] = rng_unif(&sim.rng) < 0.5 ? -1 : 1;
        sim.label[k] = sim.best_label[k] = scenario->labelled ? 1 : 0;
        sim.best[k] = -INFINITY;
    }
    for (size_t i = 0; i < ARRAY_COUNT(sim.step_at); i++)
        sim.step_at[i] = 1 + rng_below(&sim.rng, (uint32_t)sim.rounds - 1);
    shuffle_rounds(&sim);
    return sim;
}

/* --- Scores --------------------------------------------------------------------------------------
 */

static double heavy(struct rng *rng) /* Student's t with three degrees of freedom, sd 1 */
{
    double squares = 0, z = sim_normal(rng);
    for (int i = 0; i < 3; i++) {
        double w = sim_normal(rng);
        squares += w * w;
    }
    return z / sqrt(squares);
}

static double noise_of(struct sim *sim, enum noise kind, size_t k, size_t t, double common)
{
    double z = sim_normal(&sim->rng);
    switch (kind) {
    case NOISE_PLAIN:
        return z;
    case NOISE_WALK:
        return 0.6 * sim->noise[k] + 0.8 * z;
    case NOISE_REVERTING:
        return -0.5 * sim->noise[k] + 0.87 * z;
    case NOISE_COMMON:
        return 0.7 * common + 0.7 * z;
    case NOISE_HEAVY:
        return heavy(&sim->rng);
    case NOISE_SEASONAL:
        return z + 0.7 * sin(6.283185307179586 * (double)t / 6);
    }
    return z;
}

static double effect_of(const struct sim *sim, enum effect kind, size_t k)
{
    double sum = 0;
    for (size_t j = 0; j < sim->settings; j++) {
        double x = sim->x[k][j] - 3;
        switch (kind) {
        case EFFECT_NONE:
            break;
        case EFFECT_LINEAR:
            sum += 0.8 * x;
            break;
        case EFFECT_INTERIOR:
            sum -= 2.5 * x * x;
            break;
        case EFFECT_CLIFF:
            sum += x > 0.2 ? 1.2 : 0;
            break;
        case EFFECT_OWN_CURVE:
            sum += 2 * sim->curve[k] * x * x;
            break;
        }
    }
    return sum;
}

/* --- Rows ----------------------------------------------------------------------------------------
 */

static void add_row(const struct sim *sim, const struct scenario *scenario, size_t t, size_t k,
                    double score, int8_t reported, struct sim_log *ret)
{
    size_t row = ret->panel.row_count++;
    double value = 0.6 + 0.02 * ((double)k + score);
    ret->time[row] = (double)t + 1;
    ret->algorithm[row] = (uint32_t)k;
    ret->performance[row] = scenario->bounded ? 1 / (1 + exp(-6 * (value - 0.6))) : value;
    ret->reported[row] = reported;
    ret->label[row] = sim->label[k];
    for (size_t j = 0; j < sim->settings; j++)
        ret->setting[j][row] = exp(sim->x[k][j]);
}

/* One cell: one run, or several attempts of which one is reported. */
static void add_cell(struct sim *sim, const struct scenario *scenario, size_t t, size_t k,
                     double level, struct sim_log *ret)
{
    if (scenario->report == REPORT_ONE) {
        add_row(sim, scenario, t, k, level + sim->noise[k], -1, ret);
        return;
    }
    size_t attempts = 2 + rng_below(&sim->rng, ATTEMPTS_MAX - 2), chosen = 0;
    double noise[ATTEMPTS_MAX];
    for (size_t i = 0; i < attempts; i++) {
        noise[i] = sim_normal(&sim->rng);
        chosen = noise[i] > noise[chosen] ? i : chosen;
    }
    if (scenario->report == REPORT_RANDOM)
        chosen = rng_below(&sim->rng, (uint32_t)attempts);
    bool hidden = scenario->report == REPORT_BEST_HIDDEN;
    for (size_t i = 0; i < attempts; i++) {
        if (!hidden || i == chosen)
            add_row(sim, scenario, t, k, level + noise[i], hidden ? -1 : i == chosen, ret);
    }
    sim->noise[k] = noise[chosen];
}

static bool is_missing(struct sim *sim, const struct scenario *scenario, size_t t, size_t k)
{
    bool late = scenario->staggered && t < k * sim->rounds / (3 * SYSTEMS_MAX);
    return late || rng_unif(&sim->rng) < scenario->missing;
}

static void remember_best(struct sim *sim, size_t k)
{
    if (!(sim->score[k] > sim->best[k]))
        return;
    sim->best[k] = sim->score[k];
    sim->best_label[k] = sim->label[k];
    memcpy(sim->anchor[k], sim->x[k], sizeof sim->anchor[k]);
}

static void play_round(struct sim *sim, const struct scenario *scenario, size_t t,
                       struct sim_log *ret)
{
    double common = sim_normal(&sim->rng);
    for (size_t k = 0; k < sim->systems; k++) {
        double level = sim->slope * (double)t + effect_of(sim, scenario->effect, k);
        sim->last_noise[k] = sim->noise[k];
        sim->noise[k] = noise_of(sim, scenario->noise, k, t, common);
        if (!is_missing(sim, scenario, t, k))
            add_cell(sim, scenario, t, k, level, ret);
        sim->score[k] = level + sim->noise[k];
        remember_best(sim, k);
    }
}

static void log_begin(const struct sim *sim, const struct scenario *scenario, struct sim_log *ret)
{
    bool attempts = scenario->report == REPORT_RANDOM || scenario->report == REPORT_BEST;
    ret->rounds = sim->rounds;
    ret->panel = (struct panel){
        .time = ret->time,
        .performance = ret->performance,
        .algorithm = ret->algorithm,
        .algorithms = {.count = (uint32_t)sim->systems},
        .settings = ret->settings,
        .setting_count = sim->settings,
        .categories = &ret->category,
        .category_count = scenario->labelled,
        .reported = attempts ? ret->reported : NULL,
    };
    static slice names[SYSTEMS_MAX], labels[LABELS]; /* the panel wants them writable */
    memcpy(names, system_names, sizeof names);
    memcpy(labels, label_names, sizeof labels);
    ret->panel.algorithms.names = names;
    for (size_t j = 0; j < sim->settings; j++)
        ret->settings[j] =
            (struct panel_setting){.name = setting_names[j], .values = ret->setting[j]};
    ret->category = (struct panel_category){
        .name = S("prompt_id"), .labels = ret->label, .table = {.names = labels, .count = LABELS}};
}

void sim_make(const struct scenario *scenario, uint64_t seed, uint64_t index, size_t rounds,
              struct sim_log *ret)
{
    struct sim sim = sim_begin(scenario, seed, index, rounds);
    log_begin(&sim, scenario, ret);
    for (size_t t = 0; t < sim.rounds; t++) {
        if (t > 0)
            scenario->protocol(&sim, t);
        play_round(&sim, scenario, t, ret);
    }
}
