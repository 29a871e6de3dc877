/* GET /api/analyses/compare?ids=a,b: what differs between two stored analyses. */
#include "api/analyses.h"
#include "api/tables.h"
#include "compare.h"

/* clang-format off */
static const struct route_param compare_params[] = {
    {"ids", "query", "{\"type\":\"string\"}", N_("ids of two analyses, comma between"), true},
    {"format", "query", "{\"enum\":[\"json\",\"md\",\"html\"],\"default\":\"json\"}", N_("how the answer is written"), false},
    {0},
};
#define COMPARED_SIDE "{\"type\":\"object\",\"required\":[\"id\",\"label\",\"verdict\"]}"
#define COMPARED_LIST "{\"type\":\"array\",\"items\":{\"type\":\"object\",\"required\":[\"field\",\"a\",\"b\"]}}"
#define DOC_COMPARE {.summary = N_("Compare two analyses"), .tag = "Analyses",                     \
    .details = N_("Verdicts, and every setting, fact of the data and number of the result that differs."), \
    .params = compare_params,                                                                      \
    .response = "{\"type\":\"object\",\"required\":[\"a\",\"b\",\"same_verdict\",\"same_input\",\"same_settings\",\"settings\",\"data\",\"indicators\",\"truncated\"],\"properties\":{\"a\":" COMPARED_SIDE ",\"b\":" COMPARED_SIDE ",\"same_verdict\":{\"type\":\"boolean\"},\"same_input\":{\"type\":\"boolean\"},\"same_settings\":{\"type\":\"boolean\"},\"settings\":" COMPARED_LIST ",\"data\":" COMPARED_LIST ",\"indicators\":" COMPARED_LIST ",\"truncated\":{\"type\":\"boolean\"}}}", \
    .errors = "400 401 403 404 409 429"}
/* clang-format on */

enum { COMPARED_BYTES_MAX = 1 << 20 }; /* of the answer in Markdown or HTML */

struct compare_call {
    struct store_analysis row[2];
    struct comparison comparison;
};

static status read_ids(struct call *call, struct compare_call *in, struct error *err)
{
    slice ids = call_query(call, "ids");
    slice id;
    size_t count = 0;
    while (ids.len && slice_split(&ids, ',', &id)) {
        if (count == 2)
            count++;
        else
            TRY(analysis_find(call, slice_trim(id), &in->row[count++], err));
        if (count > 2)
            break;
    }
    if (count == 2)
        return ST_OK;
    return error_code(err, ST_INVALID, "invalid_parameter",
                      "query parameter 'ids' must name two analyses, comma between");
}

static status compare_check(struct call *call, struct error *err)
{
    struct compare_call *in = call_state(call, sizeof *in);
    return in ? read_ids(call, in, err) : arena_check(&call->arena, err);
}

static status compare_work(struct call *call, struct error *err)
{
    struct compare_call *in = (struct compare_call *)call->state;
    const struct json *report[2];
    for (size_t i = 0; i < 2; i++) {
        if (in->row[i].report.len == 0)
            return error_code(err, ST_CONFLICT, "report_not_kept",
                              "the report of this analysis is not kept in this format; run it "
                              "again");
        TRY(json_parse(in->row[i].report, &call->arena, &report[i], err));
        in->comparison.id[i] = in->row[i].id;
        in->comparison.label[i] = in->row[i].label;
    }
    return compare_reports(report[0], report[1], &call->arena, &in->comparison, err);
}

static status compare_reply(struct call *call, struct error *err)
{
    const struct compare_call *in = (const struct compare_call *)call->state;
    slice format = call_query(call, "format");
    struct buf out;
    if (!format.ptr || slice_eq(format, S("json"))) {
        compare_json(reply_json(call, 200), &in->comparison);
        return reply_end(call, err);
    }
    bool html = slice_eq(format, S("html"));
    if (!html && !slice_eq(format, S("md")))
        return error_code(err, ST_INVALID, "format_unknown",
                          "format must be one of json, md, html");
    buf_init_arena(&out, &call->arena, COMPARED_BYTES_MAX);
    if (html)
        compare_html(&out, &in->comparison, call->lang);
    else
        compare_markdown(&out, &in->comparison, call->lang);
    TRY(buf_check(&out, err));
    return reply_bytes(call, 200,
                       html ? "text/html; charset=utf-8" : "text/markdown; charset=utf-8",
                       buf_slice(&out));
}

const struct route analysis_compare_routes[] = {
    {.method = METHOD_GET,
     .path = "/api/analyses/compare",
     .need = NEED_KEY,
     .scope = SCOPE_DETECT,
     .flags = ROUTE_STRICT,
     .check = compare_check,
     .work = compare_work,
     .reply = compare_reply,
     .doc = DOC_COMPARE},
};
