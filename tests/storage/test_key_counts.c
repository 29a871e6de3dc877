/* Tests of the row that tells how many keys of a user work. */
#include "lib/temp_store.h"
#include "storage/internal.h"

static void add_key(struct temp_store *t, uint64_t user, uint64_t id, int64_t expires_ms)
{
    struct store_api_key key = {.id = id,
                                .user_id = user,
                                .hash = temp_hash_slice(t, (unsigned)id),
                                .expires_ms = expires_ms};
    ck_status(store_key_add(temp_write(t), &key), ST_OK);
}

static bool has_room(struct temp_store *t, uint64_t user, int64_t now_ms, uint64_t max)
{
    bool room = false;
    ck_status(store_key_room(&t->w, user, now_ms, max, &room), ST_OK);
    return room;
}

/* What the row says is what a walk over the keys says. */
static void agree(struct temp_store *t, uint64_t user, int64_t now_ms)
{
    uint64_t count;
    ck_status(store_key_count(&t->w, user, now_ms, &count), ST_OK);
    ck_assert(!has_room(t, user, now_ms, count));
    ck_assert(has_room(t, user, now_ms, count + 1));
}

START_TEST(keys_that_come_expire_or_end_move_the_count)
{
    struct temp_store t;
    temp_open(&t);
    uint64_t user = temp_user(&t, "a@b.c", STORE_ROLE_USER);
    ck_assert(!has_room(&t, user, T0_MS, 0));
    agree(&t, user, T0_MS);
    for (uint64_t i = 1; i <= 6; i++) {
        add_key(&t, user, i, i % 2 ? 0 : T0_MS + (int64_t)i * 10);
        agree(&t, user, T0_MS);
    }
    for (int64_t now = T0_MS + 15; now < T0_MS + 70; now += 5) /* at and between expiries */
        agree(&t, user, now);
    ck_status(store_key_revoke(&t.w, user, 1, T0_MS), ST_OK);
    agree(&t, user, T0_MS + 70);
    ck_status(store_key_revoke(&t.w, user, 2, T0_MS), ST_OK); /* expired, so not counted before */
    agree(&t, user, T0_MS + 70);
    ck_status(store_key_revoke(&t.w, user, 1, T0_MS), ST_OK); /* again */
    agree(&t, user, T0_MS + 70);
    temp_commit(&t);
    temp_close(&t);
}
END_TEST

START_TEST(another_expiry_counts_from_then_on)
{
    struct temp_store t;
    struct store_api_key key;
    temp_open(&t);
    uint64_t user = temp_user(&t, "a@b.c", STORE_ROLE_USER);
    add_key(&t, user, 1, T0_MS + 10);
    add_key(&t, user, 2, 0);
    agree(&t, user, T0_MS + 20); /* the first one is out */
    ck_status(store_key_find(&t.w, user, 1, &t.arena, &key), ST_OK);
    key.expires_ms = T0_MS + 50;
    ck_status(store_key_put(&t.w, &key), ST_OK);
    agree(&t, user, T0_MS + 20);
    agree(&t, user, T0_MS + 50);
    ck_status(store_key_find(&t.w, user, 2, &t.arena, &key), ST_OK);
    key.expires_ms = T0_MS + 60;
    ck_status(store_key_put(&t.w, &key), ST_OK);
    agree(&t, user, T0_MS + 59);
    agree(&t, user, T0_MS + 60);
    temp_commit(&t);
    temp_close(&t);
}
END_TEST

START_TEST(a_wrong_count_is_found_and_a_user_takes_it_along)
{
    struct temp_store t;
    struct store_ref row;
    bool right;
    temp_open(&t);
    uint64_t user = temp_user(&t, "a@b.c", STORE_ROLE_USER);
    struct key at = key_of_u64(user);
    add_key(&t, user, 1, T0_MS + 10);
    ck_status(row_get(&t.w, TABLE_API_KEY_COUNT, &at, &t.arena, &row), ST_OK);
    ck_status(key_count_check(&t.w, user, &row, &right), ST_OK);
    ck_assert(right);
    row.id++;
    ck_status(key_count_check(&t.w, user, &row, &right), ST_OK);
    ck_assert(!right);
    ck_status(store_user_del(&t.w, user), ST_OK);
    ck_assert(!row_exists(&t.w, TABLE_API_KEY_COUNT, &at));
    temp_commit(&t);
    temp_close(&t);
}
END_TEST

TEST_MAIN("key_counts", keys_that_come_expire_or_end_move_the_count,
          another_expiry_counts_from_then_on, a_wrong_count_is_found_and_a_user_takes_it_along)
