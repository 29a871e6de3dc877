/* Tests of /api/files without a server: records, space, deduplication, uploads in parts. */
#include "lib/gate.h"
#include "upload.h"

static struct gate g;
static char key[API_KEY_LEN + 1];
static char other[API_KEY_LEN + 1];
static uint64_t user;

static void start(void)
{
    gate_open(&g);
    user = gate_user(&g, "a@example.com", "pro", SCOPES_ALL, key, NULL);
    (void)gate_user(&g, "b@example.com", "pro", SCOPES_ALL, other, NULL);
}

static void id_of(const struct call *call, char ret[static STORE_ID_MAX])
{
    size_t at;
    ck_assert(slice_find(gate_body(call), S("\"id\":\"fil_"), &at));
    slice id = slice_from(gate_body(call), at + 6);
    ck_assert(slice_find_byte(id, '"', &at));
    (void)snprintf(ret, STORE_ID_MAX, SLICE_FMT, SLICE_ARG(slice_sub(id, 0, at)));
}

static void upload(const char *body, int http_status, char ret[static STORE_ID_MAX])
{
    g.content_type = "text/csv";
    g.query = "name=a.csv";
    struct call *call = gate_run(&g, METHOD_POST, "/api/files", key, body);
    gate_expect(call, http_status, "\"state\":\"complete\"");
    id_of(call, ret);
    gate_end(call);
}

static void expect(struct call *call, int http_status, const char *says)
{
    gate_expect(call, http_status, says);
    gate_end(call);
}

static struct call *run(enum method method, const char *id, const char *tail, const char *body)
{
    static char path[200];
    (void)snprintf(path, sizeof path, "/api/files/%s%s", id, tail);
    return gate_run(&g, method, path, key, body);
}

START_TEST(the_same_content_is_one_file_and_counts_once)
{
    char one[STORE_ID_MAX], two[STORE_ID_MAX];
    uint64_t bytes = 0;
    start();
    upload("a,b\n1,2\n", 201, one);
    upload("a,b\n1,2\n", 200, two);
    ck_assert_str_eq(one, two);
    ck_status(store_file_bytes(temp_read(&g.t), user, &bytes), ST_OK);
    ck_assert_uint_eq(bytes, 8);
    store_read_end(&g.t.r);
    expect(run(METHOD_DELETE, one, "", ""), 204, "");
    upload("a,b\n1,2\n", 201, two);
    ck_assert_str_ne(one, two);
    gate_close(&g);
}
END_TEST

START_TEST(changes_are_in_the_audit_log)
{
    struct store_audit *rows;
    struct store_page page = {0};
    char id[STORE_ID_MAX];
    start();
    upload("a\n1\n", 201, id);
    expect(run(METHOD_DELETE, id, "", ""), 204, "");
    ck_status(store_audit_list(temp_read(&g.t), &page, &g.t.arena, &rows), ST_OK);
    ck_assert_uint_ge(page.count, 2);
    ck_slice(rows[page.count - 2].action, "file.create");
    ck_slice(rows[page.count - 1].action, "file.delete");
    ck_slice(rows[page.count - 1].object, id);
    store_read_end(&g.t.r);
    gate_close(&g);
}
END_TEST

START_TEST(if_match_guards_a_deletion)
{
    char id[STORE_ID_MAX];
    start();
    upload("a\n1\n", 201, id);
    gate_header(&g, "if-match", "\"0000\"");
    expect(run(METHOD_DELETE, id, "", ""), 412, "precondition_failed");
    struct call *call = run(METHOD_GET, id, "", "");
    slice tag = gate_reply_header(call, "etag");
    ck_assert_uint_eq(tag.len, 66);
    char text[80];
    (void)snprintf(text, sizeof text, SLICE_FMT, SLICE_ARG(tag));
    gate_end(call);
    gate_header(&g, "if-match", text);
    expect(run(METHOD_DELETE, id, "", ""), 204, "");
    gate_close(&g);
}
END_TEST

