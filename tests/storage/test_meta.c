/* Tests of counters, settings and ids. */
#include "lib/temp_store.h"

START_TEST(ids_are_unique_and_sort_by_time)
{
    char a[STORE_ID_MAX], b[STORE_ID_MAX], c[STORE_ID_MAX];
    slice first = store_id_make(a, "job", T0_MS), same = store_id_make(b, "job", T0_MS);
    slice later = store_id_make(c, "job", T0_MS + 1);
    ck_assert_uint_eq(first.len, 4 + 26);
    ck_assert(slice_has_prefix(first, S("job_")));
    ck_assert(!slice_eq(first, same));
    ck_assert_int_lt(slice_cmp(first, later), 0);
    ck_assert_int_lt(slice_cmp(same, later), 0);
    for (size_t i = 4; i < first.len; i++)
        ck_assert_ptr_nonnull(strchr("0123456789abcdefghjkmnpqrstvwxyz", first.ptr[i]));
}
END_TEST

START_TEST(ids_of_children_sort_by_number)
{
    char a[STORE_ID_MAX], b[STORE_ID_MAX];
    ck_slice(store_sub_id(a, S("prj_x"), 42), "prj_x/0000002a");
    ck_assert_int_lt(slice_cmp(store_sub_id(a, S("prj_x"), 9), store_sub_id(b, S("prj_x"), 10)), 0);
}
END_TEST

START_TEST(numbers_count_up_and_survive)
{
    struct temp_store t;
    uint64_t id;
    temp_open(&t);
    ck_status(store_next_id(temp_write(&t), "api_key", &id), ST_OK);
    ck_assert_uint_eq(id, 1);
    temp_abort(&t);
    ck_status(store_next_id(temp_write(&t), "api_key", &id), ST_OK);
    ck_assert_uint_eq(id, 1); /* what was undone does not count */
    temp_commit(&t);
    temp_shut(&t);
    temp_reopen(&t);
    ck_status(store_next_id(temp_write(&t), "api_key", &id), ST_OK);
    ck_assert_uint_eq(id, 2);
    ck_status(store_next_id(&t.w, "other", &id), ST_OK);
    ck_assert_uint_eq(id, 1);
    temp_commit(&t);
    temp_close(&t);
}
END_TEST

START_TEST(a_counter_below_zero_is_damage)
{
    struct temp_store t;
    uint64_t value;
    temp_open(&t);
    ck_status(meta_add(temp_write(&t), "things", 5), ST_OK);
    ck_status(meta_add(&t.w, "things", -2), ST_OK);
    ck_status(meta_get(&t.w, "things", &value), ST_OK);
    ck_assert_uint_eq(value, 3);
    ck_status(meta_add(&t.w, "things", -4), ST_CORRUPT);
    temp_abort(&t);
    temp_close(&t);
}
END_TEST

START_TEST(settings_are_put_and_deleted)
{
    struct temp_store t;
    slice value;
    temp_open(&t);
    ck_status(store_setting_put(temp_write(&t), S("licence"), S("text")), ST_OK);
    ck_status(store_setting_put(&t.w, S("licence"), S("newer")), ST_OK);
    temp_commit(&t);
    ck_status(store_setting_get(temp_read(&t), S("licence"), &t.arena, &value), ST_OK);
    ck_slice(value, "newer");
    ck_status(store_setting_del(temp_write(&t), S("licence")), ST_OK);
    ck_status(store_setting_del(&t.w, S("licence")), ST_NOT_FOUND);
    temp_commit(&t);
    ck_status(store_setting_get(temp_read(&t), S("licence"), &t.arena, &value), ST_NOT_FOUND);
    temp_close(&t);
}
END_TEST

TEST_MAIN("meta", ids_are_unique_and_sort_by_time, ids_of_children_sort_by_number,
          numbers_count_up_and_survive, a_counter_below_zero_is_damage,
          settings_are_put_and_deleted)
