/* Tests over the whole route table with browser sessions: what each role may not do, cookies that
 * are no sessions, members that only the server sets, and ids of another tenant in bodies. */
#include "json.h"
#include "lib/browser.h"
#include "lib/rows.h"

static struct gate g;
static struct browser admin, user;
static unsigned calls;

static void start(void)
{
    gate_open(&g);
    g.config.ratelimit_session_per_minute = 1000000;
    (void)browser_user(&g, "root@example.com", "admin");
    (void)browser_user(&g, "u@example.com", "user");
    browser_sign_in(&g, &admin, "root@example.com");
    browser_sign_in(&g, &user, "u@example.com");
    calls = 0;
}

/* A page answers with a redirect to the sign-in where the API says 401. */
static void expect_refused(const struct route *row, struct call *call, int wanted, const char *who)
{
    int got = call->reply.http_status;
    bool page = (row->flags & ROUTE_HTML) && (got == 302 || got == 303 || got == 404);
    ck_assert_msg(got == wanted || page, "%s %s by %s: %d, wanted %d: %.200s",
                  method_name(row->method), row->path, who, got, wanted,
                  gate_body(call).len ? gate_body(call).ptr : "");
    gate_end(call);
    calls++;
}

/* --- roles --- */

static void ask_as_user(const struct route *row)
{
    char path[256];
    if (row->need != NEED_ADMIN && row->need != NEED_REVIEWER)
        return;
    rows_path(row, "1", path);
    expect_refused(row, browser_run(&g, &user, row->method, path, ""), 403, "a plain user");
}

START_TEST(users_open_no_route_of_reviewers_and_administrators)
{
    start();
    rows_each(ask_as_user);
    ck_assert_uint_gt(calls, 15);
    gate_close(&g);
}
END_TEST

static void ask_host_route(const struct route *row)
{
    char path[256];
    if (row->need != NEED_HOST)
        return;
    rows_path(row, "1", path);
    expect_refused(row, browser_run(&g, &admin, row->method, path, ""), 404,
                   "an administrator over the network");
}

START_TEST(routes_of_the_host_do_not_exist_over_the_network)
{
    start();
    rows_each(ask_host_route);
    ck_assert_uint_gt(calls, 3);
    gate_close(&g);
}
END_TEST

/* --- sessions that are none --- */

static bool wants_session(const struct route *row)
{
    return row->need == NEED_SESSION || row->need == NEED_REVIEWER || row->need == NEED_ADMIN;
}

static const char *bad_cookie;

static void ask_with_cookie(const struct route *row)
{
    char path[256];
    if (!wants_session(row))
        return;
    rows_path(row, "1", path);
    if (bad_cookie)
        gate_header(&g, "cookie", bad_cookie);
    expect_refused(row, gate_run(&g, row->method, path, NULL, ""), 401, "nobody");
}

START_TEST(without_a_session_every_route_that_needs_one_answers_401)
{
    static const char *const cookies[] = {
        NULL, "__Host-sleuth_session=garbage", "sleuth_session=x",
        "__Host-sleuth_session=0123456789012345678901234567890123456789012"};
    start();
    for (size_t i = 0; i < ARRAY_COUNT(cookies); i++) {
        bad_cookie = cookies[i];
        rows_each(ask_with_cookie);
    }
    ck_assert_uint_gt(calls, 100);
    gate_close(&g);
}
END_TEST

START_TEST(an_expired_session_opens_nothing)
{
    start();
    g.now_ms += 31 * (int64_t)86400000;
    bad_cookie = admin.cookie;
    rows_each(ask_with_cookie);
    ck_assert_uint_gt(calls, 25);
    gate_close(&g);
}
END_TEST

static void ask_without_csrf(const struct route *row)
{
    char path[256];
    if (!wants_session(row) || row->method == METHOD_GET)
        return;
    rows_path(row, "1", path);
    gate_header(&g, "cookie", admin.cookie);
    expect_refused(row, gate_run(&g, row->method, path, NULL, ""), 403, "a page of another site");
}

START_TEST(no_unsafe_route_works_without_the_csrf_token)
{
    start();
    rows_each(ask_without_csrf);
    ck_assert_uint_gt(calls, 15);
    gate_close(&g);
}
END_TEST

/* --- members that only the server sets --- */

