/* Tests of growable bytes and of the escapes. */
#include "base/buf.h"

#include "lib/main.h"

static struct buf buf;

static void fresh(size_t max)
{
    buf_finish(&buf);
    buf_init(&buf, max);
}

START_TEST(bytes_beyond_the_maximum_are_dropped_and_reported)
{
    struct error err;
    fresh(4);
    buf_put(&buf, S("abcd"));
    ck_ok(buf_check(&buf, &err));
    buf_put(&buf, S("e"));
    ck_slice(buf_slice(&buf), "abcd");
    ck_status(buf_check(&buf, &err), ST_TOO_LARGE);
}
END_TEST

START_TEST(html_escapes_every_special_byte)
{
    fresh(1000);
    buf_put_html(&buf, S("<a href=\"x\">&'</a>"));
    ck_slice(buf_slice(&buf), "&lt;a href=&quot;x&quot;&gt;&amp;&#39;&lt;/a&gt;");
}
END_TEST

START_TEST(json_escapes_controls_and_replaces_bad_utf8)
{
    fresh(1000);
    buf_put_json(&buf, S("a\"\\\n\x01\x7F\xC0偏"));
    ck_slice(buf_slice(&buf), "\"a\\\"\\\\\\n\\u0001\\u007f\xEF\xBF\xBD偏\"");
}
END_TEST

START_TEST(doubles_read_back_equal)
{
    static const double values[] = {0.1, 1.0 / 3, 1e300, -2.5e-300, 0.3, 5e-324, 123456.789};
    for (size_t i = 0; i < ARRAY_COUNT(values); i++) {
        double back;
        fresh(100);
        buf_put_f64(&buf, values[i]);
        ck_assert(slice_to_f64(buf_slice(&buf), &back));
        ck_assert(memcmp(&back, &values[i], sizeof back) == 0);
    }
    fresh(100);
    buf_put_f64(&buf, 0.0 / 0.0 * 1);
    ck_slice(buf_slice(&buf), "null");
    fresh(100);
    buf_put_f64(&buf, 0.1);
    ck_slice(buf_slice(&buf), "0.1");
}
END_TEST

START_TEST(printf_into_a_small_buffer_is_no_overflow)
{
    struct error err;
    fresh(8);
    buf_printf(&buf, "%.2f", 0.05);
    ck_slice(buf_slice(&buf), "0.05");
    ck_ok(buf_check(&buf, &err));
}
END_TEST

START_TEST(printf_grows_the_buffer)
{
    fresh(10000);
    for (int i = 0; i < 500; i++)
        buf_printf(&buf, "%d;", i % 10);
    ck_assert_uint_eq(buf.len, 1000);
}
END_TEST

TEST_MAIN("buf", bytes_beyond_the_maximum_are_dropped_and_reported, html_escapes_every_special_byte,
          json_escapes_controls_and_replaces_bad_utf8, doubles_read_back_equal,
          printf_into_a_small_buffer_is_no_overflow, printf_grows_the_buffer)
