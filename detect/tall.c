/* Projection off columns that are too long to be held: in three passes over pieces of them.
 *
 * The first pass reduces all rows to the triangle R of a QR decomposition, one piece after another
 * by Householder reflections (Golub and Van Loan, Matrix Computations, 12.5). Dot products of the
 * columns of R are those of the columns themselves, so the same twice-iterated Gram-Schmidt as in
 * basis.c, run on R, tells which columns add something and how the orthonormal ones are made of
 * them. The second pass makes these piece by piece, projects the target off and measures what
 * rounding has left along them; the third takes that out, too ("twice is enough"). */
#include "detect/engine.h"

#include <math.h>

struct tall tall_make(struct arena *arena, size_t count)
{
    size_t side = count + 1; /* the target is the last column */
    return (struct tall){
        .count = count,
        .column = arena_array(arena, side * side, sizeof(double)),
        .part = arena_array(arena, side * side, sizeof(double)),
        .norm = arena_array(arena, side, sizeof(double)),
        .kept = arena_array(arena, side, sizeof(bool)),
        .left = arena_array(arena, side, sizeof(double)),
    };
}

/* Column c of R; entries below the diagonal are 0. */
static double *column_of(const struct tall *tall, size_t c)
{
    return tall->column + c * (tall->count + 1);
}

/* Reflects the rows of a piece into row after row of R; the piece is used up. */
static void reduce(struct tall *tall, double *const *piece, size_t length)
{
    for (size_t c = 0; c <= tall->count; c++) {
        double *diagonal = &column_of(tall, c)[c];
        double below = dot(piece[c], piece[c], length);
        if (!(below > 0))
            continue;
        double norm = sqrt(*diagonal * *diagonal + below);
        double head = *diagonal > 0 ? *diagonal + norm : *diagonal - norm;
        double squares = head * head + below;
        *diagonal = *diagonal > 0 ? -norm : norm;
        for (size_t d = c + 1; d <= tall->count; d++) {
            double *entry = &column_of(tall, d)[c];
            double share = 2 * (head * *entry + dot(piece[c], piece[d], length)) / squares;
            *entry -= share * head;
            for (size_t i = 0; i < length; i++)
                piece[d][i] -= share * piece[c][i];
        }
    }
}

/* How much of column c lies along each kept one before it, in both rounds together. */
static double *parts_of(const struct tall *tall, size_t c)
{
    return tall->part + c * (tall->count + 1);
}

static void remove_kept(const struct tall *tall, size_t c)
{
    for (int round = 0; round < 2; round++) {
        for (size_t v = 0; v < c; v++)
            if (tall->kept[v])
                parts_of(tall, c)[v] +=
                    subtract_part(column_of(tall, c), column_of(tall, v), tall->count + 1);
    }
}

/* Orthonormal columns out of those of R. The rules of what is kept are those of score_residual. */
static void orthonormalise(struct tall *tall)
{
    size_t side = tall->count + 1;
    for (size_t c = 0; c < tall->count; c++) {
        double *column = column_of(tall, c);
        double before = sqrt(dot(column, column, side));
        remove_kept(tall, c);
        tall->norm[c] = sqrt(dot(column, column, side));
        tall->kept[c] = before > 1e-10 && tall->norm[c] > 1e-6 * before;
        for (size_t i = 0; i < side && tall->kept[c]; i++)
            column[i] /= tall->norm[c];
    }
    remove_kept(tall, tall->count);
}

/* The kept columns of a piece, orthonormal over all pieces; then the target without them. */
static void project(const struct tall *tall, double *const *piece, size_t length)
{
    for (size_t c = 0; c <= tall->count; c++) {
        bool target = c == tall->count;
        for (size_t v = 0; v < c && (target || tall->kept[c]); v++) {
            double part = parts_of(tall, c)[v];
            for (size_t i = 0; i < length && tall->kept[v]; i++)
                piece[c][i] -= part * piece[v][i];
        }
        for (size_t i = 0; i < length && !target && tall->kept[c]; i++)
            piece[c][i] /= tall->norm[c];
    }
}

void tall_pass(struct tall *tall, int pass, double *const *piece, size_t length)
{
    if (pass == 0) {
        reduce(tall, piece, length);
        return;
    }
    double *target = piece[tall->count];
    project(tall, piece, length);
    for (size_t v = 0; v < tall->count; v++) {
        if (!tall->kept[v])
            continue;
        if (pass == 1)
            tall->left[v] += dot(piece[v], target, length);
        for (size_t i = 0; i < length && pass == 2; i++)
            target[i] -= tall->left[v] * piece[v][i];
    }
}

void tall_pass_end(struct tall *tall, int pass)
{
    if (pass == 0)
        orthonormalise(tall);
}
