/* Tests of POST /api/detect and /api/validate: shapes, errors, billing, cache, history. */
#include "detect/detect.h"
#include "lib/gate.h"

static struct gate g;
static char key[API_KEY_LEN + 1];
static uint64_t user;

#define CSV                                                                                        \
    "time_period,algorithm,performance,constraint_compute\\n1,A,0.70,100\\n1,B,0.60,100\\n"        \
    "2,A,0.72,110\\n2,B,0.63,110\\n3,A,0.71,120\\n3,B,0.66,125\\n"
#define CLASSIC "{\"engine\":\"classic\",\"csv_data\":\"" CSV "\"}"

static void start(const char *plan)
{
    gate_open(&g);
    user = gate_user(&g, "a@example.com", plan, SCOPES_ALL, key, NULL);
}

static struct call *detect(const char *body)
{
    return gate_run(&g, METHOD_POST, "/api/detect", key, body);
}

static void expect(const char *body, int http_status, const char *says)
{
    struct call *call = detect(body);
    gate_expect(call, http_status, says);
    gate_end(call);
}

static uint64_t billed(void)
{
    struct store_usage_month month;
    struct error err = {0};
    ck_ok(store_analyses_get(temp_read(&g.t), user, store_month(g.now_ms), &month));
    return month.analyses;
}

START_TEST(classic_answer_has_upstreams_fields)
{
    static const char *const fields[] = {
        "\"psi\":{\"score\":",
        "\"ccs\":{",
        "\"rho_pc\":{",
        "\"cbs_score\":",
        "\"risk_level\":",
        "\"risk_category\":",
        "\"weights\":[0.33,0.33,",
        "\"bias_detected\":",
        "\"indicators_triggered\":",
        "\"confidence\":",
        "\"interpretation\"",
        "\"recommendations\":[",
        "\"data_stats\":{\"num_rows\":6",
        "\"id\":\"ana_",
        "\"input_sha256\":\"",
        "\"livemode\":true",
        "\"from_cache\":false",
    };
    start("free");
    struct call *call = detect(CLASSIC);
    for (size_t i = 0; i < ARRAY_COUNT(fields); i++)
        gate_expect(call, 200, fields[i]);
    ck_slice(gate_reply_header(call, "Sleuth-Analyses-Counted"), "1");
    slice state = gate_reply_header(call, "RateLimit");
    ck_assert_msg(slice_find(state, S("\"analyses\";r=99;"), &(size_t){0}), "%.*s",
                  SLICE_ARG(state));
    gate_end(call);
    gate_close(&g);
}
END_TEST

START_TEST(calibrated_is_the_default_and_says_so)
{
    start("free");
    expect("{\"csv_data\":\"" CSV "\"}", 200, "\"verdict\":{\"verdict\":\"insufficient_data\"");
    gate_close(&g);
}
END_TEST

START_TEST(each_format_has_its_type_and_all_are_billed_once)
{
    static const struct {
        const char *query, *type, *says;
    } rows[] = {
        {"format=fragment", "text/html; charset=utf-8", "class=\"rp"},
        {"format=html", "text/html; charset=utf-8", "<!doctype html>"},
        {"format=text", "text/plain; charset=utf-8", "\n"},
        {"format=md", "text/markdown; charset=utf-8", "#"},
        {"format=csv", "text/csv; charset=utf-8", ","},
        {"format=json", "application/json", "\"from_cache\":true"},
    };
    start("free");
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        g.query = rows[i].query;
        struct call *call = detect(CLASSIC);
        gate_expect(call, 200, rows[i].says);
        ck_assert_str_eq(call->reply.content_type, rows[i].type);
        gate_end(call);
    }
    ck_assert_uint_eq(billed(), 1);
    g.query = "format=pdf";
    expect(CLASSIC, 400, "format must be one of json, fragment");
    gate_close(&g);
}
END_TEST

START_TEST(a_report_page_allows_its_own_style_and_nothing_else)
{
    char hash[REPORT_STYLE_HASH_MAX];
    start("free");
    g.query = "format=html";
    struct call *call = detect(CLASSIC);
    slice policy = gate_reply_header(call, "Content-Security-Policy");
    ck_assert(slice_find(policy, report_html_style_hash(hash), &(size_t){0}));
    ck_assert(!slice_find(policy, S("unsafe-inline"), &(size_t){0}));
    gate_end(call);
    gate_close(&g);
}
END_TEST

