/* Draws what the calibrated test saw: permutation null, score against setting, change sizes. */
#include "detect/plots.h"

#include "detect/number.h"

#include <assert.h>
#include <math.h>

enum { BOTTOM = PLOT_HEIGHT - 36 };

/* --- permutation null ------------------------------------------------------------------------- */

static uint32_t largest_bin(const struct plots *plots)
{
    uint32_t most = 1;
    for (size_t i = 0; i < plots->null_bins; i++)
        most = plots->null_counts[i] > most ? plots->null_counts[i] : most;
    return most;
}

static double bin_edge(const struct plots *plots, size_t i)
{
    return plots->null_low +
           (plots->null_high - plots->null_low) * (double)i / (double)plots->null_bins;
}

static void put_bins(struct page *page, const struct plots *plots, const struct svg_frame *frame)
{
    for (size_t i = 0; i < plots->null_bins; i++) {
        if (plots->null_counts[i] == 0)
            continue;
        double from = svg_at(&frame->x, bin_edge(plots, i));
        double to = svg_at(&frame->x, bin_edge(plots, i + 1));
        double top = svg_at(&frame->y, plots->null_counts[i]);
        svg_rect(page->out, "br", (double[]){from, top},
                 (double[]){fmax(to - from - 0.6, 0.4), frame->y.from - top});
    }
}

static void put_bin_table(struct page *page, const struct plots *plots)
{
    static const char *const headings[] = {N_("#Lower edge"), N_("#Upper edge"),
                                           N_("#Re-orderings"), NULL};
    html_details(page);
    html_table(page, "", N_("Test statistic in the re-ordered logs"), headings);
    for (size_t i = 0; i < plots->null_bins && i < HTML_TABLE_ROWS_MAX; i++) {
        html_row(page);
        html_number_cell(page, bin_edge(plots, i));
        html_number_cell(page, bin_edge(plots, i + 1));
        html_count_cell(page, plots->null_counts[i]);
        html_row_end(page);
    }
    html_table_end(page);
    html_details_end(page);
}

void plots_null(struct page *page)
{
    const struct verdict *v = &page->words->report->verdict;
    const struct plots *plots = &v->plots;
    if (!v->tested || plots->null_bins == 0 || !(plots->null_low < plots->null_high))
        return;
    struct figure figure = {.title = N_("This log among its re-orderings"),
                            .caption = N_("Bars: the test statistic when the scores are re-ordered "
                                          "by chance. Line: this log. The further right, the more "
                                          "the settings follow the results.")};
    figure.description = arena_printf(
        page->words->arena,
        tr(page->words->lang, N_("Observed %s; %s of %s re-orderings reach it.")),
        wording_number(page->words, plots->null_observed), wording_percent(page->words, v->p_panel),
        wording_count(page->words, v->draws));
    struct svg_frame frame = {
        svg_scale_nice(plots->null_low, fmax(plots->null_high, plots->null_observed), 5),
        svg_scale_nice(0, largest_bin(plots), 4)};
    frame_place(&frame, BOTTOM);
    figure_begin(page, &figure, PLOT_HEIGHT);
    svg_axis_y(page->out, &frame, slice_of(tr(page->words->lang, N_("re-orderings"))));
    svg_axis_x(page->out, &frame, slice_of(tr(page->words->lang, N_("test statistic"))));
    put_bins(page, plots, &frame);
    double at = svg_at(&frame.x, plots->null_observed);
    bool left = at > (PLOT_LEFT + PLOT_RIGHT) / 2.0;
    svg_line(page->out, v->kind == VERDICT_ADAPTIVE ? "ob" : "ob2", (double[]){at, frame.y.from},
             (double[]){at, frame.y.to});
    svg_text(page->out, "em", (double[]){at + (left ? -6 : 6), frame.y.to + 8},
             left ? SVG_END : SVG_START, slice_of(tr(page->words->lang, N_("this log"))));
    figure_drawn(page, &figure);
    put_bin_table(page, plots);
    figure_end(page);
}

/* --- score against the next move of the setting ----------------------------------------------- */

