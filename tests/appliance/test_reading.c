/* Tests of snapshots for stages without a reader. */
#include "reading.h"

#include "lib/gate.h"

START_TEST(a_snapshot_sees_what_was_committed_before_it)
{
    struct gate g;
    char key[API_KEY_LEN + 1];
    struct error err = {0};
    struct reading reading;
    struct store_user user;
    gate_open(&g);
    ck_ok(reading_begin_app(&g.app, &reading, &err));
    ck_assert_int_eq(store_user_get(reading.txn, 1, &g.t.arena, &user), ST_NOT_FOUND);
    ck_ok(reading_end(&reading, &err));
    (void)gate_user(&g, "a@example.com", "pro", SCOPES_ALL, key, NULL);
    ck_ok(reading_begin_app(&g.app, &reading, &err));
    ck_assert_int_eq(store_user_get(reading.txn, 1, &g.t.arena, &user), ST_OK);
    ck_ok(reading_end(&reading, &err));
    ck_ok(reading_end(&reading, &err)); /* ended ones are allowed */
    gate_close(&g);
}
END_TEST

/* Each takes a slot of the store; ended ones give it back. */
START_TEST(slots_of_readers_come_back)
{
    struct gate g;
    struct error err = {0};
    struct reading reading;
    gate_open(&g);
    for (int i = 0; i < 3000; i++) {
        ck_ok(reading_begin_app(&g.app, &reading, &err));
        ck_ok(reading_end(&reading, &err));
    }
    gate_close(&g);
}
END_TEST

TEST_MAIN("reading", a_snapshot_sees_what_was_committed_before_it, slots_of_readers_come_back)
