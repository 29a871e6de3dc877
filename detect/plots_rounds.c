/* Draws performance, settings, labels and step lengths over the rounds. */
#include "detect/plots.h"

#include "detect/names.h"
#include "detect/number.h"

#include <math.h>
#include <stdio.h>

enum { LABELS_MAX = 8, LABEL_ROUNDS_MAX = 120, BOTTOM = PLOT_HEIGHT - 36, DOTTED_ROUNDS_MAX = 30 };

/* --- key -------------------------------------------------------------------------------------- */

static void key_entry(struct page *page, size_t series, slice name)
{
    struct buf *out = page->out;
    buf_printf(out,
               "<li><svg viewBox=\"0 0 30 12\" aria-hidden=\"true\"><path class=\"l l%zu\" "
               "d=\"M0 6L30 6\"/>",
               series % SVG_SERIES);
    svg_marker(out, series, (double[]){15, 6}, S(""));
    buf_put_str(out, "</svg>");
    html_name(page, name);
    buf_put_str(out, "</li>");
}

void plots_key(struct page *page, const struct cast *cast)
{
    buf_put_str(page->out, "<ul class=\"key\">");
    for (size_t i = 0; i < cast->count; i++)
        key_entry(page, i, page->words->report->grid->systems[cast->systems[i]]);
    if (cast->left_out) {
        buf_put_str(page->out, "<li class=\"dim\">");
        buf_printf(page->out, tr(page->words->lang, N_("and %zu more systems, not drawn")),
                   cast->left_out);
        buf_put_str(page->out, "</li>");
    }
    buf_put_str(page->out, "</ul>\n");
}

/* --- one variable over the rounds ------------------------------------------------------------- */

/* What one figure shows. */
struct variable {
    const double *values; /* numbers of the grid */
    slice name;           /* empty = the score */
};

static struct svg_frame rounds_frame(const struct grid *grid, const struct cast *cast,
                                     const double *values)
{
    double low = NAN;
    double high = NAN;
    for (size_t i = 0; i < cast->count; i++) {
        double from;
        double to;
        if (range_of_cells(grid, values, cast->systems[i] * grid->round_count, grid->round_count,
                           &from, &to)) {
            low = fmin(low, from); /* fmin and fmax ignore NaN */
            high = fmax(high, to);
        }
    }
    struct svg_frame frame = {
        svg_scale_whole(grid->rounds[0], grid->rounds[grid->round_count - 1], 6),
        svg_scale_nice(low, high, 4)};
    frame_place(&frame, BOTTOM);
    return frame;
}

/* Bands mark the steps into the rounds that weigh most. */
static void put_bands(struct page *page, const struct svg_frame *frame)
{
    const struct detect_report *report = page->words->report;
    if (!report->has_verdict || report->verdict.kind != VERDICT_ADAPTIVE)
        return;
    for (size_t i = 0; i < report->verdict.facts.round_count; i++) {
        size_t step = report->verdict.facts.rounds[i].transition;
        if (step + 1 >= report->grid->round_count)
            continue;
        double from = svg_at(&frame->x, report->grid->rounds[step]);
        double to = svg_at(&frame->x, report->grid->rounds[step + 1]);
        svg_rect(page->out, "band", (double[]){from, frame->y.to},
                 (double[]){to - from, frame->y.from - frame->y.to});
    }
}

static void put_series(struct page *page, const struct svg_frame *frame, size_t series,
                       const double *values, size_t system)
{
    const struct grid *grid = page->words->report->grid;
    struct arena_mark mark = arena_mark(page->words->arena);
    double *x = arena_array(page->words->arena, grid->round_count, sizeof *x);
    double *y = arena_array(page->words->arena, grid->round_count, sizeof *y);
    if (x && y) {
        char class[32];
        memcpy(x, grid->rounds, grid->round_count * sizeof *x);
        grid_line(grid, values, system, y);
        size_t count = thin_out(x, y, grid->round_count, HTML_POINTS_MAX);
        (void)snprintf(class, sizeof class, "l l%zu", series % SVG_SERIES);
        svg_path(page->out, class, frame, x, y, count);
        if (grid->round_count <= DOTTED_ROUNDS_MAX)
            svg_dots(page->out, series, frame, x, y, count);
    }
    arena_rewind(page->words->arena, mark);
}