static const char *const owned[] = {"id",
                                    "user_id",
                                    "rev",
                                    "created_at",
                                    "updated_at",
                                    "hash",
                                    "prefix",
                                    "is_active",
                                    "revoked_at",
                                    "last_used_at",
                                    "totp_secret",
                                    "billed",
                                    "analyses_this_month"};

static const struct {
    const char *name, *text;
} schemas[] = {
#define SCHEMA(name, text) {#name, text},
#include "openapi_schemas.def"
#undef SCHEMA
};

/* Does the row's documented body have the member? "#Name" means a shared schema. */
static bool documents(const struct route *row, const char *member)
{
    char quoted[64];
    const char *text = row->doc.request;
    (void)snprintf(quoted, sizeof quoted, "\"%s\":", member);
    if (text && text[0] == '#')
        for (size_t i = 0; i < ARRAY_COUNT(schemas); i++)
            if (strcmp(schemas[i].name, row->doc.request + 1) == 0)
                text = schemas[i].text;
    return text && strstr(text, quoted);
}

/* Strict routes refuse the member; nothing is done. */
static void ask_owned(const struct route *row)
{
    char path[256];
    char body[128];
    if (!rows_is_write(row) || !(row->flags & ROUTE_STRICT) || row->need == NEED_HOST ||
        row->need == NEED_NOTHING)
        return;
    rows_path(row, "1", path);
    for (size_t i = 0; i < ARRAY_COUNT(owned); i++) {
        if (documents(row, owned[i]))
            continue;
        (void)snprintf(body, sizeof body, "{\"%s\":7}", owned[i]);
        struct call *call = browser_run(&g, &admin, row->method, path, body);
        ck_assert_msg(call->reply.http_status >= 400, "%s %s takes '%s'", method_name(row->method),
                      row->path, owned[i]);
        gate_end(call);
        calls++;
    }
}

START_TEST(strict_routes_refuse_members_that_only_the_server_sets)
{
    start();
    rows_each(ask_owned);
    ck_assert_uint_gt(calls, 200);
    gate_close(&g);
}
END_TEST

/* Routes of the plan ignore them: the key is the caller's and new, whatever the body says. */
START_TEST(lenient_routes_ignore_members_that_only_the_server_sets)
{
    struct store_page page = {0};
    struct store_api_key *rows;
    start();
    struct call *call = browser_run(
        &g, &user, METHOD_POST, "/api/dashboard/keys",
        "{\"name\":\"mine\",\"id\":77,\"user_id\":1,\"prefix\":\"sk_live_forged\",\"hash\":\"00\","
        "\"created_at\":\"2001-01-01\",\"is_active\":false,\"revoked_at\":\"2001-01-01\","
        "\"last_used_at\":\"2001-01-01\",\"key\":\"sk_live_mine\",\"pepper_id\":9}");
    gate_expect(call, 201, "\"is_active\":true");
    ck_assert(!gate_says(call, "forged"));
    ck_assert(!gate_says(call, "2001"));
    ck_assert(!gate_says(call, "\"id\":77"));
    gate_end(call);
    ck_assert_int_eq(store_key_list(temp_read(&g.t), 1, &page, &g.t.arena, &rows), ST_OK);
    ck_assert_uint_eq(page.count, 0); /* nothing of the administrator's */
    ck_assert_int_eq(store_key_list(g.t.r, 2, &page, &g.t.arena, &rows), ST_OK);
    ck_assert_uint_eq(page.count, 1);
    gate_close(&g);
}
END_TEST

/* --- ids of another tenant in bodies --- */

static const char *const id_members[] = {"file_id",     "file_ids",   "project_id", "verdict_id",
                                         "analysis_id", "dataset_id", "job_id",     "key_id",
                                         "ids",         "runs"};

static void id_body(const char *member, const char *id, char ret[static 256])
{
    bool list = member[strlen(member) - 1] == 's';
    (void)snprintf(ret, 256, "{\"%s\":%s\"%s\"%s}", member, list ? "[" : "", id, list ? "]" : "");
}

static const char *const foreign_ids[] = {"fil_foreign0000000000000000001",
                                          "prj_foreign0000000000000000001",
                                          "job_foreign0000000000000000001"};

