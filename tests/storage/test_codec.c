/* Tests of the record codec: round trips, every truncation, wrong kinds, foreign fields. */
#include "lib/temp_store.h"

#include <msgpack.h>

static struct buf encoded(const struct record *rec, const void *row)
{
    struct buf out;
    buf_init(&out, 1 << 20);
    codec_encode(rec, row, &out);
    ck_assert(!out.overflow);
    return out;
}

static const struct store_user full_user = {
    .id = UINT64_MAX,
    .email = {"a@b.c", 5},
    .name = {"\xe5\xbc\xa0", 3},
    .role = STORE_ROLE_ADMIN,
    .enabled = true,
    .totp_secret = {"\0\1\2\xff", 4},
    .created_ms = INT64_MIN,
    .updated_ms = -1,
    .login_ms = INT64_MAX,
    .rev = 300,
};

START_TEST(every_kind_survives_a_round_trip)
{
    struct store_user back;
    struct buf out = encoded(&record_user, &full_user);
    ck_status(codec_decode(&record_user, buf_slice(&out), &back), ST_OK);
    ck_assert_uint_eq(back.id, UINT64_MAX);
    ck_slice(back.email, "a@b.c");
    ck_assert(slice_eq(back.totp_secret, full_user.totp_secret));
    ck_assert(back.enabled);
    ck_assert_int_eq(back.created_ms, INT64_MIN);
    ck_assert_int_eq(back.updated_ms, -1);
    ck_assert_int_eq(back.login_ms, INT64_MAX);
    ck_assert_uint_eq(back.role, STORE_ROLE_ADMIN);
    ck_assert_uint_eq(back.password.len, 0);
    buf_finish(&out);
}
END_TEST

START_TEST(integers_of_every_width_survive)
{
    for (unsigned shift = 0; shift < 64; shift++) {
        for (int off = -1; off <= 1; off++) {
            struct store_user back, user = {.id = (UINT64_C(1) << shift) + (uint64_t)off,
                                            .created_ms = (int64_t)(0 - (UINT64_C(1) << shift))};
            struct buf out = encoded(&record_user, &user);
            ck_status(codec_decode(&record_user, buf_slice(&out), &back), ST_OK);
            ck_assert_uint_eq(back.id, user.id);
            ck_assert_int_eq(back.created_ms, user.created_ms);
            buf_finish(&out);
        }
    }
}
END_TEST

START_TEST(doubles_and_histograms_survive)
{
    struct store_analysis a = {.p_value = 0.1 + 0.2, .cbs_score = -0.0}, a2;
    struct buf out = encoded(&record_analysis, &a);
    ck_status(codec_decode(&record_analysis, buf_slice(&out), &a2), ST_OK);
    ck_assert(memcmp(&a.p_value, &a2.p_value, sizeof a.p_value) == 0);
    ck_assert(memcmp(&a.cbs_score, &a2.cbs_score, sizeof a.cbs_score) == 0); /* the sign too */
    buf_finish(&out);
    struct store_usage_day d = {.calls = 2, .latency = {.n = {[0] = 1, [7] = 70000}}}, d2;
    out = encoded(&record_usage_day, &d);
    ck_status(codec_decode(&record_usage_day, buf_slice(&out), &d2), ST_OK);
    ck_assert(memcmp(&d.latency, &d2.latency, sizeof d.latency) == 0);
    buf_finish(&out);
}
END_TEST

START_TEST(long_strings_survive)
{
    static char text[70000];
    static const size_t lengths[] = {0, 1, 31, 32, 255, 256, 65535, 65536, 70000};
    memset(text, 'x', sizeof text);
    for (size_t i = 0; i < ARRAY_COUNT(lengths); i++) {
        struct store_job back,
            job = {.label = {text, lengths[i]}, .error_members = {text, lengths[i]}};
        struct buf out = encoded(&record_job, &job);
        ck_status(codec_decode(&record_job, buf_slice(&out), &back), ST_OK);
        ck_assert_uint_eq(back.label.len, lengths[i]);
        ck_assert(slice_eq(back.error_members, job.error_members));
        buf_finish(&out);
    }
}
END_TEST