static void put_values_table(struct page *page, const struct cast *cast,
                             const struct variable *variable)
{
    const struct grid *grid = page->words->report->grid;
    struct buf *out = page->out;
    html_details(page);
    buf_put_str(out, "<div class=\"scroll\" tabindex=\"0\"><table><caption>");
    if (variable->name.len)
        html_name(page, variable->name);
    else
        html_say(page, N_("Score"));
    if (grid->round_count > HTML_TABLE_ROWS_MAX) {
        buf_put_byte(out, ' ');
        html_say(page, N_("(the first 40 rounds; the JSON and CSV reports hold all)"));
    }
    buf_put_str(out, "</caption><thead><tr><th scope=\"col\">");
    html_say(page, N_("Round"));
    buf_put_str(out, "</th>");
    for (size_t i = 0; i < cast->count; i++) {
        buf_put_str(out, "<th scope=\"col\" class=\"n\">");
        html_name(page, grid->systems[cast->systems[i]]);
        buf_put_str(out, "</th>");
    }
    buf_put_str(out, "</tr></thead><tbody>\n");
    for (size_t t = 0; t < grid->round_count && t < HTML_TABLE_ROWS_MAX; t++) {
        buf_put_str(out, "<tr><th scope=\"row\">");
        number_sig(out, grid->rounds[t], 6);
        buf_put_str(out, "</th>");
        for (size_t i = 0; i < cast->count; i++)
            html_number_cell(page, grid_number(grid, variable->values,
                                               cast->systems[i] * grid->round_count + t));
        html_row_end(page);
    }
    html_table_end(page);
    html_details_end(page);
}

static void draw_variable(struct page *page, const struct cast *cast,
                          const struct variable *variable, struct figure *figure)
{
    const struct grid *grid = page->words->report->grid;
    struct svg_frame frame = rounds_frame(grid, cast, variable->values);
    slice title = variable->name.len
                      ? name_shown(page->words->arena, variable->name, NAME_COLUMNS_MAX)
                      : slice_of(tr(page->words->lang, N_("Score")));
    figure_begin(page, figure, PLOT_HEIGHT);
    put_bands(page, &frame);
    svg_axis_y(page->out, &frame, title);
    svg_axis_x(page->out, &frame, slice_of(tr(page->words->lang, N_("round"))));
    for (size_t i = cast->count; i-- > 0;) /* the suspected system comes on top */
        put_series(page, &frame, i, variable->values, cast->systems[i]);
    figure_drawn(page, figure);
    put_values_table(page, cast, variable);
    figure_end(page);
}

/* "From 0.55 to 0.71 over 14 rounds." for those who do not see the drawing. */
static slice range_sentence(struct page *page, size_t count, double low, double high)
{
    return arena_printf(page->words->arena, tr(page->words->lang, N_("%zu values from %s to %s.")),
                        count, wording_number(page->words, low), wording_number(page->words, high));
}

/* The same of all cells. */
static slice cells_sentence(struct page *page, const double *values)
{
    const struct grid *grid = page->words->report->grid;
    size_t count = grid->system_count * grid->round_count;
    double low = NAN;
    double high = NAN;
    (void)range_of_cells(grid, values, 0, count, &low, &high);
    return range_sentence(page, count, low, high);
}

void plots_performance(struct page *page, const struct cast *cast)
{
    const struct grid *grid = page->words->report->grid;
    struct figure figure = {.title = N_("Score of each system"),
                            .caption = N_("As logged. Shaded: the steps that weigh most in the "
                                          "verdict.")};
    if (!page->words->report->has_verdict || page->words->report->verdict.kind != VERDICT_ADAPTIVE)
        figure.caption = N_("As logged; a gap is a round without a score.");
    if (grid->round_count > HTML_POINTS_MAX)
        figure.caption = N_("Means of neighbouring rounds; the JSON and CSV reports hold every "
                            "round.");
    figure.description = cells_sentence(page, grid->performance);
    draw_variable(page, cast, &(struct variable){grid->performance, {NULL, 0}}, &figure);
}

/* --- settings --------------------------------------------------------------------------------- */

static bool moves(const struct grid *grid, size_t setting)
{
    double low = 0;
    double high = 0;
    size_t cells = grid->system_count * grid->round_count;
    return range_of_cells(grid, grid->settings[setting], 0, cells, &low, &high) &&
           high - low > 1e-9 * fmax(1, fmax(fabs(low), fabs(high)));
}

