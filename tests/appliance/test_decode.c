/* Tests of unpacking: what tools make comes back, bombs and damage do not get through. */
#include "decode.h"

#include "base/file.h"
#include "lib/main.h"
#include "lib/temp_dir.h"

#include <unistd.h>

static struct arena arena;
static char dir[TEMP_DIR_MAX];

static void start(void)
{
    arena_init(&arena, 64 << 20);
    temp_dir_make(dir);
}

static void stop(void)
{
    temp_dir_remove(dir);
    arena_finish(&arena);
}

/* What `command` (gzip, brotli, zstd) makes of the bytes; false when it is not installed. */
static bool pack(const char *command, slice bytes, slice *ret)
{
    struct error err = {0};
    char path[64], packed[64], line[256];
    (void)snprintf(path, sizeof path, "%s/in", dir);
    (void)snprintf(packed, sizeof packed, "%s/out", dir);
    ck_ok(file_replace(path, bytes, 0600, &err));
    (void)snprintf(line, sizeof line, "%s < %s > %s 2>%s/err", command, path, packed, dir);
    if (system(line) != 0)
        return false;
    ck_ok(file_read(packed, 32 << 20, &arena, ret, &err));
    return true;
}

static const struct {
    const char *name, *command;
    enum decode_kind kind;
} tools[] = {
    {"gzip", "gzip -nc", DECODE_GZIP},
    {"br", "brotli -c", DECODE_BR},
    {"zstd", "zstd -qc", DECODE_ZSTD},
};

START_TEST(what_tools_pack_comes_back)
{
    struct error err = {0};
    static char text[300000];
    size_t tried = 0;
    start();
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = (char)('a' + (i * i / 7 + i % 13) % 26);
    for (size_t t = 0; t < ARRAY_COUNT(tools); t++)
        for (size_t len = 0; len <= sizeof text; len += len < 2 ? 1 : sizeof text - 2) {
            slice packed, back;
            if (!pack(tools[t].command, slice_make(text, len), &packed))
                break;
            ck_ok(decode_body(tools[t].kind, packed, len, &arena, &back, &err));
            ck_assert(slice_eq(back, slice_make(text, len)));
            if (len)
                ck_status(decode_body(tools[t].kind, packed, len - 1, &arena, &back, &err),
                          ST_TOO_LARGE);
            tried++;
        }
    ck_assert_uint_ge(tried, 8); /* gzip and brotli at least: the build needs them, too */
    stop();
}
END_TEST

START_TEST(bombs_are_stopped_by_size_and_by_ratio)
{
    struct error err = {0};
    slice zeros, packed, back;
    start();
    zeros.ptr = arena_array(&arena, 20 << 20, 1);
    zeros.len = 20 << 20;
    for (size_t t = 0; t < ARRAY_COUNT(tools); t++) {
        if (!pack(tools[t].command, zeros, &packed))
            continue;
        ck_status(decode_body(tools[t].kind, packed, 16 << 20, &arena, &back, &err), ST_TOO_LARGE);
        ck_assert_str_eq(err.code, "decoded_too_large");
        ck_assert(pack(tools[t].command, slice_sub(zeros, 0, 3 << 20), &packed));
        ck_status(decode_body(tools[t].kind, packed, 16 << 20, &arena, &back, &err), ST_TOO_LARGE);
        ck_assert_ptr_nonnull(strstr(err.text, "100 times"));
        ck_assert(pack(tools[t].command, slice_sub(zeros, 0, 1 << 20), &packed));
        ck_ok(decode_body(tools[t].kind, packed, 16 << 20, &arena, &back, &err));
        ck_assert_uint_eq(back.len, 1 << 20);
    }
    stop();
}
END_TEST

START_TEST(every_cut_and_many_damages_are_refused)
{
    struct error err = {0};
    slice text = S("time_period,algorithm,performance\n1,A,0.5\n1,B,0.6\n2,A,0.7\n2,B,0.8\n");
    slice packed, back;
    start();
    for (size_t t = 0; t < ARRAY_COUNT(tools); t++) {
        if (!pack(tools[t].command, text, &packed))
            continue;
        for (size_t len = 0; len < packed.len; len++)
            ck_status(
                decode_body(tools[t].kind, slice_sub(packed, 0, len), 1000, &arena, &back, &err),
                ST_INVALID);
        slice longer = arena_printf(&arena, "%*s!", (int)packed.len, "");
        memcpy((char *)(uintptr_t)longer.ptr, packed.ptr, packed.len);
        ck_status(decode_body(tools[t].kind, longer, 1000, &arena, &back, &err), ST_INVALID);
    }
    for (size_t t = 0; t < ARRAY_COUNT(tools); t++)
        ck_status(decode_body(tools[t].kind, S("no such encoding"), 1000, &arena, &back, &err),
                  ST_INVALID);
    stop();
}
END_TEST

START_TEST(members_of_gzip_follow_each_other)
{
    struct error err = {0};
    slice one, two, back;
    start();
    ck_assert(pack("gzip -nc", S("first,"), &one));
    ck_assert(pack("gzip -nc", S("second"), &two));
    char both[200];
    memcpy(both, one.ptr, one.len);
    memcpy(both + one.len, two.ptr, two.len);
    ck_ok(decode_body(DECODE_GZIP, slice_make(both, one.len + two.len), 100, &arena, &back, &err));
    ck_slice(back, "first,second");
    stop();
}
END_TEST

START_TEST(names_of_encodings)
{
    enum decode_kind kind;
    ck_assert(decode_kind_from(S("GZIP"), &kind) && kind == DECODE_GZIP);
    ck_assert(decode_kind_from(S(" x-gzip "), &kind) && kind == DECODE_GZIP);
    ck_assert(decode_kind_from(S("br"), &kind) && kind == DECODE_BR);
    ck_assert(decode_kind_from(S("zstd"), &kind) && kind == DECODE_ZSTD);
    ck_assert(!decode_kind_from(S("deflate"), &kind));
    ck_assert(!decode_kind_from(S("gzip, br"), &kind));
    ck_assert(!decode_kind_from(S(""), &kind));
}
END_TEST

TEST_MAIN("decode", what_tools_pack_comes_back, bombs_are_stopped_by_size_and_by_ratio,
          every_cut_and_many_damages_are_refused, members_of_gzip_follow_each_other,
          names_of_encodings)