START_TEST(an_upload_in_parts_that_others_completed_becomes_theirs)
{
    /* The same content arrives in one piece while the parts are on their way. */
    char parts[STORE_ID_MAX], whole[STORE_ID_MAX];
    uint64_t bytes = 0;
    start();
    struct call *call =
        gate_run(&g, METHOD_POST, "/api/files", key, "{\"name\":\"b.csv\",\"size\":8}");
    gate_expect(call, 201, "\"parts_missing\":[1]");
    id_of(call, parts);
    gate_end(call);
    g.content_type = "application/octet-stream";
    expect(run(METHOD_PUT, parts, "/parts/1", "a,b\n1,2\n"), 200, "\"parts_done\":1");
    upload("a,b\n1,2\n", 201, whole);
    call = run(METHOD_POST, parts, "/complete",
               "{\"sha256\":\"d5f32d8fb3ba6d1dd3a2bd9a1ee08bb4e1dcbe9c5a9e03ba91ec5a0ed2e5ea6b\"}");
    gate_expect(call, 422, "checksum_mismatch");
    gate_end(call);
    char sha256[65], body[100];
    struct crypt_hash hash;
    crypt_sha256(&hash, S("a,b\n1,2\n"));
    (void)snprintf(body, sizeof body, "{\"sha256\":\"%s\"}",
                   crypt_hex(sha256, hash.bytes, sizeof hash.bytes).ptr);
    call = run(METHOD_POST, parts, "/complete", body);
    gate_expect(call, 200, whole);
    gate_end(call);
    expect(run(METHOD_GET, parts, "", ""), 404, "file_not_found");
    ck_status(store_file_bytes(temp_read(&g.t), user, &bytes), ST_OK);
    ck_assert_uint_eq(bytes, 8);
    store_read_end(&g.t.r);
    gate_close(&g);
}
END_TEST

START_TEST(plans_of_parts_are_checked)
{
    static const struct {
        const char *body;
        int http_status;
        const char *says;
    } cases[] = {
        {"{\"name\":\"a\"}", 400, "missing_field"},
        {"{\"name\":\"a\",\"size\":0}", 400, "invalid_field"},
        {"{\"name\":\"a\",\"size\":9,\"part_size\":65535}", 400, "invalid_field"},
        {"{\"name\":\"a\",\"size\":9,\"part_size\":8388609}", 400, "invalid_field"},
        {"{\"name\":\"a\",\"size\":1073807360,\"part_size\":65536}", 400, "larger part_size"},
        {"{\"name\":\"a\",\"size\":9,\"extra\":1}", 400, "unknown_field"},
        {"{\"name\":\"a\",\"size\":9007199254740991,\"part_size\":8388608}", 400, "part_size"},
        {"{\"name\":\"a\",\"size\":2147483648}", 201, "\"parts_total\":256"},
        {"{\"name\":\"a\",\"size\":1}", 422, "file_quota_exceeded"},
    };
    start();
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++)
        expect(gate_run(&g, METHOD_POST, "/api/files", key, cases[i].body), cases[i].http_status,
               cases[i].says);
    gate_close(&g);
}
END_TEST

START_TEST(a_preview_needs_a_table)
{
    char id[STORE_ID_MAX];
    start();
    upload("a;b\n\"x;y\";2\n;3\n", 201, id);
    expect(run(METHOD_GET, id, "/preview", ""), 200,
           "\"columns\":[{\"name\":\"a\",\"type\":\"text\"},{\"name\":\"b\",\"type\":\"integer\"}],"
           "\"rows\":[[\"x;y\",\"2\"],[\"\",\"3\"]],\"rows_total\":2}");
    g.query = "rows=0";
    expect(run(METHOD_GET, id, "/preview", ""), 400, "invalid_parameter");
    g.content_type = "application/octet-stream";
    g.query = "name=x.zip";
    struct call *call = gate_run(&g, METHOD_POST, "/api/files", key, "PK\x03\x04");
    id_of(call, id);
    gate_end(call);
    expect(run(METHOD_GET, id, "/preview", ""), 422, "preview_unavailable");
    gate_close(&g);
}
END_TEST

START_TEST(a_missing_content_is_an_error_and_not_an_empty_file)
{
    char id[STORE_ID_MAX], path[200];
    struct crypt_hash hash;
    struct error err = {0};
    start();
    upload("a\n1\n", 201, id);
    crypt_sha256(&hash, S("a\n1\n"));
    ck_ok(blob_remove(g.app.blobs, &hash, INT64_MAX, &err));
    (void)snprintf(path, sizeof path, "/api/files/%s/content", id);
    expect(gate_run(&g, METHOD_GET, path, key, ""), 500, "");
    expect(gate_run(&g, METHOD_GET, path, other, ""), 404, "file_not_found");
    gate_close(&g);
}
END_TEST

#define LOG                                                                                        \
    "time_period,algorithm,performance,constraint_compute\n1,A,0.70,100\n1,B,0.60,100\n"           \
    "2,A,0.72,110\n2,B,0.63,110\n3,A,0.71,120\n3,B,0.66,125\n"

