/* How often is an honest project called adaptive when it is judged after every round?
 *
 *   looks [PROJECTS [SEED]]      a section of validation.md on standard output; exit 1 when the
 * upper bound of a rate lies above .05 (one-sided 95 % Wilson bound)
 *
 * Runs the very code that judges projects (appliance/judgement.c) over ledgers that grow round by
 * round, all honest scenarios of the validation in turn, 50 looks each, with and without a plan. */
#include "../validate/sim.h"

#include "judgement.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { LOOKS = 50, ARENA_BYTES = 512 << 20 };

static struct sim_log sim_log;

static bool is_counted(const struct scenario *scenario)
{
    return !scenario->circular && scenario->counted;
}

static const struct scenario *honest(size_t number)
{
    size_t count = 0, at = 0;
    for (size_t i = 0; i < scenario_count; i++)
        count += is_counted(&scenarios[i]);
    for (size_t i = 0; i < scenario_count; i++)
        if (is_counted(&scenarios[i]) && at++ == number % count)
            return &scenarios[i];
    return &scenarios[0];
}

static status add_row(struct ledger *ledger, size_t at, struct error *err)
{
    struct ledger_row *row;
    const struct panel *panel = &sim_log.panel;
    struct fields_builder *all = arena_alloc(ledger->arena, sizeof *all);
    if (!all)
        return arena_check(ledger->arena, err);
    TRY(ledger_add(ledger, &row, err));
    for (size_t j = 0; j < panel->setting_count; j++)
        if (isfinite(panel->settings[j].values[at]))
            fields_add_number(all, ledger->arena, panel->settings[j].name,
                              panel->settings[j].values[at]);
    TRY(fields_build(all, ledger->arena, &row->protocol, err));
    row->time_ms = (int64_t)sim_log.time[at] * 86400000;
    row->run_id = arena_printf(ledger->arena, "r%zu", at);
    row->system = arena_printf(ledger->arena, "s%u", sim_log.algorithm[at]);
    row->task = S("t");
    row->metric = S("m");
    row->value = sim_log.performance[at];
    row->has_value = true;
    return ST_OK;
}

/* The ledger as it stands after round `look`. */
static status fill(struct ledger *ledger, size_t rows, size_t look, struct error *err)
{
    static const struct ledger_options options = {.round_by = ROUND_BY_DAY};
    for (size_t i = 0; i < rows && sim_log.time[i] <= (double)look; i++)
        TRY(add_row(ledger, i, err));
    return ledger_finish(ledger, &options, err);
}

static status look_once(size_t rows, size_t look, uint64_t planned, struct project_state *state,
                        struct error *err)
{
    struct arena arena;
    struct ledger ledger;
    struct judgement result;
    arena_init(&arena, ARENA_BYTES);
    ledger_init(&ledger, &arena);
    const struct judgement_input in = {
        .ledger = &ledger, .state = *state, .planned_rounds = planned, .number = look};
    status rc = fill(&ledger, rows, look, err);
    if (rc == ST_OK)
        rc = judge(&in, &arena, &result, err);
    if (rc == ST_OK)
        *state = result.state;
    arena_finish(&arena);
    return rc;
}

static status run_project(uint64_t number, uint64_t seed, uint64_t planned, bool *ret_detected,
                          struct error *err)
{
    struct project_state state = {.p_value = 1};
    sim_make(honest(number), seed, number, LOOKS, &sim_log);
    size_t rows = sim_log.panel.row_count;
    for (size_t look = 1; look <= LOOKS && !state.detected; look++)
        TRY(look_once(rows, look, planned, &state, err));
    *ret_detected = state.detected != 0;
    return ST_OK;
}

static double upper_bound(size_t hits, size_t total)
{
    const double z = 1.6448536269514722; /* one-sided 95 % */
    double n = (double)total, p = (double)hits / n;
    return (p + z * z / (2 * n) + z * sqrt(p * (1 - p) / n + z * z / (4 * n * n))) /
           (1 + z * z / n);
}

static uint64_t argument(int argc, char **argv, int at, uint64_t fallback)
{
    uint64_t value;
    return at < argc && slice_to_u64(slice_of(argv[at]), &value) ? value : fallback;
}

int main(int argc, char **argv)
{
    const uint64_t plans[] = {LOOKS, 0};
    uint64_t projects = argument(argc, argv, 1, 400), seed = argument(argc, argv, 2, 1);
    int rc = EXIT_SUCCESS;
    printf("\n## Projects, through the code that judges them\n\n"
           "`looks %llu %llu`: ledgers of honest logs that grow round by round, all honest "
           "scenarios in turn, judged after each of %d rounds by appliance/judgement.c.\n\n"
           "| rule | projects | ever called adaptive | rate | upper 95 %% bound |\n"
           "|---|---|---|---|---|\n",
           (unsigned long long)projects, (unsigned long long)seed, LOOKS);
    for (size_t p = 0; p < ARRAY_COUNT(plans); p++) {
        size_t hits = 0;
        struct error err = {0};
        for (uint64_t i = 0; i < projects; i++) {
            bool detected = false;
            if (run_project(i, seed ^ 0x9E, plans[p], &detected, &err) != ST_OK) {
                (void)fprintf(stderr, "looks: %s\n", err.text);
                return EXIT_FAILURE;
            }
            hits += detected;
        }
        double bound = upper_bound(hits, (size_t)projects);
        printf("| %s | %llu | %zu | %.4f | %.4f |\n", judgement_rule(plans[p]),
               (unsigned long long)projects, hits, (double)hits / (double)projects, bound);
        (void)fflush(stdout);
        if (bound > 0.05)
            rc = EXIT_FAILURE;
    }
    return rc;
}
