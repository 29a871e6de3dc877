/* Tests of Idempotency-Key on a route whose answer holds a secret. */
#include "lib/gate.h"

static struct gate g;
static char key[API_KEY_LEN + 1];

static struct call *create(const char *idempotency_key, const char *body)
{
    if (idempotency_key)
        gate_header(&g, "idempotency-key", idempotency_key);
    return gate_run(&g, METHOD_POST, "/api/dashboard/keys", key, body);
}

START_TEST(a_repeat_is_answered_and_not_done_again)
{
    gate_open(&g);
    (void)gate_user(&g, "a@example.com", "pro", SCOPES_ALL, key, NULL);
    struct call *call = create("abcdefgh", "{\"name\":\"ci\"}");
    gate_expect(call, 201, "\"key\":\"sk_live_");
    gate_end(call);
    call = create("\"abcdefgh\"", "{\"name\":\"ci\"}");
    gate_expect(call, 409, "\"code\":\"already_created\"");
    gate_expect(call, 409, "\"created\":{\"id\":2,\"prefix\":\"sk_live_");
    gate_end(call);
    call = create("abcdefgh", "{\"name\":\"other\"}");
    gate_expect(call, 422, "idempotency_mismatch");
    gate_end(call);
    call = create("abcdefg2", "{\"name\":\"ci\"}");
    gate_expect(call, 201, "\"id\":3");
    gate_end(call);
    call = create(NULL, "{\"name\":\"ci\"}");
    gate_expect(call, 201, "\"id\":4");
    gate_end(call);
    gate_close(&g);
}
END_TEST

START_TEST(a_key_is_forgotten_after_a_day_and_belongs_to_its_user)
{
    char other[API_KEY_LEN + 1];
    gate_open(&g);
    (void)gate_user(&g, "a@example.com", "pro", SCOPES_ALL, key, NULL);
    gate_end(create("abcdefgh", "{}"));
    (void)gate_user(&g, "b@example.com", "pro", SCOPES_ALL, other, NULL);
    gate_header(&g, "idempotency-key", "abcdefgh");
    struct call *call = gate_run(&g, METHOD_POST, "/api/dashboard/keys", other, "{}");
    gate_expect(call, 201, "sk_live_");
    gate_end(call);
    g.now_ms += 24 * 3600 * 1000;
    call = create("abcdefgh", "{}");
    gate_expect(call, 201, "sk_live_");
    gate_end(call);
    gate_close(&g);
}
END_TEST

START_TEST(malformed_keys_are_refused)
{
    gate_open(&g);
    (void)gate_user(&g, "a@example.com", "pro", SCOPES_ALL, key, NULL);
    const char *wrong[] = {"short", "", "has blank in it", "\"\"", "caf\xc3\xa9-12345"};
    for (size_t i = 0; i < ARRAY_COUNT(wrong); i++) {
        struct call *call = create(wrong[i], "{}");
        gate_expect(call, 400, "invalid_idempotency_key");
        gate_end(call);
    }
    gate_close(&g);
}
END_TEST

TEST_MAIN("idempotency", a_repeat_is_answered_and_not_done_again,
          a_key_is_forgotten_after_a_day_and_belongs_to_its_user, malformed_keys_are_refused)