START_TEST(all_media_types_give_the_same_numbers)
{
    static const char csv[] = "time_period,algorithm,performance,constraint_compute\n1,A,0.7,100\n"
                              "1,B,0.6,100\n2,A,0.72,110\n2,B,0.63,110\n";
    static const char lines[] =
        "{\"time_period\":1,\"algorithm\":\"A\",\"performance\":0.7,\"constraint_compute\":100}\n"
        "{\"time_period\":1,\"algorithm\":\"B\",\"performance\":0.6,\"constraint_compute\":100}\n"
        "{\"time_period\":2,\"algorithm\":\"A\",\"performance\":0.72,\"constraint_compute\":110}\n"
        "{\"time_period\":2,\"algorithm\":\"B\",\"performance\":0.63,\"constraint_compute\":110}\n";
    char form[1024];
    start("enterprise");
    g.content_type = "text/csv";
    g.query = "engine=classic&seed=7";
    struct call *call = detect(csv);
    gate_expect(call, 200, "\"psi\":{\"score\":10");
    gate_expect(call, 200, "\"seed\":7");
    gate_end(call);
    g.content_type = "application/x-ndjson";
    g.query = "engine=classic";
    call = detect(lines);
    gate_expect(call, 200, "\"psi\":{\"score\":10");
    gate_end(call);
    (void)snprintf(
        form, sizeof form,
        "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.csv\"\r\n\r\n"
        "%s\r\n--b\r\nContent-Disposition: form-data; name=\"engine\"\r\n\r\nclassic"
        "\r\n--b--\r\n",
        csv);
    g.content_type = "multipart/form-data";
    gate_header(&g, "content-type", "multipart/form-data; boundary=b");
    call = detect(form);
    gate_expect(call, 200, "\"psi\":{\"score\":10");
    gate_end(call);
    gate_close(&g);
}
END_TEST

START_TEST(upstreams_refusals_are_word_for_word)
{
    start("enterprise");
    expect("{}", 400, "{\"error\":\"Missing required field: csv_data\"");
    expect("[]", 400, "{\"error\":\"Missing required field: csv_data\"");
    expect("{\"csv_data\":3}", 400, "{\"error\":\"Failed to parse CSV data\"");
    expect("{\"csv_data\":\"\",\"engine\":\"classic\"}", 400,
           "{\"error\":\"Failed to parse CSV data\"");
    expect("{\"csv_data\":\"a,b\\n1,2\\n\",\"engine\":\"classic\"}", 400,
           "\"details\":\"Missing required columns: time_period, algorithm, performance\"");
    expect("{\"csv_data\":\"time_period,algorithm,performance\\n1,A,1\\n\",\"engine\":\"classic\"}",
           400, "{\"error\":\"Invalid data\"");
    expect("{\"csv_data\":\"" CSV "\",\"weights\":[1,1,1]}", 400,
           "{\"error\":\"Validation error\"");
    expect("{\"csv_data\":\"" CSV "\",\"weights\":[1]}", 400, "{\"error\":\"Validation error\"");
    g.content_type = "text/plain";
    expect("x", 400, "{\"error\":\"Content-Type must be application/json\"");
    expect("{", 400, "invalid_json");
    ck_assert_uint_eq(billed(), 0);
    gate_close(&g);
}
END_TEST

START_TEST(limits_of_the_plan_are_422)
{
    start("free");
    expect("{\"csv_data\":\"" CSV "\",\"run_bootstrap\":true,\"n_bootstrap\":2001}", 422,
           "the free plan allows 2000 bootstrap samples");
    expect("{\"csv_data\":\"" CSV "\",\"draws\":2001}", 422, "draws");
    g.plans.plan[PLAN_FREE].rows_max = 5;
    expect(CLASSIC, 422, "\"code\":\"rows\"");
    gate_close(&g);
}
END_TEST

START_TEST(the_same_request_is_answered_from_the_cache_and_billed_once)
{
    start("free");
    expect(CLASSIC, 200, "\"from_cache\":false");
    struct call *call = detect(CLASSIC);
    gate_expect(call, 200, "\"from_cache\":true");
    ck_slice(gate_reply_header(call, "Sleuth-Analyses-Counted"), "0");
    gate_end(call);
    ck_assert_uint_eq(billed(), 1);
    expect("{\"engine\":\"classic\",\"seed\":2,\"csv_data\":\"" CSV "\"}", 200,
           "from_cache\":false");
    ck_assert_uint_eq(billed(), 2);
    gate_close(&g);
}
END_TEST

