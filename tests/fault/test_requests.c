/* Memory that runs out at the n-th allocation, n = 0, 1, 2 …, in requests of many kinds.
 *
 * Each is answered as always or refused with 503; behind every failure the same request succeeds,
 * and the store is whole. Allocations of the libraries themselves are theirs to fail. */
#include "lib/fault.h"

#include "app.h"
#include "host.h"
#include "lib/main.h"
#include "lib/temp_dir.h"
#include "storage/storage.h"

static struct app *app;
static struct store_reader *reader;
static unsigned failures; /* of all kinds together */

/* As the host, who may do everything; without a server all stages run in this thread, but for the
 * writer's. */
static const struct request {
    enum method method;
    const char *path, *body;
    int http_status;
} requests[] = {
    {METHOD_GET, "/health", "", 200},
    {METHOD_GET, "/readyz", "", 200},
    {METHOD_GET, "/version", "", 200},
    {METHOD_GET, "/api/info", "", 200},
    {METHOD_GET, "/openapi.json", "", 200},
    {METHOD_GET, "/", "", 200},
    {METHOD_GET, "/api/plans", "", 200},
    {METHOD_GET, "/api/sample", "", 200},
    {METHOD_GET, "/api/admin/users", "", 200},
    {METHOD_GET, "/api/admin/users/1", "", 200},
    {METHOD_PATCH, "/api/admin/users/1", "{\"name\":\"Ann\"}", 200},
    {METHOD_POST, "/api/admin/users", "{\"email\":\"ann@example.com\",\"plan\":\"enterprise\"}",
     409},
    {METHOD_POST, "/api/admin/users", "{\"email\":17}", 400},
    {METHOD_POST, "/api/admin/users/1/keys", "{\"name\":\"n\"}", 201},
    {METHOD_GET, "/api/admin/users/1/keys", "", 200},
    {METHOD_GET, "/api/admin/keys", "", 200},
    {METHOD_POST, "/api/admin/users/1/reset-link", "", 201},
    {METHOD_GET, "/api/admin/config", "", 200},
    {METHOD_GET, "/api/admin/storage", "", 200},
    {METHOD_GET, "/api/admin/audit", "", 200},
    {METHOD_GET, "/api/admin/usage", "", 200},
    {METHOD_GET, "/api/admin/jobs", "", 200},
    {METHOD_GET, "/api/admin/projects", "", 200},
    {METHOD_GET, "/api/host/db", "", 200},
    {METHOD_GET, "/api/host/backup", "", 200},
};

/* 0: there was no memory even to begin. */
static int ask(const struct request *r)
{
    struct host_local local = {.app = app, .reader = reader, .actor = S("unix:test(1)")};
    struct host_reply reply = {0};
    struct error err = {0};
    struct arena arena;
    const struct host_request request = {
        .method = r->method, .path = slice_of(r->path), .body = slice_of(r->body)};
    arena_init(&arena, 64 << 20);
    status rc = host_call_local(&local, &request, &arena, &reply, &err);
    arena_finish(&arena);
    return rc == ST_OK ? reply.http_status : rc == ST_NO_MEMORY ? 0 : -(int)rc;
}

/* True when the failure was used up. */
static bool once(const struct request *r, enum fault_call kind, unsigned n)
{
    fault_arm(kind, n);
    int got = ask(r);
    bool hit = fault_disarm();
    ck_assert_msg(got == r->http_status || (hit && (got == 503 || got == 0)), "%s %s, %s %u: %d",
                  method_name(r->method), r->path, fault_names[kind], n, got);
    failures += hit;
    return hit;
}

static unsigned sweep(const struct request *r)
{
    static const enum fault_call kinds[] = {FAULT_MALLOC, FAULT_CALLOC};
    unsigned before = failures;
    ck_assert_msg(ask(r) == r->http_status, "%s: %d", r->path, ask(r));
    for (size_t k = 0; k < ARRAY_COUNT(kinds); k++)
        for (unsigned n = 0; once(r, kinds[k], n); n++)
            ck_assert_msg(ask(r) == r->http_status, "%s behind failure %u", r->path, n);
    return failures - before;
}

START_TEST(every_allocation_may_fail_in_every_kind_of_request)
{
    static char dir[TEMP_DIR_MAX];
    struct error err = {0};
    struct store_check check = {0};
    const struct app_options options = {.data_dir = dir};
    const struct request user = {METHOD_POST, "/api/admin/users",
                                 "{\"email\":\"ann@example.com\",\"plan\":\"enterprise\"}", 201};
    temp_dir_make(dir);
    ck_ok(app_open(&options, /* writer= */ true, &app, &err));
    ck_ok(store_reader_create(app->store, &reader, &err));
    ck_assert_int_eq(ask(&user), user.http_status);
    for (size_t i = 0; i < ARRAY_COUNT(requests); i++)
        if (sweep(&requests[i]) == 0)
            printf("no allocation of ours: %s\n", requests[i].path);
    ck_ok(store_check(app->store, &check, &err));
    ck_assert_uint_eq(check.problems, 0);
    ck_assert_uint_gt(failures, ARRAY_COUNT(requests));
    printf(
        "figure: %u failed allocations in %zu kinds of requests: 503 or as always, store whole\n",
        failures, ARRAY_COUNT(requests));
    store_reader_destroy(&reader);
    app_close(&app);
    temp_dir_remove(dir);
}
END_TEST

TEST_MAIN("fault_requests", every_allocation_may_fail_in_every_kind_of_request)
