/* Expected selection optimism: how much the best of m equal scores leads by luck alone. */
#include "detect/detect.h"

#include <math.h>

/* Expected maximum of m independent standard normals: integral of x m phi(x) Phi(x)^(m-1) dx
 * (Tippett 1925, Biometrika 17:364). Simpson's rule over [-9, 9] with 3600 steps; the error stays
 * below 1e-9 for m up to 10^6, beyond which the integrand is still inside the range up to 2^32. */
static double normal_maximum_mean(double m)
{
    enum { STEPS = 3600 };
    const double low = -9, high = 9, step = (high - low) / STEPS;
    const double scale = 0.3989422804014327; /* 1 / sqrt(2 pi) */
    double sum = 0;

    for (int i = 0; i <= STEPS; i++) {
        double x = low + step * i;
        double log_cdf = log1p(-0.5 * erfc(x / sqrt(2))); /* log Phi(x), accurate on the right */
        double value = x * m * scale * exp(-0.5 * x * x + (m - 1) * log_cdf);
        sum += value * (i == 0 || i == STEPS ? 1 : i % 2 ? 4 : 2);
    }
    return sum * step / 3;
}

double selection_optimism(uint32_t attempts, double score_stderr)
{
    if (attempts == 0 || !(score_stderr >= 0) || isinf(score_stderr))
        return NAN;
    return attempts == 1 ? 0 : score_stderr * normal_maximum_mean(attempts);
}
