/* Simulated evaluation logs for `make validate`: one struct per log, one row per scenario.
 *
 * Round by round, a scenario moves the settings and labels (an honest one by plan or by lot, a
 * circular one by what it saw), then scores fall: level + trend + effect of the settings + noise.
 * All numbers come from a counter generator, so a log is fixed by scenario, seed and number. */
#ifndef TESTS_VALIDATE_SIM_H
#define TESTS_VALIDATE_SIM_H

#include "detect/detect.h"
#include "detect/rng.h"

enum {
    SYSTEMS_MAX = 8,
    ROUNDS_MAX = 64,
    SETTINGS_MAX = 4,
    ATTEMPTS_MAX = 6,
    ROWS_MAX = SYSTEMS_MAX * ROUNDS_MAX * ATTEMPTS_MAX,
    LABELS = 9, /* the empty one and eight more */
};

enum effect { EFFECT_NONE, EFFECT_LINEAR, EFFECT_INTERIOR, EFFECT_CLIFF, EFFECT_OWN_CURVE };
enum noise { NOISE_PLAIN, NOISE_WALK, NOISE_REVERTING, NOISE_COMMON, NOISE_HEAVY, NOISE_SEASONAL };
enum report { REPORT_ONE, REPORT_RANDOM, REPORT_BEST, REPORT_BEST_HIDDEN };

struct sim {
    struct rng rng;
    size_t systems, rounds, settings;
    double strength;                          /* of the reaction, in noise standard deviations */
    double start[SYSTEMS_MAX][SETTINGS_MAX];  /* logarithms */
    double x[SYSTEMS_MAX][SETTINGS_MAX];      /* now */
    uint32_t label[SYSTEMS_MAX];              /* now; 0 = none */
    double noise[SYSTEMS_MAX];                /* random part of the last score, in its sd */
    double score[SYSTEMS_MAX];                /* last score, in noise sd */
    double best[SYSTEMS_MAX];                 /* best score so far */
    double anchor[SYSTEMS_MAX][SETTINGS_MAX]; /* setting of the best score */
    uint32_t best_label[SYSTEMS_MAX];
    double last_noise[SYSTEMS_MAX]; /* of the round before */
    uint32_t favoured;
    double slope, curve[SYSTEMS_MAX];
    size_t order[ROUNDS_MAX]; /* a random order of rounds, for planned designs */
    size_t step_at[3];        /* rounds of planned version steps */
    bool stopped;
};

/* Moves settings and labels before round t >= 1; round 0 has the starting values. */
typedef void protocol_fn(struct sim *sim, size_t t);

struct scenario {
    const char *name;
    bool circular;
    bool counted;  /* false: cannot be seen in a round log, or is reported by another flag */
    bool held_out; /* not among the kinds that the engine was developed on */
    protocol_fn *protocol;
    enum effect effect;
    enum noise noise;
    enum report report;
    double missing; /* share of cells that are not there */
    bool labelled, staggered, bounded;
};
extern const struct scenario scenarios[];
extern const size_t scenario_count;

struct sim_log { /* the panel and its memory */
    struct panel panel;
    double time[ROWS_MAX], performance[ROWS_MAX], setting[SETTINGS_MAX][ROWS_MAX];
    uint32_t algorithm[ROWS_MAX], label[ROWS_MAX];
    int8_t reported[ROWS_MAX];
    struct panel_setting settings[SETTINGS_MAX];
    struct panel_category category;
    size_t rounds;
};

/* Log number `index` of a scenario; rounds = 0 draws a number of rounds from 6 to 40. */
void sim_make(const struct scenario *scenario, uint64_t seed, uint64_t index, size_t rounds,
              struct sim_log *ret);
double sim_normal(struct rng *rng);

#endif
