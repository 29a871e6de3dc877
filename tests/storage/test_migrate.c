/* Tests of the schema stamp. */
#include "lib/temp_store.h"

START_TEST(a_new_store_has_the_newest_schema)
{
    struct temp_store t;
    uint64_t schema;
    temp_open(&t);
    ck_status(meta_get(temp_read(&t), "schema", &schema), ST_OK);
    ck_assert_uint_eq(schema, STORE_SCHEMA);
    temp_close(&t);
}
END_TEST

START_TEST(a_newer_schema_is_refused_and_left_alone)
{
    struct temp_store t;
    struct error err = {0};
    temp_open(&t);
    ck_status(meta_put(temp_write(&t), "schema", STORE_SCHEMA + 1), ST_OK);
    temp_commit(&t);
    temp_shut(&t);
    struct store_options options = temp_options(&t);
    for (int i = 0; i < 2; i++) {
        ck_status(store_open(&options, &t.store, &err), ST_CONFIG);
        ck_assert_ptr_nonnull(strstr(err.text, "newer"));
    }
    temp_remove(&t);
}
END_TEST

TEST_MAIN("migrate", a_new_store_has_the_newest_schema, a_newer_schema_is_refused_and_left_alone)
