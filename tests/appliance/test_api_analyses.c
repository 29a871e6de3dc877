/* Tests of /api/analyses: own rows only, label and tags, deletion, and reports under a seal. */
#include "decode.h"
#include "detect/detect.h"
#include "json.h"
#include "lib/gate.h"

static struct gate g;
static char key[API_KEY_LEN + 1];
static char other_key[API_KEY_LEN + 1];
static char id[STORE_ID_MAX];

#define LOG(last) "{" LOG_REST(last)
#define LOG_REST(last)                                                                             \
    "\"engine\":\"classic\",\"label\":\"spring\",\"tags\":[\"vision\",\"open\"],\"csv_data\":"     \
    "\"time_period,algorithm,performance,constraint_compute\\n1,A,0.70,100\\n1,B,0.60,100\\n"      \
    "2,A,0.72,110\\n2,B,0.63,110\\n3,A,0.71,120\\n3,B," last ",125\\n\"}"

static struct call *get(const char *suffix, const char *with_key)
{
    static char path[200];
    (void)snprintf(path, sizeof path, "/api/analyses/%s%s", id, suffix);
    return gate_run(&g, METHOD_GET, path, with_key, "");
}

static struct call *change(enum method method, const char *with_key, const char *body)
{
    static char path[200];
    (void)snprintf(path, sizeof path, "/api/analyses/%s", id);
    return gate_run(&g, method, path, with_key, body);
}

static void text_of(slice json, const char *name, struct arena *arena, char *ret, size_t size)
{
    const struct json *root;
    struct error err = {0};
    ck_ok(json_parse(json, arena, &root, &err));
    const struct json *value = json_find(root, name);
    ck_assert_ptr_nonnull(value);
    (void)snprintf(ret, size, SLICE_FMT, SLICE_ARG(value->text));
}

static void analyse(const char *body)
{
    struct call *call = gate_run(&g, METHOD_POST, "/api/detect", key, body);
    gate_expect(call, 200, "\"id\":\"ana_");
    text_of(gate_body(call), "id", &call->arena, id, sizeof id);
    gate_end(call);
}

static void start(void)
{
    gate_open(&g);
    (void)gate_user(&g, "a@example.com", "enterprise", SCOPES_ALL, key, NULL);
    (void)gate_user(&g, "b@example.com", "enterprise", SCOPES_ALL, other_key, NULL);
    analyse(LOG("0.66"));
}

static void expect(struct call *call, int http_status, const char *says)
{
    gate_expect(call, http_status, says);
    gate_end(call);
}

START_TEST(an_analysis_is_listed_and_shown_to_its_owner_alone)
{
    start();
    expect(get("", key), 200, "\"report\":{\"schema_version\":1,");
    expect(get("", other_key), 404, "analysis_not_found");
    expect(gate_run(&g, METHOD_GET, "/api/analyses", key, ""), 200, id);
    expect(gate_run(&g, METHOD_GET, "/api/analyses", other_key, ""), 200, "\"analyses\":[],");
    gate_close(&g);
}
END_TEST

START_TEST(the_list_is_filtered_by_label_tag_and_risk)
{
    static const struct {
        const char *query, *says;
    } cases[] = {
        {"label=spring", "ana_"},       {"label=autumn", "\"analyses\":[]"}, {"tag=open", "ana_"},
        {"tag=ope", "\"analyses\":[]"}, {"risk=none", "\"analyses\":[]"},
    };
    start();
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        g.query = cases[i].query;
        expect(gate_run(&g, METHOD_GET, "/api/analyses", key, ""), 200, cases[i].says);
    }
    gate_close(&g);
}
END_TEST

