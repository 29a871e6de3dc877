/* Tests of backups as calls start and watch them: outcome, audit, keys, refusals. */
#include "backup_task.h"

#include "base/file.h"
#include "lib/gate.h"
#include "storage/backup_file.h"

#include <sys/stat.h>

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

static struct backup_state run(const struct backup_order *order)
{
    static struct backup_state state;
    struct error err = {0};
    ck_ok(backup_task_start(g.app.backup, order, &err));
    backup_task_state(g.app.backup, &state);
    ck_assert(state.known && !state.running);
    return state;
}

START_TEST(a_backup_is_made_audited_and_remembered)
{
    struct error err = {0};
    struct stat info;
    int64_t last = -1;
    start();
    ck_ok(backup_last(g.t.store, &last, &err));
    ck_assert_int_eq(last, 0);
    const struct backup_order order = {
        .actor = S("unix:me(1)"), .rate_mib = UINT64_MAX, .now_ms = T0_MS};
    struct backup_state state = run(&order);
    ck_assert_msg(state.rc == ST_OK, "%s", state.err.text);
    ck_assert_str_eq(state.name, "sleuth-20261118T110640.000Z.backup");
    ck_assert_int_eq(stat(state.path, &info), 0);
    ck_assert_uint_eq(info.st_mode & 0777, 0600);
    ck_ok(backup_last(g.t.store, &last, &err));
    ck_assert_int_eq(last, T0_MS);
    ck_assert_int_eq(atomic_load(&g.app.backup_ms), T0_MS);
    ck_assert_uint_eq(table_rows(temp_read(&g.t), TABLE_AUDIT), 1);
    state = run(&order); /* the same second */
    ck_assert_int_eq(state.rc, ST_CONFLICT);
    stop();
}
END_TEST

START_TEST(what_a_kill_left_is_removed)
{
    struct error err = {0};
    char path[128];
    start();
    (void)snprintf(path, sizeof path, "%s/backups", g.t.dir);
    ck_ok(file_make_dirs(path, 0700, &err));
    (void)snprintf(path, sizeof path, "%s/backups/sleuth-1.backup.partial", g.t.dir);
    ck_ok(file_replace(path, S("x"), 0600, &err));
    (void)run(&(struct backup_order){.rate_mib = 0, .now_ms = T0_MS});
    ck_assert_int_ne(access(path, F_OK), 0);
    stop();
}
END_TEST

START_TEST(keys_are_texts_and_wrong_ones_are_refused)
{
    struct error err = {0};
    unsigned char public_key[CRYPT_BOX_KEY_BYTES], secret[CRYPT_BOX_KEY_BYTES], back[32];
    char text[BACKUP_KEY_TEXT_MAX];
    crypt_box_keypair(public_key, secret);
    slice shown = backup_key_text("slpub_", public_key, text);
    ck_assert(backup_key_parse("slpub_", shown, back));
    ck_assert_mem_eq(back, public_key, sizeof back);
    ck_assert(!backup_key_parse("slsec_", shown, back));
    ck_assert(!backup_key_parse("slpub_", slice_sub(shown, 0, shown.len - 1), back));
    start();
    struct backup_state state =
        run(&(struct backup_order){.recipient = shown, .rate_mib = 0, .now_ms = T0_MS});
    ck_assert_int_eq(state.rc, ST_OK);
    ck_status(backup_task_start(g.app.backup,
                                &(struct backup_order){.recipient = S("slpub_x"), .now_ms = T0_MS},
                                &err),
              ST_INVALID);
    backup_task_state(g.app.backup, &state);
    ck_assert(!state.known);
    stop();
}
END_TEST

START_TEST(a_directory_that_cannot_be_made_is_told)
{
    struct error err = {0};
    start();
    g.config.backup_dir = S("/proc/nowhere");
    ck_status(backup_task_start(g.app.backup, &(struct backup_order){.now_ms = T0_MS}, &err),
              ST_IO);
    stop();
}
END_TEST

TEST_MAIN("backup_task", a_backup_is_made_audited_and_remembered, what_a_kill_left_is_removed,
          keys_are_texts_and_wrong_ones_are_refused, a_directory_that_cannot_be_made_is_told)
