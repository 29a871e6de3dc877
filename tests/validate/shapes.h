/* Rates of `make validate` by the shape of a log: how many systems, how many rounds. */
#ifndef TESTS_VALIDATE_SHAPES_H
#define TESTS_VALIDATE_SHAPES_H

#include "rate.h"

#include <stdint.h>

enum { LENGTHS = 8, SIZES = 3 };
extern const size_t shape_lengths[LENGTHS]; /* rounds of the simulated logs */

struct shapes {
    struct rate honest[SIZES][LENGTHS], circular[SIZES][LENGTHS];
};

void shapes_count(struct shapes *shapes, bool circular, size_t systems, size_t rounds,
                  bool adaptive);
void shapes_print(const struct shapes *shapes); /* Markdown on standard output */
/* The same as rows of detect/measured.def; false when the file cannot be written. */
bool shapes_write(const struct shapes *shapes, const char *path, uint64_t seed);

#endif
