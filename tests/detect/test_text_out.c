/* Tests of detect/text_out.c: wrapping, columns, drawings with characters. */
#include "detect/text_out.h"

#include "base/text.h"
#include "lib/main.h"

#include <math.h>

static struct buf out;

static slice wrapped(const char *text, size_t width)
{
    out.len = 0;
    text_wrap(&out, S("* "), slice_of(text), width);
    return buf_slice(&out);
}

START_TEST(english_breaks_at_blanks)
{
    buf_init(&out, 4096);
    ck_slice(wrapped("one two three four", 14), "* one two\n  three four\n");
    ck_slice(wrapped("one", 14), "* one\n");
    ck_slice(wrapped("", 14), "* \n");
    buf_finish(&out);
}
END_TEST

START_TEST(chinese_breaks_between_characters_but_not_before_a_full_stop)
{
    buf_init(&out, 4096);
    ck_slice(wrapped("一二三四五六七。八", 16), "* 一二三四五六\n  七。八\n");
    ck_slice(wrapped("一二三四五六（七八）", 16), "* 一二三四五六\n  （七八）\n");
    buf_finish(&out);
}
END_TEST

START_TEST(a_word_longer_than_the_line_is_cut)
{
    buf_init(&out, 4096);
    ck_slice(wrapped("abcdefghijklmnopqrstuvwx", 12), "* abcdefghij\n  klmnopqrst\n  uvwx\n");
    buf_finish(&out);
}
END_TEST

START_TEST(any_bytes_end)
{
    char bytes[64];
    buf_init(&out, 65536);
    for (int seed = 0; seed < 2000; seed++) {
        for (size_t i = 0; i < sizeof bytes; i++)
            bytes[i] = (char)((seed * 31 + (int)i * 73 + seed / 7) & 0xff);
        out.len = 0;
        text_wrap(&out, S(""), slice_make(bytes, (size_t)seed % sizeof bytes), 20);
        ck_assert(!out.overflow);
    }
    buf_finish(&out);
}
END_TEST

START_TEST(padding_counts_columns)
{
    buf_init(&out, 4096);
    text_pad(&out, S("天枢"), 6);
    text_pad_left(&out, S("7"), 3);
    text_pad(&out, S("long"), 2);
    ck_slice(buf_slice(&out), "天枢    7long");
    buf_finish(&out);
}
END_TEST

START_TEST(sparklines_scale_skip_and_average)
{
    buf_init(&out, 4096);
    text_spark(&out, (double[]){0, 1, NAN, 7}, 4, 10);
    ck_slice(buf_slice(&out), "▁▂ █");
    out.len = 0;
    text_spark(&out, (double[]){0, 0, 8, 8}, 4, 2);
    ck_slice(buf_slice(&out), "▁█");
    out.len = 0;
    text_spark(&out, (double[]){5, 5}, 2, 2);
    ck_slice(buf_slice(&out), "▄▄");
    out.len = 0;
    text_bar(&out, 0.5, 4);
    text_bar(&out, NAN, 2);
    text_bar(&out, 9, 2);
    ck_slice(buf_slice(&out), "██░░░░██");
    buf_finish(&out);
}
END_TEST

START_TEST(symbols_become_ascii_and_letters_stay)
{
    buf_init(&out, 4096);
    text_to_ascii(&out, S("• “a”→▁█…天"));
    ck_slice(buf_slice(&out), "* \"a\"->_#...天");
    buf_finish(&out);
}
END_TEST

TEST_MAIN("text_out", english_breaks_at_blanks,
          chinese_breaks_between_characters_but_not_before_a_full_stop,
          a_word_longer_than_the_line_is_cut, any_bytes_end, padding_counts_columns,
          sparklines_scale_skip_and_average, symbols_become_ascii_and_letters_stay)
