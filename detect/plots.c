/* What all drawings of a report share: figures, frames, ranges, thinning. */
#include "detect/plots.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>

/* The name in the place of "%s" in the title. */
static slice with_name(struct arena *arena, const char *title, slice name)
{
    size_t at;
    slice text = slice_of(title);
    if (!slice_find(text, S("%s"), &at))
        return text;
    slice end = slice_from(text, at + 2);
    return arena_printf(arena, SLICE_FMT SLICE_FMT SLICE_FMT, SLICE_ARG(slice_sub(text, 0, at)),
                        SLICE_ARG(name), SLICE_ARG(end));
}

void figure_begin(struct page *page, struct figure *figure, double height)
{
    struct wording *w = page->words;
    const char *title = tr(w->lang, figure->title);
    figure->heading = figure->name.len ? with_name(w->arena, title, figure->name) : slice_of(title);
    (void)snprintf(figure->id, sizeof figure->id, "rp-f%u", ++page->figure_count);
    buf_put_str(page->out, "<figure>\n");
    svg_begin(page->out, &(struct svg_head){.id = figure->id,
                                            .class = "plot",
                                            .width = PLOT_WIDTH,
                                            .height = height,
                                            .title = figure->heading,
                                            .description = figure->description});
}

void figure_drawn(struct page *page, const struct figure *figure)
{
    svg_end(page->out);
    buf_put_str(page->out, "<figcaption><b>");
    html_text(page, figure->heading);
    buf_put_str(page->out, "</b> ");
    html_say(page, figure->caption);
    buf_put_str(page->out, "</figcaption>\n");
}

void figure_end(struct page *page)
{
    buf_put_str(page->out, "</figure>\n");
}

void frame_place(struct svg_frame *frame, double bottom)
{
    frame->x.from = PLOT_LEFT;
    frame->x.to = PLOT_RIGHT;
    frame->y.from = bottom;
    frame->y.to = PLOT_TOP;
}

bool range_of(const double *values, size_t count, double *low, double *high)
{
    bool any = false;
    for (size_t i = 0; i < count; i++) {
        if (!isfinite(values[i]))
            continue;
        *low = any ? fmin(*low, values[i]) : values[i];
        *high = any ? fmax(*high, values[i]) : values[i];
        any = true;
    }
    return any;
}

bool range_of_cells(const struct grid *grid, const double *values, size_t first, size_t count,
                    double *low, double *high)
{
    bool any = false;
    for (size_t i = 0; i < count; i++) {
        double value = grid_number(grid, values, first + i);
        if (!isfinite(value))
            continue;
        *low = any ? fmin(*low, value) : value;
        *high = any ? fmax(*high, value) : value;
        any = true;
    }
    return any;
}

/* The mean of the finite values; NaN when there is none. */
static double mean_of(const double *values, size_t count)
{
    double sum = 0;
    size_t found = 0;
    for (size_t i = 0; i < count; i++)
        if (isfinite(values[i])) {
            sum += values[i];
            found++;
        }
    return found ? sum / (double)found : NAN;
}

size_t thin_out(double *x, double *y, size_t count, size_t most)
{
    assert(most > 0);
    if (count <= most)
        return count;
    size_t per_point = (count + most - 1) / most;
    size_t kept = 0;
    for (size_t at = 0; at < count; at += per_point) {
        size_t len = count - at < per_point ? count - at : per_point;
        x[kept] = mean_of(x + at, len);
        y[kept++] = mean_of(y + at, len);
    }
    return kept;
}

/* The driving system leads, the others follow in their order. */
struct cast plots_cast(const struct detect_report *report)
{
    struct cast cast = {.count = 0};
    const struct grid *grid = report->grid;
    size_t lead = SIZE_MAX;
    if (report->has_verdict && report->verdict.kind == VERDICT_ADAPTIVE)
        for (size_t k = 0; k < grid->system_count; k++)
            if (slice_eq(grid->systems[k], report->verdict.facts.system)) {
                lead = k;
                break;
            }
    if (lead != SIZE_MAX)
        cast.systems[cast.count++] = lead;
    for (size_t k = 0; k < grid->system_count && cast.count < HTML_SERIES_MAX; k++)
        if (k != lead)
            cast.systems[cast.count++] = k;
    cast.left_out = grid->system_count - cast.count;
    return cast;
}
