/* Nuisance columns: what may legitimately explain a score and is not its random part.
 *
 * A real effect of a setting on the score is honest. Were it left in the residual, a randomised
 * search over a setting with an interior optimum would look like "an extreme setting scored badly,
 * so the next one moved": the next independent draw is simply nearer the middle. Hence squares,
 * products and cubes, as many as the log can pay for (permutation with nuisance: Freedman and Lane
 * 1983, JBES 1, 292-298; Winkler et al. 2014, NeuroImage 92, 381-397). */
#include "detect/engine.h"

#include <math.h>

enum { PRODUCT_SETTINGS_MAX = 3, SQUARE_VALUES_MIN = 3, CUBE_VALUES_MIN = 4 };

/* The groups of columns in their order; a list is a set of groups. */
enum group {
    CALENDAR = 1,
    SETTINGS = 2,
    SQUARES = 4,
    PRODUCTS = 8,
    CUBES = 16,
    DUMMIES = 32,
};

/* The first list that the log can pay for is used. */
static const unsigned lists[] = {
    CALENDAR | SETTINGS | SQUARES | PRODUCTS | CUBES | DUMMIES,
    CALENDAR | SETTINGS | SQUARES | PRODUCTS | DUMMIES,
    CALENDAR | SETTINGS | SQUARES | PRODUCTS | CUBES,
    CALENDAR | SETTINGS | SQUARES | PRODUCTS,
    CALENDAR | SETTINGS | SQUARES,
    CALENDAR | SETTINGS,
};

struct builder { /* the columns of every group before the choice */
    struct nuisance_column *column;
    unsigned *group;
    size_t count;
};

void usable_cells(const struct plane *score, const struct settings *settings, size_t unit,
                  bool *ret)
{
    const double *y = plane_row(score, unit);
    for (size_t t = 0; t < score->columns; t++)
        ret[t] = isfinite(y[t]);
    for (size_t j = 0; j < settings->count; j++) {
        const double *x = plane_row(&settings->plane[j], unit);
        for (size_t t = 0; t < score->columns; t++)
            ret[t] = ret[t] && isfinite(x[t]);
    }
}

static void column_add(struct builder *builder, unsigned group, enum nuisance_kind kind, size_t i,
                       size_t j)
{
    builder->group[builder->count] = group;
    builder->column[builder->count++] =
        (struct nuisance_column){.kind = kind, .i = (uint32_t)i, .j = (uint32_t)j};
}

/* Counts the distinct values among usable cells, up to CUBE_VALUES_MIN. */
static size_t distinct_values(const struct plane *plane, const bool *usable)
{
    double seen[CUBE_VALUES_MIN];
    size_t count = 0;
    for (size_t k = 0; k < plane->rows; k++) {
        const double *x = plane_row(plane, k);
        for (size_t t = 0; t < plane->columns && count < CUBE_VALUES_MIN; t++) {
            size_t s = 0;
            if (!usable[k * plane->columns + t])
                continue;
            while (s < count && seen[s] != x[t])
                s++;
            if (s == count)
                seen[count++] = x[t];
        }
        if (count == CUBE_VALUES_MIN)
            break;
    }
    return count;
}

static void measure_setting(struct nuisance *nuisance, size_t j, const struct plane *plane,
                            const bool *usable)
{
    size_t columns = plane->columns;
    double sum = 0, squares = 0, max = 0;
    double n = nuisance->usable_count > 0 ? (double)nuisance->usable_count : 1;
    for (size_t k = 0; k < plane->rows; k++) {
        const double *x = plane_row(plane, k);
        for (size_t t = 0; t < columns; t++)
            sum += usable[k * columns + t] ? x[t] : 0;
    }
    double mean = sum / n;
    for (size_t k = 0; k < plane->rows; k++) {
        const double *x = plane_row(plane, k);
        for (size_t t = 0; t < columns; t++) {
            double distance = usable[k * columns + t] ? x[t] - mean : 0;
            squares += distance * distance;
            max = fmax(max, fabs(distance));
        }
    }
    nuisance->centre[j] = mean;
    nuisance->scale[j] = max > 0 ? max : 1;
    nuisance->deviation[j] = sqrt(squares / n);
}

/* Dummies of one category for all its labels among usable cells but the first, when every label
 * can be well replicated. */
static void add_dummies(struct builder *builder, size_t c, const struct categories *categories,
                        const bool *usable, size_t cells, uint8_t *present)
{
    size_t levels = 0, usable_count = 0;
    uint32_t label_count = categories->label_count[c];
    memset(present, 0, label_count);
    for (size_t i = 0; i < cells; i++) {
        if (!usable[i])
            continue;
        usable_count++;
        levels += !present[categories->label[c][i]];
        present[categories->label[c][i]] = 1;
    }
    size_t most = usable_count / 6 > 2 ? usable_count / 6 : 2;
    if (levels < 2 || levels > most)
        return;
    bool first = true;
    for (uint32_t label = 0; label < label_count; label++) {
        if (present[label] && !first)
            column_add(builder, DUMMIES, NUISANCE_DUMMY, c, label);
        first = first && !present[label];
    }
}

static void add_powers(struct builder *builder, const struct settings *settings,
                       const size_t *distinct)
{
    size_t p = settings->count;
    for (size_t j = 0; j < p; j++)
        column_add(builder, SETTINGS, NUISANCE_SETTING, j, 0);
    for (size_t j = 0; j < p; j++) {
        if (distinct[j] >= SQUARE_VALUES_MIN)
            column_add(builder, SQUARES, NUISANCE_PRODUCT, j, j);
    }
    for (size_t i = 0; i < p && p <= PRODUCT_SETTINGS_MAX; i++) {
        for (size_t j = i + 1; j < p; j++)
            column_add(builder, PRODUCTS, NUISANCE_PRODUCT, i, j);
    }
    for (size_t j = 0; j < p; j++) {
        if (distinct[j] >= CUBE_VALUES_MIN)
            column_add(builder, CUBES, NUISANCE_CUBE, j, 0);
    }
}