/* Least squares through finite points; false when x does not vary. */
static bool fit_line(const struct plots *plots, double *ret_slope, double *ret_offset)
{
    double n = 0, sx = 0, sy = 0, sxx = 0, sxy = 0;
    for (size_t i = 0; i < plots->scatter_count; i++) {
        double x = plots->scatter_x[i];
        double y = plots->scatter_y[i];
        if (!isfinite(x) || !isfinite(y))
            continue;
        n++;
        sx += x;
        sy += y;
        sxx += x * x;
        sxy += x * y;
    }
    double spread = sxx * n - sx * sx;
    if (n < 3 || !(spread > 1e-12 * sxx * n))
        return false;
    *ret_slope = (sxy * n - sx * sy) / spread; /* spread > 0: tested */
    *ret_offset = (sy - *ret_slope * sx) / n;
    return true;
}

static size_t scatter_stride(const struct plots *plots)
{
    return (plots->scatter_count + HTML_DOTS_MAX - 1) / HTML_DOTS_MAX;
}

/* The dots of one drawn system; every n-th when there are too many. */
static void put_cloud(struct page *page, const struct svg_frame *frame, const struct plots *plots,
                      size_t system, size_t series)
{
    double x[HTML_DOTS_MAX];
    double y[HTML_DOTS_MAX];
    size_t count = 0;
    for (size_t i = 0; i < plots->scatter_count; i += scatter_stride(plots))
        if (plots->scatter_system[i] == system && count < HTML_DOTS_MAX) {
            x[count] = plots->scatter_x[i];
            y[count++] = plots->scatter_y[i];
        }
    svg_dots(page->out, series, frame, x, y, count);
}

static void put_fit(struct page *page, const struct svg_frame *frame, const struct plots *plots)
{
    double slope;
    double offset;
    if (!fit_line(plots, &slope, &offset))
        return;
    double x[] = {frame->x.low, frame->x.high};
    double y[] = {offset + slope * x[0], offset + slope * x[1]};
    for (int i = 0; i < 2; i++) /* a steep line ends at the frame, not beyond it */
        if (y[i] < frame->y.low || y[i] > frame->y.high) {
            y[i] = y[i] < frame->y.low ? frame->y.low : frame->y.high;
            x[i] = (y[i] - offset) / slope; /* slope is not 0 when y leaves the frame */
        }
    svg_path(page->out, "rf", frame, x, y, 2);
}

static void put_scatter_table(struct page *page, const struct plots *plots)
{
    static const char *const headings[] = {N_("System"), N_("#Score against its trend"),
                                           N_("#Next move of the setting"), NULL};
    const struct grid *grid = page->words->report->grid;
    html_details(page);
    html_table(page, "", N_("Steps of the log (the first 40)"), headings);
    for (size_t i = 0; i < plots->scatter_count && i < HTML_TABLE_ROWS_MAX; i++) {
        html_row(page);
        html_head_cell(page, plots->scatter_system[i] < grid->system_count
                                 ? grid->systems[plots->scatter_system[i]]
                                 : S(""));
        html_number_cell(page, plots->scatter_x[i]);
        html_number_cell(page, plots->scatter_y[i]);
        html_row_end(page);
    }
    html_table_end(page);
    html_details_end(page);
}

