/* Tests of kept answers. */
#include "lib/temp_store.h"

START_TEST(an_answer_is_kept_for_its_user_until_it_expires)
{
    struct temp_store t;
    struct store_idempotency back;
    struct crypt_hash hash = temp_hash(1);
    temp_open(&t);
    struct store_idempotency row = {.user_id = 1,
                                    .hash = temp_hash_slice(&t, 1),
                                    .fingerprint = S("f"),
                                    .expires_ms = T0_MS + 10};
    ck_status(store_idempotency_put(temp_write(&t), &row), ST_OK);
    row.state = STORE_IDEMPOTENCY_DONE;
    row.status = 201;
    row.body = S("{}");
    row.expires_ms = T0_MS + 20;
    ck_status(store_idempotency_put(&t.w, &row), ST_OK);
    ck_status(store_idempotency_get(&t.w, 1, &hash, T0_MS + 19, &t.arena, &back), ST_OK);
    ck_assert_uint_eq(back.state, STORE_IDEMPOTENCY_DONE);
    ck_slice(back.body, "{}");
    ck_status(store_idempotency_get(&t.w, 1, &hash, T0_MS + 20, &t.arena, &back), ST_NOT_FOUND);
    ck_status(store_idempotency_get(&t.w, 2, &hash, T0_MS, &t.arena, &back), ST_NOT_FOUND);
    ck_status(store_idempotency_del(&t.w, 2, &hash), ST_NOT_FOUND);
    ck_status(store_idempotency_del(&t.w, 1, &hash), ST_OK);
    temp_commit(&t);
    temp_close(&t);
}
END_TEST

TEST_MAIN("idempotency", an_answer_is_kept_for_its_user_until_it_expires)