static void draw_setting(struct page *page, const struct cast *cast, size_t setting)
{
    const struct grid *grid = page->words->report->grid;
    struct figure figure = {
        .title = N_("%s over the rounds"),
        .name = name_shown(page->words->arena, grid->setting_names[setting], NAME_COLUMNS_MAX),
        .caption = N_("Compare with the score: does it move after the score "
                      "has moved?")};
    figure.description = cells_sentence(page, grid->settings[setting]);
    draw_variable(page, cast,
                  &(struct variable){grid->settings[setting], grid->setting_names[setting]},
                  &figure);
}

void plots_settings(struct page *page, const struct cast *cast)
{
    const struct detect_report *report = page->words->report;
    const struct grid *grid = report->grid;
    size_t drawn = 0;
    size_t lead = SIZE_MAX;
    for (size_t j = 0; j < grid->setting_count && report->has_verdict; j++)
        if (lead == SIZE_MAX && slice_eq(grid->setting_names[j], report->verdict.facts.setting))
            lead = j;
    if (lead != SIZE_MAX && moves(grid, lead)) {
        draw_setting(page, cast, lead);
        drawn++;
    }
    for (size_t j = 0; j < grid->setting_count && drawn < HTML_SETTINGS_MAX; j++)
        if (j != lead && moves(grid, j)) {
            draw_setting(page, cast, j);
            drawn++;
        }
}

/* --- labels ----------------------------------------------------------------------------------- */

struct legend {
    slice labels[LABELS_MAX];
    size_t count;
};

/* The place of a label in the legend; the last place stands for all that do not fit. */
static size_t legend_find(struct legend *legend, slice label)
{
    for (size_t i = 0; i < legend->count; i++)
        if (slice_eq(legend->labels[i], label))
            return i;
    if (legend->count < LABELS_MAX) {
        legend->labels[legend->count] = label;
        return legend->count++;
    }
    return LABELS_MAX - 1;
}

/* One row per system, one cell per round; the letter of the label is written where it changes. */
static void put_strip(struct page *page, const struct svg_frame *frame, const slice *labels,
                      double top, struct legend *legend)
{
    const struct grid *grid = page->words->report->grid;
    double width = (frame->x.to - frame->x.from) / (double)grid->round_count;
    size_t last = SIZE_MAX;
    for (size_t t = 0; t < grid->round_count; t++) {
        if (labels[t].len == 0)
            continue;
        size_t look = legend_find(legend, labels[t]);
        char class[32];
        char letter[2] = {(char)('A' + (char)look), '\0'};
        double left = frame->x.from + (double)t * width;
        (void)snprintf(class, sizeof class, "m m%zu", look);
        svg_rect(page->out, class, (double[]){left, top}, (double[]){width, 16});
        if (look != last)
            svg_text(page->out, "on", (double[]){left + fmin(width / 2, 8), top + 12}, SVG_MIDDLE,
                     slice_of(letter));
        last = look;
    }
}

static void put_legend(struct page *page, const struct legend *legend)
{
    buf_put_str(page->out, "<ul class=\"key\">");
    for (size_t i = 0; i < legend->count; i++) {
        buf_printf(page->out, "<li><b>%c</b> ", (char)('A' + (char)i));
        html_name(page, legend->labels[i]);
        if (i == LABELS_MAX - 1) {
            buf_put_byte(page->out, ' ');
            html_say(page, N_("and others"));
        }
        buf_put_str(page->out, "</li>");
    }
    buf_put_str(page->out, "</ul>\n");
}

static void draw_labels(struct page *page, const struct cast *cast, size_t category)
{
    const struct grid *grid = page->words->report->grid;
    struct legend legend = {.count = 0};
    struct figure figure = {
        .title = N_("%s over the rounds"),
        .name = name_shown(page->words->arena, grid->category_names[category], NAME_COLUMNS_MAX),
        .caption = N_("One row per system, in the order of the key above; a "
                      "letter marks a switch.")};
    struct svg_frame frame = {
        svg_scale_whole(grid->rounds[0], grid->rounds[grid->round_count - 1], 6),
        svg_scale_nice(0, 1, 2)};
    double bottom = PLOT_TOP + 22 * (double)cast->count;
    frame_place(&frame, bottom);
    figure.description = slice_of(tr(page->words->lang, N_("The key below lists the labels.")));
    figure_begin(page, &figure, bottom + 10);
    svg_text(page->out, "at", (double[]){0, PLOT_TOP - 10}, SVG_START,
             name_shown(page->words->arena, grid->category_names[category], NAME_COLUMNS_MAX));
    for (size_t i = 0; i < cast->count; i++) {
        double top = PLOT_TOP + 22 * (double)i;
        svg_marker(page->out, i, (double[]){PLOT_LEFT - 14, top + 8}, S(""));
        put_strip(page, &frame, grid->categories[category] + cast->systems[i] * grid->round_count,
                  top, &legend);
    }
    figure_drawn(page, &figure);
    put_legend(page, &legend);
    figure_end(page);
}

