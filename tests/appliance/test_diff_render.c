/* Tests of a comparison as JSON, text and HTML, in both languages, with hostile names. */
#include "diff.h"

#include "lib/diff_fixture.h"

static const struct diff *sample(struct import_fixture *f)
{
    struct error err = {0};
    const char *rows =
        "{\"run_id\":\"<script>\",\"time\":\"2026-01-01\",\"system\":\"s\",\"task\":\"t\\u001b["
        "2J\","
        "\"metric\":\"acc\",\"value\":0.5,\"protocol\":{\"prompt_id\":\"p1\"}}\n"
        "{\"run_id\":\"r2\",\"time\":\"2026-01-02\",\"system\":\"s\",\"task\":\"t\\u001b[2J\","
        "\"metric\":\"acc\",\"value\":0.6,\"protocol\":{\"prompt_id\":\"<img src=x>\"}}\n";
    fixture_begin(f);
    ck_ok(ledger_read_jsonl(&f->ledger, slice_of(rows), &err));
    return fixture_diff(f);
}

START_TEST(json_has_the_fields_of_the_contract)
{
    struct import_fixture f;
    struct buf out;
    struct json_out w;
    const struct diff *diff = sample(&f);
    buf_init(&out, 10000);
    json_out_init(&w, &out, 0);
    diff_json(&w, diff, LANG_EN);
    ck_assert(slice_has_prefix(buf_slice(&out), S("{\"comparable\":false,\"tasks\":[{\"task\":")));
    ck_assert(
        slice_find(buf_slice(&out), S("\"run_id\":\"r2\",\"previous_run_id\":\"<script>\""), NULL));
    ck_assert(slice_find(buf_slice(&out), S("\"field\":\"prompt_id\",\"from\":\"p1\""), NULL));
    ck_assert(slice_find(buf_slice(&out), S("\"text\":\"the prompt differs\""), NULL));
    buf_finish(&out);
    fixture_end(&f);
}
END_TEST

START_TEST(text_speaks_both_languages_and_prints_no_control_bytes)
{
    struct import_fixture f;
    struct buf out;
    const struct diff *diff = sample(&f);
    buf_init(&out, 10000);
    diff_text(&out, diff, LANG_EN);
    ck_assert(slice_find(buf_slice(&out), S("NOT comparable"), NULL));
    ck_assert(slice_find(buf_slice(&out), S("prompt_id: p1 → <img src=x>"), NULL));
    ck_assert(!slice_find_byte(buf_slice(&out), '\x1b', NULL));
    out.len = 0;
    diff_text(&out, diff, LANG_ZH);
    ck_assert(slice_find(buf_slice(&out), S("不可比较"), NULL));
    ck_assert(slice_find(buf_slice(&out), S("提示词不同"), NULL));
    buf_finish(&out);
    fixture_end(&f);
}
END_TEST

START_TEST(html_escapes_every_name)
{
    struct import_fixture f;
    struct buf out;
    const struct diff *diff = sample(&f);
    buf_init(&out, 10000);
    diff_html(&out, diff, LANG_EN);
    ck_assert(!slice_find(buf_slice(&out), S("<script"), NULL));
    ck_assert(!slice_find(buf_slice(&out), S("<img"), NULL));
    ck_assert(slice_find(buf_slice(&out), S("&lt;img src=x&gt;"), NULL));
    buf_finish(&out);
    fixture_end(&f);
}
END_TEST

TEST_MAIN("diff_render", json_has_the_fields_of_the_contract,
          text_speaks_both_languages_and_prints_no_control_bytes, html_escapes_every_name)
