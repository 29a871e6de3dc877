/* Tests of IP addresses and networks. */
#include "address.h"

#include "lib/main.h"

static struct error err;

START_TEST(networks_match_their_addresses_and_no_others)
{
    slice list = S("10.0.0.0/8, 192.0.2.7,2001:db8::/33 , ::1/128");
    const char *inside[] = {"10.0.0.0", "10.255.255.255",  "192.0.2.7",      "2001:db8:7fff::1",
                            "::1",      "::ffff:10.1.2.3", "::ffff:c000:207"};
    const char *outside[] = {"11.0.0.0", "9.255.255.255", "192.0.2.8", "2001:db8:8000::", "::2",
                             "",         "unix",          "10.0.0.1 "};
    for (size_t i = 0; i < ARRAY_COUNT(inside); i++)
        ck_assert_msg(networks_contain(list, slice_of(inside[i])), "%s", inside[i]);
    for (size_t i = 0; i < ARRAY_COUNT(outside); i++)
        ck_assert_msg(!networks_contain(list, slice_of(outside[i])), "%s", outside[i]);
    ck_assert(!networks_contain(S(""), S("10.0.0.1")));
    ck_assert(networks_contain(S("0.0.0.0/0"), S("203.0.113.9")));
    ck_assert(!networks_contain(S("0.0.0.0/0"), S("::2")));
}
END_TEST

START_TEST(wrong_networks_are_named)
{
    const char *wrong[] = {"10.0.0.1/8", "10.0.0.0/33", "10.0.0/8",  "x",
                           "::/129",     "10.0.0.0/",   "1.2.3.4/-1"};
    for (size_t i = 0; i < ARRAY_COUNT(wrong); i++) {
        ck_status(networks_check(slice_of(wrong[i]), 5, &err), ST_INVALID);
        ck_assert_msg(strstr(err.text, wrong[i]), "%s", err.text);
    }
    ck_ok(networks_check(S("10.0.0.0/8,::/0"), 2, &err));
    ck_status(networks_check(S("10.0.0.0/8,::/0,1.1.1.1"), 2, &err), ST_INVALID);
}
END_TEST

START_TEST(addresses_of_one_household_share_a_group)
{
    ck_assert_uint_eq(address_group(S("2001:db8:1:2::1")),
                      address_group(S("2001:db8:1:2:ffff::9")));
    ck_assert_uint_ne(address_group(S("2001:db8:1:2::1")), address_group(S("2001:db8:1:3::1")));
    ck_assert_uint_ne(address_group(S("192.0.2.1")), address_group(S("192.0.2.2")));
    ck_assert_uint_eq(address_group(S("192.0.2.1")), address_group(S("::ffff:192.0.2.1")));
    ck_assert_uint_eq(address_group(S("nonsense")), 0);
}
END_TEST

TEST_MAIN("address", networks_match_their_addresses_and_no_others, wrong_networks_are_named,
          addresses_of_one_household_share_a_group)