START_TEST(an_analysis_of_a_file_is_that_of_its_text)
{
    static const char log[] = "{\"engine\":\"classic\",\"csv_data\":\"time_period,algorithm,"
                              "performance,constraint_compute\\n1,A,0.70,100\\n1,B,0.60,100\\n"
                              "2,A,0.72,110\\n2,B,0.63,110\\n3,A,0.71,120\\n3,B,0.66,125\\n\"}";
    char id[STORE_ID_MAX], body[200];
    start();
    upload(LOG, 201, id);
    (void)snprintf(body, sizeof body, "{\"engine\":\"classic\",\"file_id\":\"%s\"}", id);
    struct call *call = gate_run(&g, METHOD_POST, "/api/detect", key, body);
    gate_expect(call, 200, "\"from_cache\":false");
    ck_slice(gate_reply_header(call, "Sleuth-Analyses-Counted"), "1");
    gate_end(call);
    call = gate_run(&g, METHOD_POST, "/api/detect", key, log); /* the same log, sent as text */
    gate_expect(call, 200, "\"from_cache\":true");
    ck_slice(gate_reply_header(call, "Sleuth-Analyses-Counted"), "0");
    gate_end(call);
    expect(gate_run(&g, METHOD_GET, "/api/analyses", key, ""), 200, "\"source\":\"file\"");
    expect(gate_run(&g, METHOD_POST, "/api/validate", key, body), 200, "\"num_rows\":6");
    expect(gate_run(&g, METHOD_POST, "/api/detect", other, body), 404, "file_not_found");
    expect(gate_run(&g, METHOD_POST, "/api/validate", other, body), 404, "file_not_found");
    (void)snprintf(body, sizeof body, "{\"file_id\":\"%s\",\"csv_data\":\"x\"}", id);
    expect(gate_run(&g, METHOD_POST, "/api/detect", key, body), 400, "not both");
    gate_close(&g);
}
END_TEST

START_TEST(errors_in_a_file_name_its_lines)
{
    char id[STORE_ID_MAX], body[200];
    start();
    upload("time_period,algorithm,performance\n1,A,0.7\n1,B,much\n", 201, id);
    (void)snprintf(body, sizeof body, "{\"file_id\":\"%s\"}", id);
    expect(gate_run(&g, METHOD_POST, "/api/validate", key, body), 400,
           "\"line\":3,\"column\":\"performance\",\"code\":\"not_a_number\"");
    gate_close(&g);
}
END_TEST

START_TEST(a_key_without_files_read_reads_no_file_by_analysing_it)
{
    char id[STORE_ID_MAX], body[200], weak[API_KEY_LEN + 1];
    start();
    upload(LOG, 201, id);
    uint64_t scopes = SCOPE_DETECT;
    (void)gate_user(&g, "c@example.com", "pro", scopes, weak, NULL);
    (void)snprintf(body, sizeof body, "{\"file_id\":\"%s\"}", id);
    expect(gate_run(&g, METHOD_POST, "/api/detect", weak, body), 403, "insufficient_scope");
    (void)snprintf(body, sizeof body, "{\"file_ids\":[\"%s\"]}", id);
    expect(gate_run(&g, METHOD_POST, "/api/ledger", weak, body), 403, "insufficient_scope");
    gate_close(&g);
}
END_TEST

START_TEST(ledger_and_diff_read_stored_files)
{
    char id[STORE_ID_MAX], body[200];
    start();
    upload(LOG, 201, id);
    (void)snprintf(body, sizeof body, "{\"file_ids\":[\"%s\"]}", id);
    expect(gate_run(&g, METHOD_POST, "/api/ledger", key, body), 200, "\"path\":\"a.csv\"");
    expect(gate_run(&g, METHOD_POST, "/api/diff", key, body), 200, "\"comparable\":");
    expect(gate_run(&g, METHOD_POST, "/api/diff", other, body), 404, "file_not_found");
    expect(gate_run(&g, METHOD_POST, "/api/ledger", key, "{\"file_ids\":[]}"), 400,
           "invalid_field");
    expect(gate_run(&g, METHOD_POST, "/api/ledger", key, "{\"file_ids\":[3]}"), 400,
           "invalid_field");
    gate_close(&g);
}
END_TEST

TEST_MAIN("api_files", an_analysis_of_a_file_is_that_of_its_text, errors_in_a_file_name_its_lines,
          a_key_without_files_read_reads_no_file_by_analysing_it, ledger_and_diff_read_stored_files,
          the_same_content_is_one_file_and_counts_once, changes_are_in_the_audit_log,
          if_match_guards_a_deletion, an_upload_in_parts_that_others_completed_becomes_theirs,
          plans_of_parts_are_checked, a_preview_needs_a_table,
          a_missing_content_is_an_error_and_not_an_empty_file)
