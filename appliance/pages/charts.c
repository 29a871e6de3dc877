/* Drawings of pages, made here as SVG: the bar of a limit and the bars of a trend. */
#include "base/clock.h"
#include "pages/parts.h"

static const int64_t MS_PER_DAY = INT64_C(86400000);

void page_meter(struct page *page, double share)
{
    const char *state = share >= 1 ? " full" : share >= 0.8 ? " warn" : "";
    buf_printf(
        &page->out,
        "<svg class=\"meter\" viewBox=\"0 0 100 10\" preserveAspectRatio=\"none\" role=\"img\" "
        "aria-label=\"%d %%\"><rect class=\"track\" width=\"100\" height=\"10\" rx=\"2\"/>"
        "<rect class=\"fill%s\" width=\"%.1f\" height=\"10\" rx=\"2\"/></svg>",
        (int)(share * 100), state, share > 1 ? 100.0 : share * 100);
}

static void put_axis(struct page *page, const struct page_trend *trend, uint64_t most)
{
    char first[TIME_TEXT_MAX], last[TIME_TEXT_MAX];
    int64_t from = (int64_t)trend->first_day * MS_PER_DAY;
    int64_t to = from + (int64_t)(trend->count - 1) * MS_PER_DAY;
    page_raw(page, "<p class=\"axis\" aria-hidden=\"true\"><span>");
    page_text(page, time_date(from, first));
    page_raw(page, "</span><span>");
    page_sayf(page, N_("at most %llu a day"), (unsigned long long)most);
    page_raw(page, "</span><span>");
    page_text(page, time_date(to, last));
    page_raw(page, "</span></p>");
}

static void put_table(struct page *page, const struct page_trend *trend)
{
    char date[TIME_TEXT_MAX];
    page_raw(page, "<details><summary>");
    page_say(page, N_("Show as table"));
    page_raw(page, "</summary><table class=\"narrow\"><thead><tr><th scope=\"col\">");
    page_say(page, N_("Day"));
    page_raw(page, "</th><th scope=\"col\" class=\"num\">");
    page_say(page, trend->title);
    page_raw(page, "</th></tr></thead><tbody>");
    for (size_t i = trend->count; i-- > 0;) {
        int64_t at = (int64_t)(trend->first_day + i) * MS_PER_DAY;
        buf_printf(&page->out, "<tr><td>" SLICE_FMT "</td><td class=\"num\">",
                   SLICE_ARG(time_date(at, date)));
        page_number(page, trend->values[i]);
        page_raw(page, "</td></tr>");
    }
    page_raw(page, "</tbody></table></details>\n");
}

void page_trend(struct page *page, const struct page_trend *trend)
{
    uint64_t most = 0;
    for (size_t i = 0; i < trend->count; i++)
        most = trend->values[i] > most ? trend->values[i] : most;
    buf_printf(&page->out,
               "<svg class=\"chart trend\" viewBox=\"0 0 %zu 120\" preserveAspectRatio=\"none\" "
               "role=\"img\" aria-label=\"",
               trend->count * 20);
    page_say(page, trend->title);
    page_raw(page, "\">");
    buf_printf(&page->out, "<path class=\"trend-base\" d=\"M0 115.5H%zu\"/>", trend->count * 20);
    for (size_t i = 0; i < trend->count; i++) {
        double height = most ? 108.0 * (double)trend->values[i] / (double)most : 0;
        if (height > 0)
            buf_printf(&page->out,
                       "<rect class=\"trend-bar\" x=\"%zu\" y=\"%.1f\" width=\"16\" "
                       "height=\"%.1f\"/>",
                       i * 20 + 2, 115 - height, height);
    }
    page_raw(page, "</svg>");
    put_axis(page, trend, most);
    put_table(page, trend);
}
