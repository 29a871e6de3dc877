/* Looking again after every round: p-values that stay valid however often a project is judged.
 *
 * Every look spends a share of the error; the shares of all looks sum to at most 1, so that the
 * union bound keeps the level for any dependence between looks. This is the spending of Lan and
 * DeMets (1983, Biometrika 70, 659-663) with the power family of Kim and DeMets (1987, Biometrika
 * 74, 149-154), without their joint distribution, which no permutation test of a growing log has.
 * Pure functions, any thread. */
#ifndef DETECT_SEQUENTIAL_H
#define DETECT_SEQUENTIAL_H

#include <stddef.h>
#include <stdint.h>

/* Share of the error for look 1, 2, …: (look^2 - (look - 1)^2) / planned^2, 0 beyond `planned`;
 * without a plan (planned = 0) 30 / ((look + 29) (look + 30)), which sums to look / (look + 30), and
 * to 1 over all looks for ever. */
double sequential_weight(size_t look, size_t planned);

/* What a look may spend when `before` units of the plan were spent already and it shows `now`:
 * the sum of the weights in between. Units are rounds, of which looks may skip some; now > before. */
double sequential_share(size_t before, size_t now, size_t planned);

/* The p-value of everything seen so far: `before` from the previous look (1 at the first), `p` of
 * this look alone. Reject when it is <= alpha: over all looks an honest log is rejected with
 * probability at most alpha. Never rises from one look to the next. */
double sequential_p(double before, double p, size_t look, size_t planned);

/* Draws (without the identity) for which this look can reject at alpha with a factor of ten to
 * spare; between 1999 and 99999. */
uint32_t sequential_draws(double alpha, size_t look, size_t planned);

#endif
