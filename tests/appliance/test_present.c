/* Tests of records as the API shows them. */
#include "present.h"

#include "lib/main.h"
#include "route.h"

static slice show_key(struct buf *buf, const struct store_api_key *key, int64_t now_ms)
{
    struct json_out w;
    buf_init(buf, 1 << 16);
    json_out_init(&w, buf, 0);
    json_object(&w);
    present_key(&w, key, now_ms);
    json_end(&w);
    return buf_slice(buf);
}

START_TEST(a_key_shows_the_fields_of_the_contract_and_no_hash)
{
    struct buf buf;
    struct store_api_key key = {.id = 3,
                                .name = S("ci"),
                                .prefix = S("sk_live_Ab3dEfG..."),
                                .hash = S("0123456789abcdef0123456789abcdef"),
                                .scopes = SCOPE_DETECT | SCOPE_KEYS_READ,
                                .livemode = true,
                                .cidrs = S("10.0.0.0/8,::1/128"),
                                .created_ms = 1700000000000};
    slice text = show_key(&buf, &key, 1700000000001);
    ck_slice(text, "{\"id\":3,\"name\":\"ci\",\"prefix\":\"sk_live_Ab3dEfG...\","
                   "\"created_at\":\"2023-11-14T22:13:20Z\",\"last_used_at\":null,"
                   "\"is_active\":true,\"scopes\":[\"detect\",\"keys:read\"],"
                   "\"expires_at\":null,\"revoked_at\":null,\"livemode\":true,"
                   "\"allowed_cidrs\":[\"10.0.0.0/8\",\"::1/128\"],"
                   "\"rate_override\":{\"per_minute\":null,\"per_day\":null}}");
    buf_finish(&buf);
}
END_TEST

START_TEST(a_key_is_active_until_it_expires_or_is_revoked)
{
    struct store_api_key key = {.expires_ms = 100};
    ck_assert(key_is_active(&key, 99));
    ck_assert(!key_is_active(&key, 100));
    key.expires_ms = 0;
    key.revoked_ms = 1;
    ck_assert(!key_is_active(&key, 0));
}
END_TEST

START_TEST(roles_have_names_both_ways)
{
    uint64_t role;
    for (uint64_t i = STORE_ROLE_USER; i <= STORE_ROLE_ADMIN; i++) {
        ck_assert(role_from(slice_of(role_name(i)), &role));
        ck_assert_uint_eq(role, i);
    }
    ck_assert(!role_from(S("root"), &role));
    ck_assert_str_eq(role_name(99), "user");
}
END_TEST

START_TEST(plans_show_unlimited_as_null)
{
    struct plans plans;
    struct error err;
    struct buf buf;
    struct json_out w;
    ck_ok(plans_load(NULL, &plans, &err));
    buf_init(&buf, 1 << 16);
    json_out_init(&w, &buf, 0);
    json_object(&w);
    present_plan(&w, &plans.plan[PLAN_ENTERPRISE]);
    json_end(&w);
    ck_assert(slice_find(buf_slice(&buf), S("\"per_day\":null,\"analyses_per_month\":null"),
                         &(size_t){0}));
    ck_assert(slice_find(buf_slice(&buf), S("\"price\":null"), &(size_t){0}));
    buf_finish(&buf);
    plans_finish(&plans);
}
END_TEST

TEST_MAIN("present", a_key_shows_the_fields_of_the_contract_and_no_hash,
          a_key_is_active_until_it_expires_or_is_revoked, roles_have_names_both_ways,
          plans_show_unlimited_as_null)