START_TEST(the_month_ends_at_its_quota_exactly_and_begins_again)
{
    char body[512];
    start("enterprise");
    g.plans.plan[PLAN_ENTERPRISE].analyses_per_month = 3;
    for (int i = 0; i < 5; i++) {
        (void)snprintf(body, sizeof body,
                       "{\"engine\":\"classic\",\"seed\":%d,\"csv_data\":\"" CSV "\"}", i);
        expect(body, i < 3 ? 200 : 429, i < 3 ? "psi" : "\"code\":\"monthly_quota_exceeded\"");
    }
    ck_assert_uint_eq(billed(), 3);
    g.now_ms = time_next_month_start(g.now_ms);
    expect(body, 200, "psi");
    ck_assert_uint_eq(billed(), 1);
    gate_close(&g);
}
END_TEST

START_TEST(validation_and_test_keys_are_never_billed)
{
    start("free");
    expect("{\"validate_only\":true,\"csv_data\":\"" CSV "\"}", 200, "\"valid\":true");
    struct call *call = gate_run(&g, METHOD_POST, "/api/validate", key, CLASSIC);
    gate_expect(call, 200, "\"num_rows\":6");
    gate_end(call);
    call =
        gate_run(&g, METHOD_POST, "/api/validate", key,
                 "{\"csv_data\":\"time_period,algorithm,performance,constraint_x\\n1,A,z,1\\n\"}");
    gate_expect(call, 400, "\"errors\":[{\"line\":2,\"column\":\"performance\"");
    gate_end(call);
    call = gate_run(&g, METHOD_POST, "/api/dashboard/keys", key, "{\"livemode\":false}");
    gate_expect(call, 201, "\"key\":\"sk_test_");
    char test_key[API_KEY_LEN + 1] = {0};
    memcpy(test_key, gate_body(call).ptr + strlen("{\"key\":\""), API_KEY_LEN);
    gate_end(call);
    call = gate_run(&g, METHOD_POST, "/api/detect", test_key, CLASSIC);
    gate_expect(call, 200, "\"livemode\":false");
    gate_end(call);
    ck_assert_uint_eq(billed(), 0);
    gate_close(&g);
}
END_TEST

START_TEST(an_idempotent_retry_repeats_the_bytes)
{
    start("free");
    gate_header(&g, "idempotency-key", "retry-0001");
    struct call *first = detect(CLASSIC);
    gate_expect(first, 200, "psi");
    gate_header(&g, "idempotency-key", "retry-0001");
    struct call *again = detect(CLASSIC);
    gate_expect(again, 200, "psi");
    ck_assert(slice_eq(gate_body(first), gate_body(again)));
    ck_slice(gate_reply_header(again, "Idempotency-Replayed"), "true");
    ck_assert_uint_eq(billed(), 1);
    gate_end(first);
    gate_end(again);
    gate_close(&g);
}
END_TEST

START_TEST(analyses_are_kept_unless_told_otherwise)
{
    struct store_page page = {0};
    struct store_analysis *rows;
    start("free");
    expect("{\"engine\":\"classic\",\"label\":\"run 7\",\"tags\":[\"a\",\"b\"],\"csv_data\":\"" CSV
           "\"}",
           200, "psi");
    expect("{\"engine\":\"classic\",\"seed\":9,\"store\":false,\"csv_data\":\"" CSV "\"}", 200,
           "psi");
    struct error err = {0};
    ck_ok(store_analysis_list(temp_read(&g.t), user, &page, &g.t.arena, &rows));
    ck_assert_uint_eq(page.count, 1);
    ck_slice(rows[0].label, "run 7");
    ck_slice(rows[0].tags, "a,b");
    ck_assert_uint_eq(rows[0].row_count, 6);
    ck_assert(slice_has_prefix(rows[0].report, S("{")));
    gate_close(&g);
}
END_TEST

START_TEST(the_open_demo_is_off_unless_switched_on)
{
    start("free");
    struct call *call = gate_run(&g, METHOD_POST, "/api/detect", NULL, CLASSIC);
    gate_expect(call, 401, "missing_api_key");
    gate_end(call);
    g.config.auth_open_demo = true;
    for (int i = 0; i < 11; i++) {
        call = gate_run(&g, METHOD_POST, "/api/detect", NULL, CLASSIC);
        gate_expect(call, i < 10 ? 200 : 429, i < 10 ? "psi" : "rate_limit_minute");
        gate_end(call);
    }
    gate_close(&g);
}
END_TEST

