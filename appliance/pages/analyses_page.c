/* The history: stored analyses of the signed-in user, newest first, filtered by the address. */
#include "api/tables.h"
#include "pages/analysis_rows.h"
#include "pages/parts.h"

enum { ROWS_MAX = 25 };

struct history {
    struct analysis_filter filter;
    struct analysis_rows list;
};

static status history_check(struct call *call, struct error *err)
{
    struct history *h = call_state(call, sizeof *h);
    if (call->actor != ACTOR_SESSION || !h)
        return ST_OK;
    h->filter =
        (struct analysis_filter){slice_trim(call_query(call, "label")),
                                 slice_trim(call_query(call, "tag")), call_query(call, "risk")};
    TRY(analysis_rows_read(call, &h->filter, call_query(call, "cursor"), ROWS_MAX, &h->list, err));
    h->list.with = call_query(call, "with");
    return ST_OK;
}

static bool is_filtered(const struct analysis_filter *f)
{
    return f->label.len || f->tag.len || f->risk.len;
}

static void put_filter(struct page *page, const struct analysis_filter *filter)
{
    static const struct page_option risks[] = {{"", N_("any")},
                                               {"high", N_("adaptive, strong evidence")},
                                               {"medium", N_("adaptive, moderate evidence")},
                                               {"low", N_("nothing found, or fixed")},
                                               {"unknown", N_("cannot tell")},
                                               {NULL, NULL}};
    page_raw(page, "<form method=\"get\" class=\"filter\" role=\"search\">");
    page_field(page,
               &(struct page_field){.name = "label", .label = N_("Label"), .value = filter->label});
    page_field(page, &(struct page_field){.name = "tag", .label = N_("Tag"), .value = filter->tag});
    page_select(page,
                &(struct page_field){.name = "risk", .label = N_("Verdict"), .value = filter->risk},
                risks);
    page_raw(page, "<p><button type=\"submit\" class=\"plain\">");
    page_say(page, N_("Filter"));
    page_raw(page, "</button></p></form>\n");
}

/* The filter again, for the link to older rows. */
static slice filter_query(struct call *call, const struct analysis_filter *filter)
{
    struct buf out;
    buf_init_arena(&out, &call->arena, 4096);
    const struct {
        const char *name;
        slice value;
    } parts[] = {{"label", filter->label}, {"tag", filter->tag}, {"risk", filter->risk}};
    for (size_t i = 0; i < ARRAY_COUNT(parts); i++) {
        if (!parts[i].value.len)
            continue;
        buf_printf(&out, "%s%s=", out.len ? "&" : "", parts[i].name);
        for (size_t j = 0; j < parts[i].value.len; j++)
            buf_printf(&out, "%%%02X", (unsigned char)parts[i].value.ptr[j]);
    }
    return buf_slice(&out);
}

static status history_reply(struct call *call, struct error *err)
{
    struct page page;
    const struct history *h = call->state;
    const struct page_head head = {
        .title = N_("Analyses"), .path = "/dashboard/analyses", .place = PLACE_APP};
    if (!page_signed_in(call))
        return ST_OK;
    page_open(&page, call, &head);
    if (h->list.with.len)
        page_element(&page, "p", "notice", N_("Choose what to compare it with."));
    put_filter(&page, &h->filter);
    if (h->list.count)
        analysis_rows_put(&page, &h->list);
    else if (is_filtered(&h->filter))
        page_empty(&page, N_("No analysis fits this filter."), "/dashboard/analyses",
                   N_("Show all"));
    else
        page_empty(&page, N_("Results that are kept appear here. There are none yet."),
                   "/dashboard/new", N_("Analyse a log"));
    page_more(&page, h->list.next, filter_query(call, &h->filter));
    return page_close(&page, 200, err);
}

const struct route analyses_page_routes[] = {
    PAGE_ROUTE("/dashboard/analyses", history_check, history_reply)};
