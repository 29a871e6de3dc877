/* Tests of the janitor: what expired is gone after a round, tasks keep their pace, the thread ends.
 */
#include "app.h"
#include "blob_fixture.h"
#include "janitor.h"

static struct blob_fixture f;
static struct app app;

static void open_app(void)
{
    struct error err = {0};
    fixture_open(&f);
    app = (struct app){.magic = APP_MAGIC, .store = f.t.store, .blobs = f.blobs};
    for (int i = 0; i < 450; i++) { /* more than two transactions take */
        char id[16];
        (void)snprintf(id, sizeof id, "fil_%03d", i);
        struct store_stored_file file = {.id = slice_of(id),
                                         .user_id = 1,
                                         .size_bytes = 10,
                                         .state = STORE_FILE_UPLOADING,
                                         .created_ms = 1,
                                         .expires_ms = 2};
        ck_ok(store_file_put(temp_write(&f.t), &file));
    }
    temp_commit(&f.t);
}

static uint64_t bytes(void)
{
    uint64_t sum = 0;
    ck_status(store_file_bytes(temp_read(&f.t), 1, &sum), ST_OK);
    return sum;
}

START_TEST(abandoned_uploads_and_unused_blobs_are_dropped)
{
    struct janitor_tasks *tasks;
    struct error err = {0};
    open_app();
    struct crypt_hash hash = fixture_put(&f, "orphan");
    fixture_age(&f, &hash, 7200);
    ck_assert_uint_eq(bytes(), 4500);
    ck_ok(janitor_tasks_create(&app, &tasks, &err));
    for (int64_t i = 0; i < 256; i++)
        janitor_tasks_run(tasks, 1 + i * 10000);
    ck_assert_uint_eq(bytes(), 0);
    ck_assert(!fixture_exists(&f, &hash));
    janitor_tasks_destroy(&tasks);
    fixture_close(&f);
}
END_TEST

START_TEST(a_task_waits_for_its_time)
{
    struct janitor_tasks *tasks;
    struct error err = {0};
    open_app();
    ck_ok(janitor_tasks_create(&app, &tasks, &err));
    janitor_tasks_run(tasks, 1000);
    ck_assert_uint_eq(bytes(), 0);
    struct store_stored_file file = {
        .id = S("fil_x"), .user_id = 1, .size_bytes = 7, .created_ms = 1, .expires_ms = 2};
    ck_ok(store_file_put(temp_write(&f.t), &file));
    temp_commit(&f.t);
    janitor_tasks_run(tasks, 5999);
    ck_assert_uint_eq(bytes(), 7);
    janitor_tasks_run(tasks, 6000);
    ck_assert_uint_eq(bytes(), 0);
    janitor_tasks_destroy(&tasks);
    fixture_close(&f);
}
END_TEST

START_TEST(the_thread_starts_and_ends)
{
    struct janitor *janitor;
    struct error err = {0};
    open_app();
    ck_ok(janitor_start(&app, &janitor, &err));
    janitor_stop(&janitor);
    janitor_stop(&janitor);
    fixture_close(&f);
}
END_TEST

TEST_MAIN("janitor", abandoned_uploads_and_unused_blobs_are_dropped, a_task_waits_for_its_time,
          the_thread_starts_and_ends)
