/* Error spending over looks; see sequential.h. */
#include "detect/sequential.h"

#include <assert.h>
#include <math.h>

/* Without a plan half of the error is spent when that many rounds were judged. */
enum { OPEN_END_HALF = 30 };

enum { DRAWS_LEAST = 1999, DRAWS_MOST = 99999, SPARE = 10 };

double sequential_weight(size_t look, size_t planned)
{
    assert(look >= 1);
    double i = (double)look, n = (double)planned;
    if (planned == 0)
        return OPEN_END_HALF / ((i + OPEN_END_HALF - 1) * (i + OPEN_END_HALF));
    return look <= planned ? (2 * i - 1) / (n * n) : 0;
}

double sequential_share(size_t before, size_t now, size_t planned)
{
    double share = 0;
    assert(now >= before);
    if (planned != 0 && now > planned)
        now = planned;
    for (size_t look = before + 1; look <= now; look++)
        share += sequential_weight(look, planned);
    return share;
}

double sequential_p(double before, double p, size_t look, size_t planned)
{
    double weight = sequential_weight(look, planned);
    double now = weight > 0 ? fmin(1, p / weight) : 1;
    return fmin(before, now);
}

uint32_t sequential_draws(double alpha, size_t look, size_t planned)
{
    double level = alpha * sequential_weight(look, planned);
    double draws = level > 0 ? ceil(SPARE / level) : DRAWS_LEAST;
    return (uint32_t)fmin(fmax(draws, DRAWS_LEAST), DRAWS_MOST);
}
