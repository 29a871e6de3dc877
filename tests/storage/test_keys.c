/* Tests of API keys. */
#include "lib/temp_store.h"

static struct store_api_key make_key(struct temp_store *t, uint64_t user_id, uint64_t id)
{
    return (struct store_api_key){.id = id,
                                  .user_id = user_id,
                                  .hash = temp_hash_slice(t, (unsigned)(user_id * 1000 + id)),
                                  .name = S("ci"),
                                  .prefix = S("sk_live_1234567..."),
                                  .scopes = STORE_SCOPE_DETECT,
                                  .livemode = true,
                                  .created_ms = T0_MS};
}

START_TEST(a_key_is_found_by_hash_and_by_owner_and_number)
{
    struct temp_store t;
    struct store_api_key back;
    struct crypt_hash hash = temp_hash(1007);
    temp_open(&t);
    uint64_t user = temp_user(&t, "a@b.c", STORE_ROLE_USER);
    struct store_api_key key = make_key(&t, user, 7);
    ck_status(store_key_add(&t.w, &key), ST_OK);
    ck_status(store_key_add(&t.w, &key), ST_CONFLICT);
    ck_status(store_key_get(&t.w, &hash, &t.arena, &back), ST_OK);
    ck_slice(back.name, "ci");
    ck_status(store_key_find(&t.w, user, 7, &t.arena, &back), ST_OK);
    ck_status(store_key_find(&t.w, user + 1, 7, &t.arena, &back), ST_NOT_FOUND);
    ck_status(store_key_find(&t.w, user, 8, &t.arena, &back), ST_NOT_FOUND);
    temp_commit(&t);
    temp_close(&t);
}
END_TEST

START_TEST(revoking_is_for_the_owner_and_final)
{
    struct temp_store t;
    struct store_api_key back;
    temp_open(&t);
    uint64_t user = temp_user(&t, "a@b.c", STORE_ROLE_USER);
    struct store_api_key key = make_key(&t, user, 1);
    ck_status(store_key_add(&t.w, &key), ST_OK);
    ck_status(store_key_revoke(&t.w, user + 1, 1, T0_MS), ST_NOT_FOUND);
    ck_status(store_key_revoke(&t.w, user, 1, T0_MS), ST_OK);
    ck_status(store_key_revoke(&t.w, user, 1, T0_MS + 5), ST_OK);
    ck_status(store_key_find(&t.w, user, 1, &t.arena, &back), ST_OK);
    ck_assert_int_eq(back.revoked_ms, T0_MS); /* the first time counts */
    temp_commit(&t);
    temp_close(&t);
}
END_TEST

START_TEST(only_keys_that_work_are_counted)
{
    struct temp_store t;
    uint64_t count;
    temp_open(&t);
    uint64_t user = temp_user(&t, "a@b.c", STORE_ROLE_USER);
    for (uint64_t i = 1; i <= 4; i++) {
        struct store_api_key key = make_key(&t, user, i);
        key.expires_ms = i == 2 ? T0_MS : 0;
        key.revoked_ms = i == 3 ? T0_MS : 0;
        ck_status(store_key_add(&t.w, &key), ST_OK);
    }
    ck_status(store_key_count(&t.w, user, T0_MS - 1, &count), ST_OK);
    ck_assert_uint_eq(count, 3);
    ck_status(store_key_count(&t.w, user, T0_MS, &count), ST_OK);
    ck_assert_uint_eq(count, 2);
    for (uint64_t max = 0; max <= 6; max++) { /* 5, 6: the index alone tells; 2 to 4: it does not */
        bool has_room;
        ck_status(store_key_room(&t.w, user, T0_MS, max, &has_room), ST_OK);
        ck_assert_int_eq(has_room, max > 2);
    }
    struct store_page page = {0};
    struct store_api_key *rows;
    ck_status(store_key_list(&t.w, user, &page, &t.arena, &rows), ST_OK);
    ck_assert_uint_eq(page.count, 4);
    ck_assert_uint_eq(rows[3].id, 4);
    temp_commit(&t);
    temp_close(&t);
}
END_TEST

START_TEST(a_put_keeps_the_owner_and_raises_rev)
{
    struct temp_store t;
    temp_open(&t);
    uint64_t user = temp_user(&t, "a@b.c", STORE_ROLE_USER);
    struct store_api_key key = make_key(&t, user, 1);
    ck_status(store_key_add(&t.w, &key), ST_OK);
    key.name = S("renamed");
    ck_status(store_key_put(&t.w, &key), ST_OK);
    ck_assert_uint_eq(key.rev, 2);
    key.user_id++;
    ck_status(store_key_put(&t.w, &key), ST_CONFLICT);
    temp_commit(&t);
    temp_close(&t);
}
END_TEST

START_TEST(last_use_is_noted_in_batches_and_never_goes_back)
{
    struct temp_store t;
    struct store_api_key back;
    temp_open(&t);
    uint64_t user = temp_user(&t, "a@b.c", STORE_ROLE_USER);
    struct store_api_key key = make_key(&t, user, 1);
    ck_status(store_key_add(&t.w, &key), ST_OK);
    struct store_touch rows[] = {{temp_hash(1001), T0_MS + 50, S("10.0.0.1")},
                                 {temp_hash(1001), T0_MS + 20, S("10.0.0.2")},
                                 {temp_hash(555), T0_MS + 20, S("")}}; /* a key that is gone */
    rows[0].hash = rows[1].hash = temp_hash((unsigned)(user * 1000 + 1));
    ck_status(store_key_touch(&t.w, rows, 3), ST_OK);
    ck_status(store_key_find(&t.w, user, 1, &t.arena, &back), ST_OK);
    ck_assert_int_eq(back.last_used_ms, T0_MS + 50);
    ck_slice(back.last_used_address, "10.0.0.1");
    ck_assert_uint_eq(back.rev, 1); /* use is no change */
    temp_commit(&t);
    temp_close(&t);
}
END_TEST

TEST_MAIN("keys", a_key_is_found_by_hash_and_by_owner_and_number,
          revoking_is_for_the_owner_and_final, only_keys_that_work_are_counted,
          a_put_keeps_the_owner_and_raises_rev, last_use_is_noted_in_batches_and_never_goes_back)
