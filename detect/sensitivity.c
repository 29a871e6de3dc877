/* What a log of this size can find: effective number of transitions, smallest detectable |r|. */
#include "detect/engine.h"
#include "detect/stats.h"

#include <math.h>

enum { LOST_POINTS = 3, ROUNDS_MIN = 5, EFFECTIVE_MIN = 5 }; /* mean, slope and one lag */
static const double power = 0.8;

static size_t scored_transitions(const double *row, size_t periods)
{
    size_t count = 0;
    for (size_t t = 0; t + 1 < periods; t++)
        count += isfinite(row[t]) && isfinite(row[t + 1]);
    return count;
}

size_t effective_count(const struct plane *score, bool common_protocol)
{
    size_t sum = 0, largest = 0;
    for (size_t k = 0; k < score->rows; k++) {
        size_t count = scored_transitions(plane_row(score, k), score->columns);
        size_t left = count > LOST_POINTS ? count - LOST_POINTS : 0;
        sum += left;
        largest = left > largest ? left : largest;
    }
    return common_protocol ? largest : sum;
}

double minimum_detectable_r(size_t n_eff, double alpha)
{
    double points = n_eff > 2 ? (double)n_eff - 1 : 1;
    return tanh((stats_normal_quantile(1 - alpha) + stats_normal_quantile(power)) / sqrt(points));
}

size_t rounds_needed(size_t unit_count, bool common_protocol)
{
    size_t units = common_protocol || unit_count == 0 ? 1 : unit_count;
    size_t transitions = LOST_POINTS + (EFFECTIVE_MIN + units - 1) / units;
    return transitions + 1 > ROUNDS_MIN ? transitions + 1 : ROUNDS_MIN;
}

bool too_few_rounds(size_t period_count, size_t n_eff)
{
    return period_count < ROUNDS_MIN || n_eff < EFFECTIVE_MIN;
}