static size_t columns_in(const struct builder *builder, unsigned list)
{
    size_t count = 0;
    for (size_t i = 0; i < builder->count; i++)
        count += (builder->group[i] & list) != 0;
    return count;
}

static void choose(struct nuisance *nuisance, const struct builder *builder, size_t columns_max,
                   size_t setting_count)
{
    bool has_squares = columns_in(builder, SQUARES) > 0;
    for (size_t l = 0; l < ARRAY_COUNT(lists); l++) {
        if (columns_in(builder, lists[l]) > columns_max)
            continue;
        for (size_t i = 0; i < builder->count; i++) {
            if (builder->group[i] & lists[l])
                nuisance->column[nuisance->count++] = builder->column[i];
        }
        nuisance->quadratic_removed = !has_squares || (lists[l] & SQUARES);
        return;
    }
    nuisance->quadratic_removed = !has_squares;
    if (setting_count > 0 && columns_max >= 1)
        nuisance->column[nuisance->count++] = (struct nuisance_column){.kind = NUISANCE_MEAN};
}

/* Most columns over all groups. */
static size_t columns_cap(const struct settings *settings, const struct categories *categories)
{
    size_t cap = 2 + 3 * settings->count + PRODUCT_SETTINGS_MAX * PRODUCT_SETTINGS_MAX;
    for (size_t c = 0; c < categories->count; c++)
        cap += categories->label_count[c];
    return cap;
}

static void collect(struct builder *builder, struct nuisance *nuisance, const struct plane *score,
                    const struct settings *settings, const bool *usable)
{
    size_t distinct[PANEL_SETTINGS_MAX];
    if (score->columns >= 8 && score->columns < 12)
        column_add(builder, CALENDAR, NUISANCE_CALENDAR, 0, 0);
    for (size_t j = 0; j < settings->count; j++) {
        measure_setting(nuisance, j, &settings->plane[j], usable);
        distinct[j] = distinct_values(&settings->plane[j], usable);
    }
    add_powers(builder, settings, distinct);
}

struct nuisance nuisance_make(struct arena *arena, const struct plane *score,
                              const struct settings *settings, const struct categories *categories)
{
    size_t cells = score->rows * score->columns, cap = columns_cap(settings, categories);
    struct nuisance nuisance = {
        .column = arena_array(arena, cap, sizeof *nuisance.column),
        .centre = arena_array(arena, settings->count, sizeof(double)),
        .scale = arena_array(arena, settings->count, sizeof(double)),
        .deviation = arena_array(arena, settings->count, sizeof(double)),
    };
    struct arena_mark mark = arena_mark(arena);
    struct builder builder = {.column = arena_array(arena, cap, sizeof *builder.column),
                              .group = arena_array(arena, cap, sizeof *builder.group)};
    bool *usable = arena_array(arena, cells, sizeof *usable);
    uint8_t *present = arena_array(arena, cap, 1);
    if (arena->overflow)
        return nuisance;
    for (size_t k = 0; k < score->rows; k++)
        usable_cells(score, settings, k, usable + k * score->columns);
    for (size_t i = 0; i < cells; i++)
        nuisance.usable_count += usable[i];
    collect(&builder, &nuisance, score, settings, usable);
    for (size_t c = 0; c < categories->count; c++)
        add_dummies(&builder, c, categories, usable, cells, present);
    size_t paid = 3 * score->rows; /* a trend per unit takes about three values */
    size_t spare = nuisance.usable_count > paid ? nuisance.usable_count - paid : 0;
    choose(&nuisance, &builder, spare / 4, settings->count);
    arena_rewind(arena, mark);
    return nuisance;
}

static double standard(const struct nuisance *nuisance, const struct settings *settings, size_t j,
                       size_t unit, size_t t)
{
    double x = plane_row(&settings->plane[j], unit)[t];
    return (x - nuisance->centre[j]) / nuisance->scale[j];
}

static double mean_standard(const struct nuisance *nuisance, const struct settings *settings,
                            size_t unit, size_t t)
{
    double sum = 0;
    for (size_t j = 0; j < settings->count; j++)
        sum += (plane_row(&settings->plane[j], unit)[t] - nuisance->centre[j]) /
               nuisance->deviation[j];
    return sum / (double)settings->count;
}

void nuisance_fill(const struct nuisance *nuisance, size_t column, const struct settings *settings,
                   const struct categories *categories, size_t unit, size_t period_count,
                   double *ret)
{
    struct nuisance_column which = nuisance->column[column];
    double periods = (double)period_count;
    for (size_t t = 0; t < period_count; t++) {
        double z = 0;
        switch (which.kind) {
        case NUISANCE_CALENDAR:
            z = ((double)t - (periods - 1) / 2) / periods;
            ret[t] = z * z;
            break;
        case NUISANCE_SETTING:
            ret[t] = plane_row(&settings->plane[which.i], unit)[t];
            break;
        case NUISANCE_PRODUCT:
            ret[t] = standard(nuisance, settings, which.i, unit, t) *
                     standard(nuisance, settings, which.j, unit, t);
            break;
        case NUISANCE_CUBE:
            z = standard(nuisance, settings, which.i, unit, t);
            ret[t] = z * z * z;
            break;
        case NUISANCE_DUMMY:
            ret[t] = categories->label[which.i][unit * period_count + t] == which.j ? 1 : 0;
            break;
        case NUISANCE_MEAN:
            ret[t] = mean_standard(nuisance, settings, unit, t);
            break;
        }
    }
}
