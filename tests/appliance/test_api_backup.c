/* Tests of the routes that start and watch backups. */
#include "backup_task.h"
#include "lib/gate.h"

static struct gate g;

static void start(void)
{
    struct error err = {0};
    gate_open(&g);
    g.app.data_dir = g.t.dir;
    ck_ok(backup_task_create(&g.app, &g.app.backup, &err));
}

static void stop(void)
{
    backup_task_destroy(&g.app.backup);
    gate_close(&g);
}

static void expect(enum method method, const char *path, const char *body, int http_status,
                   const char *says)
{
    g.actor = ACTOR_HOST;
    struct call *call = gate_run(&g, method, path, NULL, body);
    gate_expect(call, http_status, says);
    gate_end(call);
}

START_TEST(a_backup_is_started_and_told)
{
    start();
    expect(METHOD_GET, "/api/host/backup", "", 200,
           "{\"running\":false,\"name\":null,\"started_at\":null,\"ended_at\":null,"
           "\"last_success_at\":null}");
    expect(METHOD_POST, "/api/host/backup", "{}", 200, "\"blobs_missing\":0");
    expect(METHOD_GET, "/api/host/backup", "", 200, "\"last_success_at\":\"2026-11-18T");
    expect(METHOD_POST, "/api/host/backup", "{}", 200, "\"error_code\":\"conflict\"");
    stop();
}
END_TEST

START_TEST(wrong_orders_are_refused)
{
    start();
    expect(METHOD_POST, "/api/host/backup", "{\"blobs\":\"none\"}", 400, "include");
    expect(METHOD_POST, "/api/host/backup", "{\"recipient\":\"slpub_no\"}", 400, "keygen");
    expect(METHOD_POST, "/api/host/backup", "{\"passphrase\":\"short\"}", 400, "passphrase");
    expect(METHOD_POST, "/api/host/backup", "{\"path\":\"/etc/passwd\"}", 400, "path");
    stop();
}
END_TEST

/* Over HTTP no passphrase travels and no path is told. */
START_TEST(administrators_learn_no_paths)
{
    start();
    expect(METHOD_POST, "/api/admin/backup", "{\"passphrase\":\"long enough\"}", 400, "passphrase");
    g.actor = ACTOR_HOST;
    struct call *call =
        gate_run(&g, METHOD_POST, "/api/admin/backup", NULL, "{\"blobs\":\"refs\"}");
    size_t at;
    gate_expect(call, 200, "\"name\":\"sleuth-");
    ck_assert(!slice_find(gate_body(call), S("\"path\""), &at));
    gate_end(call);
    stop();
}
END_TEST

TEST_MAIN("api_backup", a_backup_is_started_and_told, wrong_orders_are_refused,
          administrators_learn_no_paths)