void plots_scatter(struct page *page)
{
    const struct detect_report *report = page->words->report;
    const struct plots *plots = &report->verdict.plots;
    double low[2];
    double high[2];
    if (plots->scatter_count == 0 || !report->grid ||
        !range_of(plots->scatter_x, plots->scatter_count, &low[0], &high[0]) ||
        !range_of(plots->scatter_y, plots->scatter_count, &low[1], &high[1]))
        return;
    struct figure figure = {.title = N_("Score, and what was done next"),
                            .caption = N_("Each mark is one step of a system. Right: the score was "
                                          "above its trend. Up: the setting was then moved up more "
                                          "than usual.")};
    figure.description = arena_printf(
        page->words->arena, tr(page->words->lang, N_("%zu steps; correlation r = %s with “%s”.")),
        plots->scatter_count, wording_unit(page->words, report->verdict.facts.setting_r),
        wording_name(page->words, report->verdict.facts.setting));
    struct svg_frame frame = {svg_scale_nice(low[0], high[0], 5),
                              svg_scale_nice(low[1], high[1], 4)};
    frame_place(&frame, BOTTOM);
    figure_begin(page, &figure, PLOT_HEIGHT);
    svg_axis_y(page->out, &frame,
               slice_of(wording_name(page->words, report->verdict.facts.setting)));
    svg_axis_x(page->out, &frame, slice_of(tr(page->words->lang, N_("score against its trend"))));
    put_fit(page, &frame, plots);
    struct cast cast = plots_cast(report);
    for (size_t i = cast.count; i-- > 0;)
        put_cloud(page, &frame, plots, cast.systems[i], i);
    figure_drawn(page, &figure);
    put_scatter_table(page, plots);
    figure_end(page);
}

/* --- change sizes ----------------------------------------------------------------------------- */

static_assert((int)CHANGE_DOTS_MAX == (int)HTML_DOTS_MAX, "clouds hold what is drawn");

static void put_changes(struct page *page, const struct svg_frame *frame,
                        const struct change_cloud *c)
{
    static const char *const classes[] = {"ln lowl", "ln highl"};
    for (int side = 1; side >= 0; side--) {
        svg_dots(page->out, side ? 0 : 1, frame, c->x[side], c->y[side], c->count[side]);
        if (c->total[side] > 0) {
            double y = svg_at(&frame->y, c->sum[side] / c->total[side]);
            svg_line(page->out, classes[side], (double[]){frame->x.from, y},
                     (double[]){frame->x.to, y});
        }
    }
}

static void put_changes_table(struct page *page, const struct change_cloud *c)
{
    static const char *const headings[] = {N_("After a score"), N_("#Steps"),
                                           N_("#Mean change size"), NULL};
    static const char *const names[] = {N_("below its trend"), N_("above its trend")};
    html_details(page);
    html_table(page, "", N_("Change size"), headings);
    for (int side = 0; side < 2; side++) {
        html_row(page);
        html_head_cell(page, slice_of(tr(page->words->lang, names[side])));
        html_count_cell(page, (uint64_t)c->total[side]);
        html_number_cell(page, c->total[side] > 0 ? c->sum[side] / c->total[side] : NAN);
        html_row_end(page);
    }
    html_table_end(page);
    html_details_end(page);
}

void plots_changes(struct page *page)
{
    const struct detect_report *report = page->words->report;
    const struct plots *plots = &report->verdict.plots;
    const struct grid *grid = report->grid;
    const struct change_cloud *c = plots->changes;
    if (!c || !grid || grid->round_count < 2 || c->total[0] + c->total[1] < 1)
        return;
    struct figure figure = {.title = N_("How much was changed, and after what"),
                            .caption = N_("Squares and full line: steps after a score below its "
                                          "trend, and their mean. Circles and broken line: after "
                                          "a score above it.")};
    figure.description = arena_printf(
        page->words->arena,
        tr(page->words->lang, N_("Mean change size %s after low scores, %s after high ones.")),
        wording_number(page->words, c->total[0] > 0 ? c->sum[0] / c->total[0] : NAN),
        wording_number(page->words, c->total[1] > 0 ? c->sum[1] / c->total[1] : NAN));
    struct svg_frame frame = {
        svg_scale_whole(grid->rounds[0], grid->rounds[grid->round_count - 1], 6),
        svg_scale_nice(0, c->most, 4)};
    frame_place(&frame, BOTTOM);
    figure_begin(page, &figure, PLOT_HEIGHT);
    svg_axis_y(page->out, &frame, slice_of(tr(page->words->lang, N_("change size"))));
    svg_axis_x(page->out, &frame, slice_of(tr(page->words->lang, N_("round"))));
    put_changes(page, &frame, c);
    figure_drawn(page, &figure);
    put_changes_table(page, c);
    figure_end(page);
}