static bool label_moves(const struct grid *grid, size_t category)
{
    const slice *labels = grid->categories[category];
    for (size_t k = 0; k < grid->system_count; k++)
        for (size_t t = 1; t < grid->round_count; t++)
            if (!slice_eq(labels[k * grid->round_count + t], labels[k * grid->round_count + t - 1]))
                return true;
    return false;
}

void plots_labels(struct page *page, const struct cast *cast)
{
    const struct grid *grid = page->words->report->grid;
    if (grid->round_count > LABEL_ROUNDS_MAX)
        return;
    size_t drawn = 0;
    for (size_t q = 0; q < grid->category_count && drawn < HTML_SETTINGS_MAX; q++)
        if (label_moves(grid, q)) {
            draw_labels(page, cast, q);
            drawn++;
        }
}

/* --- steps of the mean settings --------------------------------------------------------------- */

static void put_steps_table(struct page *page, const struct classic *classic)
{
    static const char *const headings[] = {N_("Period"), N_("#Step"), N_("#Rows"),
                                           N_("#Mean score"), NULL};
    html_details(page);
    html_table(page, "", N_("Steps from period to period"), headings);
    for (size_t i = 0; i < classic->period_count && i < HTML_TABLE_ROWS_MAX; i++) {
        html_row(page);
        html_number_cell(page, classic->periods[i].time);
        html_number_cell(page, classic->periods[i].step);
        html_count_cell(page, classic->periods[i].row_count);
        html_number_cell(page, classic->periods[i].performance_mean);
        html_row_end(page);
    }
    html_table_end(page);
    html_details_end(page);
}

static void put_steps(struct page *page, const struct svg_frame *frame, double *x, double *y,
                      size_t count)
{
    double width = fmax(1, (frame->x.to - frame->x.from) / (double)(count + 1) * 0.6);
    for (size_t i = 0; i < count; i++) {
        if (!isfinite(y[i]))
            continue;
        double top = svg_at(&frame->y, y[i]);
        double left = svg_at(&frame->x, x[i]) - width / 2;
        left = fmax(frame->x.from, fmin(left, frame->x.to - width));
        svg_rect(page->out, "br", (double[]){left, top}, (double[]){width, frame->y.from - top});
    }
}

void plots_steps(struct page *page)
{
    const struct classic *classic = &page->words->report->classic;
    double *x = arena_array(page->words->arena, classic->period_count + 1, sizeof *x);
    double *y = arena_array(page->words->arena, classic->period_count + 1, sizeof *y);
    double low;
    double high;
    if (!classic->defined || !classic->periods || !x || !y)
        return;
    for (size_t i = 0; i < classic->period_count; i++) {
        x[i] = classic->periods[i].time;
        y[i] = classic->periods[i].step;
    }
    if (!range_of(y, classic->period_count, &low, &high))
        return;
    struct figure figure = {.title = N_("Steps of the mean settings (PSI)"),
                            .caption = N_("Length of the step into each period, in the settings' "
                                          "own units.")};
    figure.description = range_sentence(page, classic->period_count, low, high);
    struct svg_frame frame = {svg_scale_whole(x[0] - 0.5, x[classic->period_count - 1] + 0.5, 6),
                              svg_scale_nice(0, high, 4)};
    frame_place(&frame, BOTTOM);
    figure_begin(page, &figure, PLOT_HEIGHT);
    svg_axis_y(page->out, &frame, slice_of(tr(page->words->lang, N_("step"))));
    svg_axis_x(page->out, &frame, slice_of(tr(page->words->lang, N_("period"))));
    put_steps(page, &frame, x, y, thin_out(x, y, classic->period_count, HTML_POINTS_MAX));
    figure_drawn(page, &figure);
    put_steps_table(page, classic);
    figure_end(page);
}
