/* Tests of records as JSON: names, times, bytes, and what is kept back. */
#include "record_json.h"

#include "base/arena.h"
#include "lib/main.h"

static struct arena arena;
static struct buf out;

static slice written(const struct record_json *record, const void *row)
{
    struct json_out w;
    arena_init(&arena, 1 << 16);
    buf_init_arena(&out, &arena, 1 << 14);
    json_out_init(&w, &out, 0);
    record_json_write(&w, record, row, &arena);
    return buf_slice(&out);
}

START_TEST(times_are_texts_and_empty_fields_are_left_out)
{
    const struct store_analysis row = {.id = S("ana_1"),
                                       .user_id = 7,
                                       .label = S("a \"b\""),
                                       .livemode = true,
                                       .created_ms = 1000};
    slice got = written(&record_json_analysis, &row);
    ck_assert_msg(
        slice_eq(
            got,
            S("{\"type\":\"analysis\",\"id\":\"ana_1\",\"user_id\":7,\"label\":\"a \\\"b\\\"\","
              "\"p_value\":0.0,\"cbs_score\":0.0,\"livemode\":true,"
              "\"created_at\":\"1970-01-01T00:00:01Z\"}")),
        SLICE_FMT, SLICE_ARG(got));
    arena_finish(&arena);
}
END_TEST

START_TEST(bytes_that_are_no_text_are_hexadecimal)
{
    const struct store_stored_file row = {.id = S("fil_1"), .sha256 = slice_make("\xff\x00", 2)};
    ck_assert(slice_find(written(&record_json_stored_file, &row), S("\"sha256\":\"ff00\""),
                         &(size_t){0}));
    arena_finish(&arena);
}
END_TEST

START_TEST(secrets_and_their_hashes_stay_out)
{
    const struct store_user user = {.id = 1,
                                    .password = S("$argon2id$"),
                                    .totp_secret = S("s3"),
                                    .totp_pending = S("s4"),
                                    .totp_recovery = S("s5"),
                                    .totp_step = 9};
    const struct store_session session = {.id = S("ses_1"), .hash = S("h"), .csrf = S("c")};
    const struct store_hook hook = {.id = S("hok_1"), .secret = S("whsec")};
    ck_assert(slice_eq(written(&record_json_user, &user),
                       S("{\"type\":\"user\",\"id\":1,\"enabled\":false}")));
    arena_finish(&arena);
    ck_assert(slice_eq(written(&record_json_session, &session),
                       S("{\"type\":\"session\",\"id\":\"ses_1\"}")));
    arena_finish(&arena);
    ck_assert(!slice_find(written(&record_json_hook, &hook), S("whsec"), &(size_t){0}));
    arena_finish(&arena);
}
END_TEST

TEST_MAIN("record_json", times_are_texts_and_empty_fields_are_left_out,
          bytes_that_are_no_text_are_hexadecimal, secrets_and_their_hashes_stay_out)
