/* Projection in passes: the same as off columns that are held, also where one adds nothing. */
#include "small_log.h"

enum { ROWS = 300, COLUMNS = 6, PIECES = 7 };

static double column[COLUMNS + 1][ROWS]; /* the target is the last */

/* Powers of a shifted variable, a copy, a sum of two, noise. */
static void fill(uint64_t seed)
{
    struct rng rng = rng_begin(seed, 0);
    for (size_t i = 0; i < ROWS; i++) {
        double z = rng_unif(&rng) * 2 - 0.6;
        column[0][i] = 1e4 * z;
        column[1][i] = z * z;
        column[2][i] = 3 * column[1][i]; /* adds nothing */
        column[3][i] = z * z * z;
        column[4][i] = column[0][i] - 1e4 * column[3][i]; /* adds nothing */
        column[5][i] = normal(&rng);
        column[6][i] = 2 * z - z * z + column[5][i] + 0.1 * normal(&rng);
    }
}

static void project_held(struct arena *arena, double *ret)
{
    struct span span = span_make(arena, ROWS, COLUMNS);
    double copy[ROWS];
    for (size_t c = 0; c < COLUMNS; c++) {
        memcpy(copy, column[c], sizeof copy);
        (void)span_add(&span, copy, 0);
    }
    ck_assert_uint_eq(span.count, COLUMNS - 2);
    memcpy(ret, column[COLUMNS], ROWS * sizeof *ret);
    span_remove(&span, ret);
}

static void project_passed(struct arena *arena, double *ret)
{
    struct tall tall = tall_make(arena, COLUMNS);
    static double copy[COLUMNS + 1][ROWS];
    double *piece[COLUMNS + 1];
    for (int pass = 0; pass < TALL_PASSES; pass++) {
        for (size_t p = 0; p < PIECES; p++) {
            size_t from = p * ROWS / PIECES, length = (p + 1) * ROWS / PIECES - from;
            for (size_t c = 0; c <= COLUMNS; c++) {
                memcpy(copy[c], column[c] + from, length * sizeof(double));
                piece[c] = copy[c];
            }
            tall_pass(&tall, pass, piece, length);
            memcpy(ret + from, piece[COLUMNS], length * sizeof(double));
        }
        tall_pass_end(&tall, pass);
    }
    ck_assert(!tall.kept[2] && !tall.kept[4]);
}

START_TEST(passing_and_holding_leave_the_same)
{
    double held[ROWS], passed[ROWS];
    for (uint64_t seed = 1; seed < 20; seed++) {
        struct arena arena;
        arena_init(&arena, 1 << 20);
        fill(seed);
        project_held(&arena, held);
        project_passed(&arena, passed);
        for (size_t i = 0; i < ROWS; i++)
            ck_near(passed[i], held[i], 1e-12);
        arena_finish(&arena);
    }
}
END_TEST

START_TEST(what_is_left_is_orthogonal_to_every_column)
{
    struct arena arena;
    double left[ROWS];
    arena_init(&arena, 1 << 20);
    fill(3);
    project_passed(&arena, left);
    for (size_t c = 0; c < COLUMNS; c++) {
        double norm = sqrt(dot(column[c], column[c], ROWS));
        ck_near(dot(left, column[c], ROWS) / norm, 0, 1e-13);
    }
    arena_finish(&arena);
}
END_TEST

TEST_MAIN("tall", passing_and_holding_leave_the_same, what_is_left_is_orthogonal_to_every_column)
