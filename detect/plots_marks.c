/* Draws the small marks: verdict icon, one thousand honest logs, composite score, indicators. */
#include "detect/plots.h"

#include "detect/number.h"

#include <math.h>

/* --- icon ------------------------------------------------------------------------------------- */

/* A triangle only for a detection; a tick is used nowhere, so that nothing looks cleared. */
void plots_icon(struct page *page)
{
    const struct detect_report *report = page->words->report;
    const char *shape = "<circle cx=\"20\" cy=\"20\" r=\"16\"/><path d=\"M15.5 15.5a4.8 4.8 0 1 1 "
                        "6.6 4.9c-1.6.7-2.1 1.6-2.1 3.3\"/><circle class=\"dot\" cx=\"20\" "
                        "cy=\"28.6\" r=\"1.7\"/>";
    if (report->has_verdict && report->verdict.kind == VERDICT_ADAPTIVE)
        shape = "<path d=\"M20 4.5L37 34.5L3 34.5z\"/><path d=\"M20 15L20 24.5\"/><circle "
                "class=\"dot\" cx=\"20\" cy=\"29.5\" r=\"1.8\"/>";
    else if (report->has_verdict && report->verdict.kind == VERDICT_NO_EVIDENCE)
        shape = "<circle cx=\"17\" cy=\"17\" r=\"12\"/><path d=\"M26 26L36 36\"/><path d=\"M11.5 "
                "17L22.5 17\"/>";
    else if (report->has_verdict && report->verdict.kind == VERDICT_FIXED)
        shape = "<circle cx=\"20\" cy=\"20\" r=\"16\"/><path d=\"M13.5 16.5L26.5 16.5M13.5 "
                "23.5L26.5 23.5\"/>";
    buf_printf(page->out, "<svg class=\"icon\" viewBox=\"0 0 40 40\" aria-hidden=\"true\">%s</svg>",
               shape);
}

/* --- natural frequency ------------------------------------------------------------------------ */

enum { LOGS = 1000, LOG_COLUMNS = 50, LOG_PITCH = 6, LOG_SIZE = 4 };

/* Rows as dashed lines: a thousand squares in twenty elements. */
static void put_log_rows(struct page *page)
{
    for (int row = 0; row < LOGS / LOG_COLUMNS; row++)
        buf_printf(page->out,
                   "<path d=\"M0 %dL%d %d\" stroke=\"currentColor\" stroke-width=\"%d\" "
                   "stroke-dasharray=\"%d %d\"/>",
                   row * LOG_PITCH + LOG_SIZE / 2, LOG_COLUMNS * LOG_PITCH,
                   row * LOG_PITCH + LOG_SIZE / 2, LOG_SIZE, LOG_SIZE, LOG_PITCH - LOG_SIZE);
}

void plots_frequency(struct page *page)
{
    const struct verdict *v = &page->words->report->verdict;
    if (page->words->frequency.len == 0)
        return;
    int hits = (int)(v->p_value * LOGS + 0.5);
    struct buf *out = page->out;
    buf_put_str(out, "<figure class=\"many\">\n");
    svg_begin(out, &(struct svg_head){
                       .id = "rp-logs",
                       .class = "logsplot",
                       .width = LOG_COLUMNS * LOG_PITCH - 2,
                       .height = LOGS / LOG_COLUMNS * LOG_PITCH - 2,
                       .title = slice_of(tr(page->words->lang, N_("One thousand honest logs"))),
                       .description = page->words->frequency});
    buf_put_str(out, "<g class=\"logs\">");
    put_log_rows(page);
    buf_put_str(out, "</g>\n");
    for (int i = 0; i < hits && i < LOGS; i++)
        svg_rect(out, "hit", (double[]){i % LOG_COLUMNS * LOG_PITCH, i / LOG_COLUMNS * LOG_PITCH},
                 (double[]){LOG_SIZE, LOG_SIZE});
    svg_end(out);
    buf_put_str(out, "<figcaption>");
    html_say(page, N_("Each square is an honest log of this shape; the coloured ones would look "
                      "at least as suspicious as yours by chance."));
    if (hits == 0) {
        buf_put_byte(out, ' ');
        html_say(page, N_("Here it is fewer than one in a thousand, so none is coloured."));
    }
    buf_put_str(out, "</figcaption></figure>\n");
}