START_TEST(pages_are_newest_first_and_hold_each_row_once)
{
    char newest[STORE_ID_MAX];
    char oldest[STORE_ID_MAX];
    char query[300];
    char cursor[200];
    start();
    memcpy(oldest, id, sizeof id);
    g.now_ms += 1000;
    analyse(LOG("0.67"));
    memcpy(newest, id, sizeof id);
    g.query = "limit=1";
    struct call *call = gate_run(&g, METHOD_GET, "/api/analyses", key, "");
    gate_expect(call, 200, newest);
    ck_assert(!gate_says(call, oldest));
    text_of(gate_body(call), "next_cursor", &call->arena, cursor, sizeof cursor);
    gate_end(call);
    (void)snprintf(query, sizeof query, "limit=1&cursor=%s", cursor);
    g.query = query;
    call = gate_run(&g, METHOD_GET, "/api/analyses", key, "");
    gate_expect(call, 200, oldest);
    gate_expect(call, 200, "\"next_cursor\":null");
    ck_assert(!gate_says(call, newest));
    gate_end(call);
    gate_close(&g);
}
END_TEST

START_TEST(label_and_tags_change_but_nothing_that_the_server_owns)
{
    static const char *const owned[] = {"id",         "user_id", "verdict",    "risk",
                                        "created_at", "report",  "expires_at", "input_sha256"};
    char body[100];
    start();
    expect(change(METHOD_PATCH, key, "{\"label\":\"autumn\",\"tags\":[\"text\"]}"), 200,
           "\"label\":\"autumn\",\"tags\":[\"text\"]");
    expect(change(METHOD_PATCH, other_key, "{\"label\":\"mine\"}"), 404, "analysis_not_found");
    for (size_t i = 0; i < ARRAY_COUNT(owned); i++) {
        (void)snprintf(body, sizeof body, "{\"%s\":\"x\"}", owned[i]);
        expect(change(METHOD_PATCH, key, body), 400, owned[i]);
    }
    expect(get("", key), 200, "\"label\":\"autumn\"");
    gate_close(&g);
}
END_TEST

START_TEST(an_old_version_is_neither_changed_nor_deleted)
{
    start();
    struct call *call = get("", key);
    char tag[80];
    (void)snprintf(tag, sizeof tag, SLICE_FMT, SLICE_ARG(gate_reply_header(call, "etag")));
    gate_end(call);
    gate_header(&g, "if-match", tag);
    expect(change(METHOD_PATCH, key, "{\"label\":\"one\"}"), 200, "one");
    gate_header(&g, "if-match", tag);
    expect(change(METHOD_PATCH, key, "{\"label\":\"two\"}"), 412, "precondition_failed");
    gate_header(&g, "if-match", tag);
    expect(change(METHOD_DELETE, key, ""), 412, "precondition_failed");
    expect(get("", key), 200, "\"label\":\"one\"");
    gate_close(&g);
}
END_TEST

START_TEST(a_deleted_analysis_is_gone)
{
    start();
    expect(change(METHOD_DELETE, other_key, ""), 404, "analysis_not_found");
    struct call *call = change(METHOD_DELETE, key, "");
    ck_assert_int_eq(call->reply.http_status, 204);
    gate_end(call);
    expect(get("", key), 404, "analysis_not_found");
    expect(get("/report.json", key), 404, "analysis_not_found");
    call = gate_run(&g, METHOD_POST, "/api/detect", key, LOG("0.66"));
    gate_expect(call, 200,
                "\"id\":\"ana_"); /* computed anew, not out of the cache; not billed again */
    ck_assert(!call->cached);
    ck_assert(slice_eq(gate_reply_header(call, "Sleuth-Analyses-Counted"), S("0")));
    gate_end(call);
    gate_close(&g);
}
END_TEST

