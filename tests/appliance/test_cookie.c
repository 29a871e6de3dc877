/* Tests of Cookie headers. */
#include "cookie.h"

#include "lib/main.h"

START_TEST(a_value_is_found_by_its_whole_name)
{
    slice header = S("a=1; bb=2;b=3 ; c=x=y; d");
    ck_slice(cookie_find(header, "a"), "1");
    ck_slice(cookie_find(header, "b"), "3");
    ck_slice(cookie_find(header, "bb"), "2");
    ck_slice(cookie_find(header, "c"), "x=y");
    ck_slice(cookie_find(header, "d"), "");
    ck_assert_ptr_nonnull(cookie_find(header, "d").ptr);
    ck_assert_ptr_null(cookie_find(header, "e").ptr);
    ck_assert_ptr_null(cookie_find((slice){NULL, 0}, "a").ptr);
}
END_TEST

START_TEST(of_two_the_first_counts)
{
    ck_slice(cookie_find(S("s=first; s=second"), "s"), "first");
}
END_TEST

START_TEST(a_flood_of_cookies_is_not_searched_to_its_end)
{
    char header[COOKIES_MAX * 2 + 8];
    for (int i = 0; i < COOKIES_MAX; i++)
        memcpy(header + i * 2, "x;", 2);
    memcpy(header + COOKIES_MAX * 2, "a=1", 3);
    ck_assert_ptr_null(cookie_find(slice_make(header, COOKIES_MAX * 2 + 3), "a").ptr);
    ck_slice(cookie_find(slice_make(header + 2, COOKIES_MAX * 2 + 1), "a"), "1");
}
END_TEST

TEST_MAIN("cookie", a_value_is_found_by_its_whole_name, of_two_the_first_counts,
          a_flood_of_cookies_is_not_searched_to_its_end)