/* --- composite score -------------------------------------------------------------------------- */

void plots_cbs(struct page *page)
{
    const struct classic *classic = &page->words->report->classic;
    if (!isfinite(classic->cbs_score))
        return;
    struct svg_scale scale = {.low = 0, .high = 1, .step = 1, .from = 6, .to = 354};
    double at = svg_at(&scale, classic->cbs_score);
    double low = svg_at(&scale, 0.3);
    double middle = svg_at(&scale, 0.6);
    static const struct {
        double value;
        const char *label;
    } ticks[] = {{0, "0"}, {0.3, "0.3"}, {0.6, "0.6"}, {1, "1"}};
    struct figure figure = {.title = N_("Composite score (CBS), uncalibrated"),
                            .caption =
                                N_("Zones at 0.3 and 0.6 are conventions, not error rates.")};
    figure.description =
        arena_printf(page->words->arena, tr(page->words->lang, N_("%s on a scale from 0 to 1.")),
                     wording_number(page->words, classic->cbs_score));
    figure_begin(page, &figure, 62);
    svg_rect(page->out, "z0", (double[]){6, 22}, (double[]){low - 6, 16});
    svg_rect(page->out, "z1", (double[]){low, 22}, (double[]){middle - low, 16});
    svg_rect(page->out, "z2", (double[]){middle, 22}, (double[]){354 - middle, 16});
    for (size_t i = 0; i < ARRAY_COUNT(ticks); i++)
        svg_text(page->out, "tk", (double[]){svg_at(&scale, ticks[i].value), 54}, SVG_MIDDLE,
                 slice_of(ticks[i].label));
    svg_rect(page->out, "ptr", (double[]){at - 1.5, 17}, (double[]){3, 26});
    enum svg_anchor side = at > 320 ? SVG_END : at < 40 ? SVG_START : SVG_MIDDLE;
    svg_text(page->out, "em", (double[]){at, 12}, side,
             slice_of(wording_number(page->words, classic->cbs_score)));
    figure_drawn(page, &figure);
    figure_end(page);
}

/* --- one indicator ---------------------------------------------------------------------------- */

/* Value (mark), threshold (broken line) and bootstrap interval (thick line) on one scale. */
void plots_indicator(struct page *page, enum indicator_id id)
{
    const struct classic *classic = &page->words->report->classic;
    const struct indicator *indicator = &classic->indicator[id];
    const struct bootstrap_stat *stat = &classic->bootstrap[id];
    if (!isfinite(indicator->score))
        return;
    bool interval = classic->bootstrapped && isfinite(stat->ci_lower) && isfinite(stat->ci_upper);
    double low = fmin(0, indicator->score);
    double high = fmax(indicator->score, indicator->threshold);
    if (interval) {
        low = fmin(low, stat->ci_lower);
        high = fmax(high, stat->ci_upper);
    }
    struct svg_scale scale = svg_scale_nice(low, high, 4);
    struct svg_frame frame = {scale, svg_scale_nice(0, 1, 2)};
    frame.x.from = 8;
    frame.x.to = 232;
    frame.y.from = 26;
    frame.y.to = 4;
    buf_put_str(page->out, "<svg class=\"plot\" viewBox=\"0 0 240 46\" aria-hidden=\"true\">\n");
    svg_axis_x(page->out, &frame, S(""));
    if (interval)
        svg_line(page->out, "ci", (double[]){svg_at(&frame.x, stat->ci_lower), 15},
                 (double[]){svg_at(&frame.x, stat->ci_upper), 15});
    double threshold = svg_at(&frame.x, indicator->threshold);
    svg_line(page->out, "th", (double[]){threshold, 4}, (double[]){threshold, 26});
    svg_marker(page->out, 3, (double[]){svg_at(&frame.x, indicator->score), 15}, S(""));
    svg_end(page->out);
}
