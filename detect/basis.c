/* Orthogonal projection: trends on the points of a unit, and columns that grow one by one.
 *
 * Gram-Schmidt is iterated twice, which is enough for orthogonality to working precision
 * (Giraud, Langou, Rozloznik and van den Eshof 2005, Numerische Mathematik 101, 87-100). */
#include "detect/engine.h"

#include <math.h>

enum { QUADRATIC_POINTS_MIN = 12 };

double dot(const double *a, const double *b, size_t length)
{
    double sum = 0;
    for (size_t i = 0; i < length; i++)
        sum += a[i] * b[i];
    return sum;
}

size_t finite_index(const double *row, size_t columns, uint32_t *ret_index)
{
    size_t count = 0;
    for (size_t t = 0; t < columns; t++) {
        if (isfinite(row[t]))
            ret_index[count++] = (uint32_t)t;
    }
    return count;
}

double subtract_part(double *values, const double *unit, size_t length)
{
    double part = dot(unit, values, length);
    for (size_t i = 0; i < length; i++)
        values[i] -= unit[i] * part;
    return part;
}

static bool normalise(double *values, size_t length)
{
    double norm = sqrt(dot(values, values, length));
    for (size_t i = 0; i < length && norm > 0; i++)
        values[i] /= norm;
    return norm > 0;
}

void trend_make(struct trend *trend, const uint32_t *index, size_t length, bool quadratic,
                double *memory)
{
    *trend = (struct trend){.count = length > 0 ? 1 : 0, .length = length};
    double mean = 0;
    for (size_t i = 0; i < TREND_MAX; i++)
        trend->vector[i] = memory + i * length;
    for (size_t i = 0; i < length; i++) {
        trend->vector[0][i] = 1 / sqrt((double)length);
        mean += index[i];
    }
    if (length < 3)
        return;
    mean /= (double)length;
    for (size_t i = 0; i < length; i++) {
        double t = index[i] - mean;
        trend->vector[1][i] = t;
        if (quadratic)
            trend->vector[2][i] = t * t;
    }
    trend->count += normalise(trend->vector[1], length);
    if (!quadratic || length < QUADRATIC_POINTS_MIN)
        return;
    (void)subtract_part(trend->vector[2], trend->vector[0], length);
    (void)subtract_part(trend->vector[2], trend->vector[1], length);
    trend->count += normalise(trend->vector[2], length);
}

void trend_remove(const struct trend *trend, double *values)
{
    double part[TREND_MAX];
    for (size_t v = 0; v < trend->count; v++)
        part[v] = dot(trend->vector[v], values, trend->length);
    for (size_t v = 0; v < trend->count; v++) {
        for (size_t i = 0; i < trend->length; i++)
            values[i] -= trend->vector[v][i] * part[v];
    }
}

struct span span_make(struct arena *arena, size_t length, size_t cap)
{
    struct span span = {.length = length, .cap = cap};
    span.vectors = arena_array_raw(arena, cap * length, sizeof *span.vectors);
    return span;
}

bool span_add(struct span *span, double *column, double floor)
{
    double before = sqrt(dot(column, column, span->length));
    span_remove(span, column);
    double after = sqrt(dot(column, column, span->length));
    if (!(after > 1e-6 * before) || !(after > floor) || span->count == span->cap)
        return false;
    double *vector = span->vectors + span->count++ * span->length;
    for (size_t i = 0; i < span->length; i++)
        vector[i] = column[i] / after;
    return true;
}

void span_remove(const struct span *span, double *values)
{
    for (int pass = 0; pass < 2; pass++) {
        for (size_t v = 0; v < span->count; v++)
            (void)subtract_part(values, span->vectors + v * span->length, span->length);
    }
}
