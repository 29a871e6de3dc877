/* Tests of the embedded files: all there, found by name and by hashed path only. */
#include "assets.h"

#include "lib/main.h"

START_TEST(every_asset_has_bytes_and_a_path_with_its_hash)
{
    size_t count;
    ck_status(assets_init(NULL), ST_OK);
    const struct asset *list = asset_list(&count);
    ck_assert_uint_gt(count, 5);
    for (size_t i = 0; i < count; i++) {
        ck_assert_uint_gt(list[i].bytes.len, 0);
        ck_assert_ptr_eq(asset_at(slice_of(list[i].path)), &list[i]);
        ck_assert_ptr_eq(asset_find(list[i].name), &list[i]);
        ck_assert_uint_eq(strlen(list[i].etag), 16);
        ck_assert(strncmp(list[i].path, list[0].path, strlen("/assets/0123456789abcdef/")) == 0);
    }
}
END_TEST

START_TEST(compressed_twins_are_smaller_or_absent)
{
    size_t count;
    ck_status(assets_init(NULL), ST_OK);
    const struct asset *list = asset_list(&count);
    for (size_t i = 0; i < count; i++) {
        ck_assert(list[i].gzip.len < list[i].bytes.len);
        ck_assert(list[i].brotli.len < list[i].bytes.len);
    }
    ck_assert_uint_gt(asset_find(S("style.css"))->brotli.len, 0);
}
END_TEST

START_TEST(other_hash_or_name_is_not_found)
{
    ck_status(assets_init(NULL), ST_OK);
    ck_assert_ptr_null(asset_find(S("../style.css")));
    ck_assert_ptr_null(asset_at(S("/assets/0000000000000000/style.css")));
    ck_assert_ptr_null(asset_at(S("/assets/style.css")));
}
END_TEST

TEST_MAIN("assets", every_asset_has_bytes_and_a_path_with_its_hash,
          compressed_twins_are_smaller_or_absent, other_hash_or_name_is_not_found)
