/* Tests of checkpoints: signatures, spelling, when they are due, the file beside the store. */
#include "checkpoint.h"

#include "base/file.h"
#include "json.h"
#include "lib/gate.h"
#include "lib/temp_dir.h"

static struct gate g;
static struct checkpoint_maker maker;

static void start(void)
{
    gate_open(&g);
    g.app.data_dir = g.t.dir;
    maker = (struct checkpoint_maker){0};
}

static void entries(unsigned count)
{
    struct error err = {0};
    store_writer_stop(g.t.store);
    for (unsigned i = 0; i < count; i++) {
        const struct store_audit entry = {
            .at_ms = g.now_ms, .actor = S("system"), .action = S("test.entry")};
        ck_assert_int_eq(store_audit_add(temp_write(&g.t), &entry), ST_OK);
    }
    temp_commit(&g.t);
    ck_ok(store_writer_start(g.t.store, 64, &err));
}

static void tick(int64_t wall_ms, bool final)
{
    struct error err = {0};
    ck_ok(checkpoint_tick(&g.app, &maker, wall_ms, final, &err));
}

/* Lines of the file that are signed; *ret_last is the seq of the last one. */
static size_t file_lines(uint64_t *ret_last)
{
    char path[4200];
    struct error err = {0};
    slice text;
    slice line;
    size_t count = 0;
    (void)snprintf(path, sizeof path, "%s/" CHECKPOINT_FILE, g.app.data_dir);
    status rc = file_read(path, 1 << 20, &g.t.arena, &text, &err);
    if (rc == ST_NOT_FOUND)
        return 0;
    ck_ok(rc);
    while (slice_split(&text, '\n', &line)) {
        const struct json *root;
        struct store_audit_mark mark;
        if (!line.len)
            continue;
        ck_ok(json_parse(line, &g.t.arena, &root, &err));
        ck_ok(checkpoint_read(root, &g.t.arena, &mark, &err));
        ck_assert(checkpoint_is_signed(&mark, g.auth.signing_public));
        *ret_last = mark.seq;
        count++;
    }
    return count;
}

START_TEST(one_is_made_every_thousand_entries_or_hour)
{
    uint64_t last = 0;
    start();
    tick(g.now_ms, false);
    ck_assert_uint_eq(file_lines(&last), 0); /* nothing happened */
    entries(1);
    tick(g.now_ms, false);
    ck_assert_uint_eq(file_lines(&last), 1); /* the last one is older than an hour: there is none */
    entries(CHECKPOINT_ENTRIES - 1);
    tick(g.now_ms + 1000, false);
    ck_assert_uint_eq(file_lines(&last), 1);
    entries(1);
    tick(g.now_ms + 2000, false);
    ck_assert_uint_eq(file_lines(&last), 2);
    ck_assert_uint_eq(last, CHECKPOINT_ENTRIES + 1);
    entries(3);
    tick(g.now_ms + 2000 + CHECKPOINT_MS - 1, false);
    ck_assert_uint_eq(file_lines(&last), 2);
    tick(g.now_ms + 2000 + CHECKPOINT_MS, false);
    ck_assert_uint_eq(file_lines(&last), 3);
    tick(g.now_ms + 10 * (int64_t)CHECKPOINT_MS, false);
    ck_assert_uint_eq(file_lines(&last), 3); /* nothing new */
    gate_close(&g);
}
END_TEST

START_TEST(a_stop_covers_what_is_left)
{
    uint64_t last = 0;
    start();
    entries(1);
    tick(g.now_ms, false);
    entries(2);
    tick(g.now_ms + 1, true);
    ck_assert_uint_eq(file_lines(&last), 2);
    ck_assert_uint_eq(last, 3);
    gate_close(&g);
}
END_TEST

START_TEST(a_file_that_was_lost_or_torn_is_filled_again)
{
    char path[4200];
    struct error err = {0};
    uint64_t last = 0;
    start();
    for (int i = 0; i < 5; i++) {
        entries(1);
        tick(g.now_ms + i, true);
    }
    ck_assert_uint_eq(file_lines(&last), 5);
    (void)snprintf(path, sizeof path, "%s/" CHECKPOINT_FILE, g.app.data_dir);
    ck_ok(file_replace(path, S(""), 0600, &err));
    maker = (struct checkpoint_maker){0}; /* a new process */
    tick(g.now_ms + 10, false);
    ck_assert_uint_eq(file_lines(&last), 5);
    ck_assert_uint_eq(last, 5);
    gate_close(&g);
}
END_TEST

static struct store_audit_mark mark_make(struct arena *arena)
{
    struct store_audit_mark mark = {
        .seq = 7, .at_ms = 1763464900123, .hash = S("0123456789abcdef0123456789abcdef")};
    ck_assert_int_eq(checkpoint_sign(g.auth.signing_secret, g.auth.signing_public, &mark, arena),
                     ST_OK);
    return mark;
}

START_TEST(a_signature_covers_number_time_and_hash)
{
    start();
    struct store_audit_mark mark = mark_make(&g.t.arena);
    ck_assert(checkpoint_is_signed(&mark, g.auth.signing_public));
    ck_assert(checkpoint_is_signed(&mark, NULL));
    struct store_audit_mark other = mark;
    other.seq++;
    ck_assert(!checkpoint_is_signed(&other, NULL));
    other = mark;
    other.at_ms++;
    ck_assert(!checkpoint_is_signed(&other, NULL));
    other = mark;
    other.hash = S("0123456789abcdef0123456789abcdeF");
    ck_assert(!checkpoint_is_signed(&other, NULL));
    unsigned char key[CRYPT_SIGN_PUBLIC_BYTES] = {3};
    ck_assert(!checkpoint_is_signed(&mark, key));
    gate_close(&g);
}
END_TEST

START_TEST(there_is_one_spelling_and_it_reads_back)
{
    struct json_out w;
    struct buf out;
    struct error err = {0};
    const struct json *root;
    struct store_audit_mark again;
    start();
    struct store_audit_mark mark = mark_make(&g.t.arena);
    buf_init_arena(&out, &g.t.arena, 4096);
    json_out_init(&w, &out, 0);
    json_object(&w);
    checkpoint_write(&w, &mark);
    json_end(&w);
    ck_ok(json_parse(buf_slice(&out), &g.t.arena, &root, &err));
    ck_ok(checkpoint_read(root, &g.t.arena, &again, &err));
    ck_assert(checkpoint_is_signed(&again, g.auth.signing_public));
    static const char *const bad[] = {"{}", "{\"seq\":7}", "[]", "7"};
    for (size_t i = 0; i < ARRAY_COUNT(bad); i++) {
        ck_ok(json_parse(slice_of(bad[i]), &g.t.arena, &root, &err));
        ck_assert_int_eq(checkpoint_read(root, &g.t.arena, &again, NULL), ST_VERIFY);
    }
    gate_close(&g);
}
END_TEST

TEST_MAIN("checkpoint", one_is_made_every_thousand_entries_or_hour, a_stop_covers_what_is_left,
          a_file_that_was_lost_or_torn_is_filled_again, a_signature_covers_number_time_and_hash,
          there_is_one_spelling_and_it_reads_back)