/* What belongs to the administrator, asked for by the plain user. */
static void foreign_make(void)
{
    struct error err = {0};
    struct store_project project = {
        .id = slice_of(foreign_ids[1]), .user_id = 1, .name = S("secret")};
    struct store_job job = {.id = slice_of(foreign_ids[2]), .user_id = 1, .kind = S("detect")};
    struct store_stored_file file = {.id = slice_of(foreign_ids[0]),
                                     .user_id = 1,
                                     .name = S("secret.csv"),
                                     .state = STORE_FILE_UPLOADING,
                                     .part_bytes = 1024,
                                     .size_bytes = 10};
    store_writer_stop(g.t.store);
    ck_assert_int_eq(store_project_add(temp_write(&g.t), &project), ST_OK);
    ck_assert_int_eq(store_job_add(&g.t.w, &job, 10), ST_OK);
    ck_assert_int_eq(store_file_put(&g.t.w, &file), ST_OK);
    temp_commit(&g.t);
    ck_ok(store_writer_start(g.t.store, 64, &err));
}

static struct call *ask_body(const struct route *row, const char *member, const char *id,
                             char text[static 4096])
{
    char path[256];
    char body[256];
    rows_path(row, "1", path);
    id_body(member, id, body);
    struct call *call = browser_run(&g, &user, row->method, path, body);
    rows_normal(call, id, text);
    return call;
}

static void ask_foreign_bodies(const struct route *row)
{
    static char one[4096];
    static char two[4096];
    if (!rows_is_write(row) || !(row->need == NEED_KEY || row->need == NEED_SESSION))
        return;
    for (size_t m = 0; m < ARRAY_COUNT(id_members); m++)
        for (size_t i = 0; i < ARRAY_COUNT(foreign_ids) && documents(row, id_members[m]); i++) {
            char random[40];
            (void)snprintf(random, sizeof random, "%.4srandom00000000000000000001", foreign_ids[i]);
            struct call *foreign = ask_body(row, id_members[m], foreign_ids[i], one);
            struct call *unknown = ask_body(row, id_members[m], random, two);
            ck_assert_int_ge(foreign->reply.http_status, 400);
            ck_assert_int_eq(foreign->reply.http_status, unknown->reply.http_status);
            ck_assert_msg(strcmp(one, two) == 0, "%s %s: %.300s\n%.300s", row->path, id_members[m],
                          one, two);
            gate_end(foreign);
            gate_end(unknown);
            calls += 2;
        }
}

/* Ids in paths that need a session: as absent as ids that never were. */
static void ask_foreign_path(const struct route *row)
{
    static char one[4096];
    static char two[4096];
    char path[256];
    if (!(row->need == NEED_KEY || row->need == NEED_SESSION) || !strchr(row->path, ':') ||
        (row->flags & ROUTE_HTML))
        return;
    for (size_t i = 0; i < ARRAY_COUNT(foreign_ids); i++) {
        char random[40];
        (void)snprintf(random, sizeof random, "%.4srandom00000000000000000001", foreign_ids[i]);
        rows_path(row, foreign_ids[i], path);
        struct call *call = browser_run(&g, &user, row->method, path, "");
        int http_status = call->reply.http_status;
        rows_normal(call, foreign_ids[i], one);
        gate_end(call);
        rows_path(row, random, path);
        call = browser_run(&g, &user, row->method, path, "");
        rows_normal(call, random, two);
        ck_assert_msg(http_status >= 400 && http_status == call->reply.http_status &&
                          strcmp(one, two) == 0,
                      "%s %s: %d %.300s\n%d %.300s", method_name(row->method), row->path,
                      http_status, one, call->reply.http_status, two);
        gate_end(call);
        calls += 2;
    }
}

START_TEST(ids_of_another_tenant_are_unknown_in_bodies_and_paths)
{
    start();
    foreign_make();
    rows_each(ask_foreign_bodies);
    printf("figure: bodies with ids of another tenant, %u calls\n", calls);
    rows_each(ask_foreign_path);
    printf("figure: and with paths, %u calls\n", calls);
    ck_assert_uint_gt(calls, 40);
    gate_close(&g);
}
END_TEST

TEST_MAIN("api_roles", users_open_no_route_of_reviewers_and_administrators,
          routes_of_the_host_do_not_exist_over_the_network,
          without_a_session_every_route_that_needs_one_answers_401,
          an_expired_session_opens_nothing, no_unsafe_route_works_without_the_csrf_token,
          strict_routes_refuse_members_that_only_the_server_sets,
          lenient_routes_ignore_members_that_only_the_server_sets,
          ids_of_another_tenant_are_unknown_in_bodies_and_paths)