START_TEST(every_truncation_is_refused)
{
    struct store_user back;
    struct buf out = encoded(&record_user, &full_user);
    for (size_t n = 0; n < out.len; n++) {
        ck_status(codec_decode(&record_user, slice_make(out.ptr, n), &back), ST_CORRUPT);
        ck_assert_uint_eq(back.id, 0); /* nothing half-read is handed out */
    }
    buf_put_byte(&out, 0);
    ck_status(codec_decode(&record_user, buf_slice(&out), &back), ST_CORRUPT);
    buf_finish(&out);
}
END_TEST

/* No input may read outside of itself: each prefix sits at the end of its own allocation. */
START_TEST(random_bytes_never_read_outside)
{
    uint64_t state = 1;
    struct store_user user;
    struct store_usage_day day;
    for (int i = 0; i < 20000; i++) {
        size_t len = (size_t)(i % 60);
        unsigned char *bytes = malloc(len ? len : 1);
        for (size_t j = 0; j < len; j++) {
            state = state * 6364136223846793005u + 1442695040888963407u;
            bytes[j] = (unsigned char)(state >> 56);
        }
        if (len)
            bytes[0] = (unsigned char)(0x80 | (bytes[0] & 15));
        (void)codec_decode(&record_user, slice_make(bytes, len), &user);
        (void)codec_decode(&record_usage_day, slice_make(bytes, len), &day);
        free(bytes);
    }
}
END_TEST

/* {"v": 1, NAME: VALUE} made by msgpack-c, so that the reader is checked against a foreign writer.
 */
static msgpack_sbuffer packed(const char *name, void (*value)(msgpack_packer *))
{
    msgpack_sbuffer out;
    msgpack_packer pk;
    msgpack_sbuffer_init(&out);
    msgpack_packer_init(&pk, &out, msgpack_sbuffer_write);
    msgpack_pack_map(&pk, 2);
    msgpack_pack_str_with_body(&pk, "v", 1);
    msgpack_pack_int(&pk, 1);
    msgpack_pack_str_with_body(&pk, name, strlen(name));
    value(&pk);
    return out;
}

static void value_nil(msgpack_packer *pk)
{
    msgpack_pack_nil(pk);
}
static void value_minus(msgpack_packer *pk)
{
    msgpack_pack_int64(pk, -5);
}
static void value_seven(msgpack_packer *pk)
{
    msgpack_pack_int64(pk, 7);
}
static void value_huge(msgpack_packer *pk)
{
    msgpack_pack_uint64(pk, UINT64_MAX);
}
static void value_true(msgpack_packer *pk)
{
    msgpack_pack_true(pk);
}
static void value_f32(msgpack_packer *pk)
{
    msgpack_pack_float(pk, 1.5f);
}
static void value_f64(msgpack_packer *pk)
{
    msgpack_pack_double(pk, 1.5);
}
static void value_str(msgpack_packer *pk)
{
    msgpack_pack_str_with_body(pk, "x", 1);
}
static void value_bin(msgpack_packer *pk)
{
    msgpack_pack_bin_with_body(pk, "x", 1);
}
static void value_ext(msgpack_packer *pk)
{
    msgpack_pack_ext_with_body(pk, "abcd", 4, 9);
}

static void value_tree(msgpack_packer *pk)
{
    msgpack_pack_array(pk, 3);
    msgpack_pack_map(pk, 1);
    msgpack_pack_int(pk, -70000);
    msgpack_pack_array(pk, 0);
    value_ext(pk);
    msgpack_pack_bin_with_body(pk, "yz", 2);
}

