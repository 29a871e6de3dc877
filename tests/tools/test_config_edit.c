/* Tests of editing one key of a configuration file. */
#include "tools/config_edit.h"

#include "lib/main.h"

static void edited(const char *before, const char *after)
{
    struct buf out;
    buf_init(&out, 10000);
    config_edit(&out, slice_of(before), "http", "listen", "[::]:443");
    ck_slice(buf_slice(&out), after);
    buf_finish(&out);
}

START_TEST(the_line_of_the_key_is_replaced_in_place)
{
    edited("; ours\n[http]\nlisten = 127.0.0.1:5000\ntls = true\n",
           "; ours\n[http]\nlisten = [::]:443\ntls = true\n");
}
END_TEST

START_TEST(continuation_lines_of_the_old_value_go)
{
    edited("[http]\nlisten = a,\n  b,\n  c\ntls = true\n",
           "[http]\nlisten = [::]:443\ntls = true\n");
}
END_TEST

START_TEST(a_missing_key_goes_to_the_end_of_its_section)
{
    edited("[http]\ntls = true\n\n\n[log]\nlevel = info\n",
           "[http]\ntls = true\nlisten = [::]:443\n\n\n[log]\nlevel = info\n");
    edited("[http]\n", "[http]\nlisten = [::]:443\n");
}
END_TEST

START_TEST(a_missing_section_is_added_at_the_end)
{
    edited("[log]\nlevel = info\n", "[log]\nlevel = info\n\n[http]\nlisten = [::]:443\n");
    edited("", "[http]\nlisten = [::]:443\n");
}
END_TEST

START_TEST(the_same_key_of_another_section_stays)
{
    edited("[admin]\nlisten = x\n[http]\nlisten = y\n",
           "[admin]\nlisten = x\n[http]\nlisten = [::]:443\n");
}
END_TEST

START_TEST(comments_that_mention_the_key_stay)
{
    edited("[http]\n; listen = old\nlisten = y\n", "[http]\n; listen = old\nlisten = [::]:443\n");
}
END_TEST

TEST_MAIN("config_edit", the_line_of_the_key_is_replaced_in_place,
          continuation_lines_of_the_old_value_go, a_missing_key_goes_to_the_end_of_its_section,
          a_missing_section_is_added_at_the_end, the_same_key_of_another_section_stays,
          comments_that_mention_the_key_stay)
