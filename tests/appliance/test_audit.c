/* Tests that changes leave their record, and refused ones none. */
#include "audit.h"
#include "lib/gate.h"

static struct gate g;
static char key[API_KEY_LEN + 1];

START_TEST(every_change_is_recorded_with_its_actor)
{
    struct store_page page = {0};
    struct store_audit *rows;
    struct error err = {0};
    uint64_t count;
    gate_open(&g);
    (void)gate_user(&g, "a@example.com", "free", SCOPES_ALL, key, NULL);
    gate_end(gate_run(&g, METHOD_POST, "/api/dashboard/keys", key, "{}"));
    gate_end(gate_run(&g, METHOD_POST, "/api/dashboard/keys", key, "{}")); /* over the plan */
    gate_end(gate_run(&g, METHOD_DELETE, "/api/dashboard/keys/2", key, ""));
    gate_end(gate_run(&g, METHOD_DELETE, "/api/dashboard/keys/2", key, "")); /* a repeat */
    g.actor = ACTOR_HOST;
    gate_end(gate_run(&g, METHOD_PATCH, "/api/admin/users/1", NULL, "{\"plan\":\"pro\"}"));
    ck_ok(store_audit_list(temp_read(&g.t), &page, &g.t.arena, &rows));
    ck_assert_uint_eq(page.count, 3);
    ck_slice(rows[0].action, "key.create");
    ck_assert(slice_has_prefix(rows[0].actor, S("key:sk_live_")));
    ck_slice(rows[0].object, "key:2");
    ck_slice(rows[0].address, "192.0.2.7");
    ck_slice(rows[1].action, "key.revoke");
    ck_slice(rows[2].action, "user.change");
    ck_slice(rows[2].actor, "unix:test(1)");
    ck_slice(rows[2].object, "user:1");
    ck_ok(store_audit_verify(temp_read(&g.t), &count, &err));
    ck_assert_uint_eq(count, 3);
    gate_close(&g);
}
END_TEST

TEST_MAIN("audit", every_change_is_recorded_with_its_actor)
