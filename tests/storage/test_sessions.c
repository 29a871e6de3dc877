/* Tests of sessions and tokens. */
#include "lib/temp_store.h"

static void put_session(struct temp_store *t, uint64_t user_id, unsigned n, const char *id)
{
    struct store_session session = {.id = slice_of(id),
                                    .user_id = user_id,
                                    .hash = temp_hash_slice(t, n),
                                    .seen_ms = T0_MS,
                                    .expires_ms = T0_MS + 1000};
    ck_status(store_session_put(temp_write(t), &session), ST_OK);
}

START_TEST(a_session_is_found_by_its_hash_alone)
{
    struct temp_store t;
    struct store_session session;
    struct crypt_hash good = temp_hash(1), bad = temp_hash(2);
    temp_open(&t);
    put_session(&t, 1, 1, "ses_a");
    temp_commit(&t);
    ck_status(store_session_get(temp_read(&t), &good, &t.arena, &session), ST_OK);
    ck_slice(session.id, "ses_a");
    ck_status(store_session_get(t.r, &bad, &t.arena, &session), ST_NOT_FOUND);
    temp_close(&t);
}
END_TEST

START_TEST(touching_moves_forward_and_revives_nothing)
{
    struct temp_store t;
    struct store_session session;
    struct crypt_hash hash = temp_hash(1);
    temp_open(&t);
    put_session(&t, 1, 1, "ses_a");
    ck_status(store_session_touch(&t.w, &hash, T0_MS + 7), ST_OK);
    ck_status(store_session_touch(&t.w, &hash, T0_MS + 3), ST_OK);
    ck_status(store_session_get(&t.w, &hash, &t.arena, &session), ST_OK);
    ck_assert_int_eq(session.seen_ms, T0_MS + 7);
    ck_status(store_session_end(&t.w, 1, S("ses_a")), ST_OK);
    ck_status(store_session_touch(&t.w, &hash, T0_MS + 9), ST_NOT_FOUND);
    temp_commit(&t);
    temp_close(&t);
}
END_TEST

START_TEST(sessions_end_one_by_one_or_all_but_one)
{
    struct temp_store t;
    struct store_session *rows;
    struct store_page page = {0};
    uint64_t ended;
    temp_open(&t);
    put_session(&t, 1, 1, "ses_a");
    put_session(&t, 1, 2, "ses_b");
    put_session(&t, 1, 3, "ses_c");
    put_session(&t, 2, 4, "ses_a");
    ck_status(store_session_end(&t.w, 2, S("ses_b")), ST_NOT_FOUND); /* not this user's */
    ck_status(store_session_end_all(&t.w, 1, S("ses_b"), &ended), ST_OK);
    ck_assert_uint_eq(ended, 2);
    ck_status(store_session_list(&t.w, 1, &page, &t.arena, &rows), ST_OK);
    ck_assert_uint_eq(page.count, 1);
    ck_slice(rows[0].id, "ses_b");
    page = (struct store_page){0};
    ck_status(store_session_list(&t.w, 2, &page, &t.arena, &rows), ST_OK);
    ck_assert_uint_eq(page.count, 1);
    temp_commit(&t);
    temp_close(&t);
}
END_TEST

START_TEST(a_token_opens_one_kind_of_thing_for_a_while)
{
    struct temp_store t;
    struct crypt_hash hash = temp_hash(1);
    temp_open(&t);
    struct store_token back, token = {.hash = temp_hash_slice(&t, 1),
                                      .kind = STORE_TOKEN_RESET,
                                      .user_id = 4,
                                      .expires_ms = T0_MS + 10};
    ck_status(store_token_put(temp_write(&t), &token), ST_OK);
    ck_status(store_token_get(&t.w, STORE_TOKEN_RESET, &hash, T0_MS, &t.arena, &back), ST_OK);
    ck_assert_uint_eq(back.user_id, 4);
    ck_status(store_token_get(&t.w, STORE_TOKEN_SHARE, &hash, T0_MS, &t.arena, &back),
              ST_NOT_FOUND);
    ck_status(store_token_get(&t.w, STORE_TOKEN_RESET, &hash, T0_MS + 10, &t.arena, &back),
              ST_NOT_FOUND);
    ck_status(store_token_del(&t.w, &hash), ST_OK);
    ck_status(store_token_del(&t.w, &hash), ST_NOT_FOUND);
    temp_commit(&t);
    temp_close(&t);
}
END_TEST

TEST_MAIN("sessions", a_session_is_found_by_its_hash_alone,
          touching_moves_forward_and_revives_nothing, sessions_end_one_by_one_or_all_but_one,
          a_token_opens_one_kind_of_thing_for_a_while)