/* Fourteen results of a harness, one form; the limit of samples changes in the seventh. */
static void form_of_logs(char *form, size_t size)
{
    size_t len = 0;
    for (int i = 1; i <= 14; i++)
        len += (size_t)snprintf(
            form + len, size - len,
            "--b\r\nContent-Disposition: form-data; name=\"log\"; filename=\"r%d.json\"\r\n\r\n"
            "{\"results\":{\"gsm8k\":{\"acc,none\":0.%d}},\"versions\":{\"gsm8k\":3},"
            "\"n-shot\":{\"gsm8k\":%d},\"configs\":{},\"config\":{\"model\":\"hf\",\"model_args\":"
            "\"pretrained=acme/m\",\"limit\":%d},\"git_hash\":\"abc\",\"date\":%lld,"
            "\"model_name\":\"acme/m\",\"lm_eval_version\":\"0.4.5\"}\r\n",
            i, 400 + 7 * (i * i % 11), i % 3 ? 5 : 8, i < 7 ? 500 : 200,
            1767225600LL + i * 86400LL);
    (void)snprintf(form + len, size - len, "--b--\r\n");
}

static struct call *detect_form(const char *query, const char *form)
{
    g.query = query;
    g.content_type = "multipart/form-data";
    gate_header(&g, "content-type", "multipart/form-data; boundary=b");
    return detect(form);
}

START_TEST(logs_of_a_harness_are_analysed_and_their_changes_come_first)
{
    char form[16384];
    start("enterprise");
    form_of_logs(form, sizeof form);
    struct call *call = detect_form(NULL, form);
    gate_expect(call, 200, "\"input_grade\":\"B\"");
    gate_expect(call, 200, "\"T\":14");
    gate_end(call);
    call = detect_form("format=fragment", form);
    gate_expect(call, 200, "<section class=\"diff\">");
    gate_expect(call, 200, "<td>✗ limit</td><td>500</td><td>200</td>");
    gate_end(call);
    ck_assert_uint_eq(billed(), 1);
    gate_close(&g);
}
END_TEST

START_TEST(a_form_without_any_log_says_why)
{
    start("free");
    struct call *call = detect_form(
        NULL, "--b\r\nContent-Disposition: form-data; name=\"log\"; filename=\"x.json\"\r\n\r\n"
              "{\"a\":1}\r\n--b--\r\n");
    gate_expect(call, 400, "'x.json': no known evaluation log");
    gate_end(call);
    ck_assert_uint_eq(billed(), 0);
    gate_close(&g);
}
END_TEST

START_TEST(rows_of_a_ledger_are_analysed_too)
{
    start("free");
    expect("{\"ledger\":[{\"run_id\":\"r1\",\"time\":\"2026-01-01T00:00:00Z\",\"system\":\"m\","
           "\"task\":\"t\",\"metric\":\"acc\",\"value\":0.5,\"protocol\":{\"limit\":10}},"
           "{\"run_id\":\"r2\",\"time\":\"2026-01-02T00:00:00Z\",\"system\":\"m\",\"task\":\"t\","
           "\"metric\":\"acc\",\"value\":0.6,\"protocol\":{\"limit\":50}}]}",
           200, "\"input_grade\":\"C\"");
    expect("{\"ledger\":[{\"run_id\":7}]}", 400, "row 1");
    gate_close(&g);
}
END_TEST

TEST_MAIN("api_detect", classic_answer_has_upstreams_fields, calibrated_is_the_default_and_says_so,
          each_format_has_its_type_and_all_are_billed_once,
          a_report_page_allows_its_own_style_and_nothing_else,
          all_media_types_give_the_same_numbers, upstreams_refusals_are_word_for_word,
          limits_of_the_plan_are_422, the_same_request_is_answered_from_the_cache_and_billed_once,
          the_month_ends_at_its_quota_exactly_and_begins_again,
          validation_and_test_keys_are_never_billed, an_idempotent_retry_repeats_the_bytes,
          analyses_are_kept_unless_told_otherwise, the_open_demo_is_off_unless_switched_on,
          logs_of_a_harness_are_analysed_and_their_changes_come_first,
          a_form_without_any_log_says_why, rows_of_a_ledger_are_analysed_too)