START_TEST(a_sealed_report_holds_against_the_published_key)
{
    unsigned char public_key[CRYPT_SIGN_PUBLIC_BYTES];
    char hex[2 * CRYPT_SIGN_PUBLIC_BYTES + 1];
    struct report_seal seal;
    struct error err = {0};
    start();
    struct call *call = gate_run(&g, METHOD_GET, "/.well-known/sleuth-signing-key", NULL, "");
    gate_expect(call, 200, "\"algorithm\":\"Ed25519\"");
    text_of(gate_body(call), "public_key", &call->arena, hex, sizeof hex);
    gate_end(call);
    ck_assert(crypt_hex_decode(public_key, sizeof public_key, slice_of(hex)));
    call = get("/report.json", key);
    gate_expect(call, 200, "\"seal\":{\"algorithm\":\"Ed25519\"");
    ck_ok(report_verify(gate_body(call), public_key, &seal, &err));
    ck_assert(slice_has_prefix(seal.canonical, S("{\"schema_version\":1,")));
    ck_assert(!slice_find(seal.canonical, S("\"created_at\""), &(size_t){0}));
    public_key[0] ^= 1;
    ck_status(report_verify(gate_body(call), public_key, &seal, &err), ST_VERIFY);
    gate_end(call);
    expect(get("/report.json", other_key), 404, "analysis_not_found");
    gate_close(&g);
}
END_TEST

START_TEST(every_flipped_byte_of_a_sealed_report_is_refused)
{
    struct report_seal seal;
    start();
    struct call *call = get("/report.json", key);
    slice body = slice_trim(gate_body(call));
    char *copy = arena_alloc(&call->arena, body.len);
    ck_assert_ptr_nonnull(copy);
    for (size_t i = 0; i < body.len; i += 1 + body.len / 400) {
        struct error err = {0};
        memcpy(copy, body.ptr, body.len);
        copy[i] ^= 1;
        status rc = report_verify(slice_make(copy, body.len), NULL, &seal, &err);
        ck_assert_msg(rc != ST_OK, "byte %zu", i);
    }
    gate_end(call);
    gate_close(&g);
}
END_TEST

START_TEST(a_report_is_rendered_in_the_language_of_its_reader)
{
    start();
    expect(get("/report.html", key), 200, "<html lang=\"en\"");
    g.query = "lang=zh";
    expect(get("/report.html", key), 200, "<html lang=\"zh");
    /* Who asks for none gets that of the analysis. */
    analyse("{\"language\":\"zh\"," LOG_REST("0.67"));
    expect(get("/report.md", key), 200, "下一步");
    gate_header(&g, "accept-language", "en");
    expect(get("/report.md", key), 200, "Next steps");
    gate_close(&g);
}
END_TEST

/* Writes the row of `id` as an earlier version left it: formats instead of numbers. */
static status grow_old(struct store_txn *txn, void *arg, struct error *err)
{
    struct store_analysis row;
    struct call *call = arg;
    TRY(store_analysis_get(txn, call->user->id, slice_of(id), &call->arena, &row));
    ck_assert_uint_gt(row.kept.len, 0);
    ck_assert_uint_eq(row.report_html.len + row.report_md.len + row.report_csv.len, 0);
    row.kept = S("");
    TRY(pack_zstd(S("<!doctype html>old"), &call->arena, &row.report_html, err));
    return store_analysis_put(txn, &row);
}

START_TEST(a_record_of_an_earlier_version_shows_what_it_holds)
{
    struct error err = {0};
    start();
    struct call *call = get("", key);
    ck_ok(store_apply(g.t.store, grow_old, call, &err));
    gate_end(call);
    g.query = "lang=zh";
    expect(get("/report.html", key), 200, "<!doctype html>old");
    expect(get("/report.csv", key), 409, "report_not_kept");
    expect(get("/report.json", key), 200, "\"seal\"");
    gate_close(&g);
}
END_TEST

TEST_MAIN("api_analyses", an_analysis_is_listed_and_shown_to_its_owner_alone,
          the_list_is_filtered_by_label_tag_and_risk, pages_are_newest_first_and_hold_each_row_once,
          label_and_tags_change_but_nothing_that_the_server_owns,
          an_old_version_is_neither_changed_nor_deleted, a_deleted_analysis_is_gone,
          a_sealed_report_holds_against_the_published_key,
          every_flipped_byte_of_a_sealed_report_is_refused,
          a_report_is_rendered_in_the_language_of_its_reader,
          a_record_of_an_earlier_version_shows_what_it_holds)