START_TEST(wrong_kinds_are_refused)
{
    static const struct {
        const char *name;
        void (*value)(msgpack_packer *);
        enum status_code expected;
    } rows[] = {
        {"id", value_seven, ST_OK},
        {"id", value_minus, ST_CORRUPT},
        {"id", value_str, ST_CORRUPT},
        {"id", value_nil, ST_CORRUPT},
        {"id", value_f64, ST_CORRUPT},
        {"created_ms", value_minus, ST_OK},
        {"created_ms", value_huge, ST_CORRUPT},
        {"created_ms", value_bin, ST_CORRUPT},
        {"enabled", value_true, ST_OK},
        {"enabled", value_seven, ST_CORRUPT},
        {"email", value_str, ST_OK},
        {"email", value_bin, ST_CORRUPT},
        {"totp_secret", value_bin, ST_OK},
        {"totp_secret", value_str, ST_CORRUPT},
        {"email", value_tree, ST_CORRUPT},
        {"v", value_huge, ST_CORRUPT},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        struct store_user user;
        msgpack_sbuffer in = packed(rows[i].name, rows[i].value);
        status rc = codec_decode(&record_user, slice_make(in.data, in.size), &user);
        ck_assert_msg(rc == rows[i].expected, "row %zu", i);
        msgpack_sbuffer_destroy(&in);
    }
    struct store_analysis analysis;
    msgpack_sbuffer in = packed("p_value", value_f32);
    ck_status(codec_decode(&record_analysis, slice_make(in.data, in.size), &analysis), ST_CORRUPT);
    msgpack_sbuffer_destroy(&in);
}
END_TEST

START_TEST(unknown_fields_of_any_form_are_skipped)
{
    static void (*const values[])(msgpack_packer *) = {
        value_nil, value_minus, value_huge, value_true, value_f32,
        value_f64, value_str,   value_bin,  value_ext,  value_tree};
    for (size_t i = 0; i < ARRAY_COUNT(values); i++) {
        struct store_user user;
        msgpack_sbuffer in = packed("from_the_future", values[i]);
        ck_status(codec_decode(&record_user, slice_make(in.data, in.size), &user), ST_OK);
        for (size_t n = 0; n < in.size; n++)
            ck_status(codec_decode(&record_user, slice_make(in.data, n), &user), ST_CORRUPT);
        msgpack_sbuffer_destroy(&in);
    }
}
END_TEST

START_TEST(nesting_and_counts_beyond_the_input_are_refused)
{
    struct store_user user;
    char deep[4096];
    memset(deep, (char)0x91, sizeof deep);
    deep[0] = (char)0x81; /* a map of one member, whose value is arrays without end */
    deep[1] = (char)0xa1;
    deep[2] = 'z';
    ck_status(codec_decode(&record_user, slice_make(deep, sizeof deep), &user), ST_CORRUPT);
    static const char many[] = "\x81\xa1z\xdd\xff\xff\xff\xff";
    ck_status(codec_decode(&record_user, slice_make(many, sizeof many - 1), &user), ST_CORRUPT);
    static const char hist[] = "\x81\xa7latency\xdc\x00\x29";
    struct store_usage_day day;
    ck_status(codec_decode(&record_usage_day, slice_make(hist, sizeof hist - 1), &day), ST_CORRUPT);
}
END_TEST

/* What we write, read by msgpack-c. */
START_TEST(our_maps_are_valid_msgpack)
{
    struct buf out = encoded(&record_user, &full_user);
    msgpack_unpacked un;
    size_t off = 0;
    msgpack_unpacked_init(&un);
    ck_assert_int_eq(msgpack_unpack_next(&un, out.ptr, out.len, &off), MSGPACK_UNPACK_SUCCESS);
    ck_assert_int_eq(un.data.type, MSGPACK_OBJECT_MAP);
    ck_assert_uint_eq(off, out.len);
    msgpack_unpacked_destroy(&un);
    buf_finish(&out);
}
END_TEST

TEST_MAIN("codec", every_kind_survives_a_round_trip, integers_of_every_width_survive,
          doubles_and_histograms_survive, long_strings_survive, every_truncation_is_refused,
          random_bytes_never_read_outside, wrong_kinds_are_refused,
          unknown_fields_of_any_form_are_skipped, nesting_and_counts_beyond_the_input_are_refused,
          our_maps_are_valid_msgpack)
