/* Tests of the blocks of single calls: kept, cut off when old, read in pages. */
#include "lib/temp_store.h"

struct calls {
    uint64_t count, stop_at;
    char text[32];
};

static bool add_call(void *arg, const struct store_usage_call *call)
{
    struct calls *calls = arg;
    calls->count++;
    (void)snprintf(calls->text, sizeof calls->text, SLICE_FMT, SLICE_ARG(call->endpoint));
    return calls->count != calls->stop_at;
}

START_TEST(calls_are_kept_in_blocks_and_cut_off_when_old)
{
    struct temp_store t;
    struct calls calls = {0};
    size_t trimmed;
    temp_open(&t);
    for (int64_t second = 0; second < 10; second++) {
        struct store_usage_call rows[] = {{.at_ms = T0_MS + second * 1000,
                                           .user_id = 1,
                                           .endpoint = S("/api/detect"),
                                           .status = 200},
                                          {.at_ms = T0_MS + second * 1000,
                                           .user_id = 2,
                                           .endpoint = S("/api/jobs"),
                                           .status = 404}};
        ck_status(store_usage_log(temp_write(&t), T0_MS + second * 1000 + 999, 1, rows, 2), ST_OK);
    }
    temp_commit(&t);
    struct store_usage_range range = {.from_ms = T0_MS + 2000, .to_ms = T0_MS + 5000};
    ck_status(store_usage_calls(temp_read(&t), &range, add_call, &calls), ST_OK);
    ck_assert_uint_eq(calls.count, 6);
    range.user_id = 2;
    calls = (struct calls){.stop_at = 2};
    ck_status(store_usage_calls(t.r, &range, add_call, &calls), ST_OK);
    ck_assert_uint_eq(calls.count, 2);
    ck_assert_str_eq(calls.text, "/api/jobs");
    ck_status(store_usage_trim(temp_write(&t), T0_MS + 5000, 3, &trimmed), ST_OK);
    ck_assert_uint_eq(trimmed, 3);
    ck_status(store_usage_trim(&t.w, T0_MS + 5000, 100, &trimmed), ST_OK);
    ck_assert_uint_eq(trimmed, 2);
    temp_commit(&t);
    temp_close(&t);
}
END_TEST

/* 50 seconds, in each a block of loop 0 and one of loop 3; every third call is of user 2. */
static void fill(struct temp_store *t)
{
    uint64_t serial = 0;
    for (int64_t second = 0; second < 50; second++)
        for (unsigned loop = 0; loop <= 3; loop += 3) {
            struct store_usage_call rows[5];
            for (size_t i = 0; i < 5; i++, serial++)
                rows[i] = (struct store_usage_call){.at_ms = T0_MS + second * 1000,
                                                    .user_id = serial % 3 == 0 ? 2 : 1,
                                                    .endpoint = S("/api/detect"),
                                                    .work_us = serial};
            ck_status(store_usage_log(temp_write(t), T0_MS + second * 1000 + 500, loop, rows, 5),
                      ST_OK);
        }
    temp_commit(t);
}

/* Every call of the user once and in order, whatever the page size. */
static void walk_pages(struct temp_store *t, bool newest_first, size_t limit)
{
    const struct store_usage_range range = {.user_id = 2, .from_ms = T0_MS, .to_ms = T0_MS + 40000};
    struct store_page page = {.limit = limit, .newest_first = newest_first};
    uint64_t seen = 0;
    uint64_t last = newest_first ? UINT64_MAX : 0;
    for (int pages = 0; pages < 1000; pages++) {
        struct store_usage_call *rows;
        ck_status(store_usage_page(temp_read(t), &range, &page, &t->arena, &rows), ST_OK);
        ck_assert_uint_le(page.count, limit);
        for (size_t i = 0; i < page.count; i++, seen++) {
            ck_assert_uint_eq(rows[i].user_id, 2);
            ck_assert_uint_eq(rows[i].work_us % 3, 0);
            if (seen)
                ck_assert(newest_first ? rows[i].work_us == last - 3 : rows[i].work_us == last + 3);
            last = rows[i].work_us;
        }
        if (!page.next.len)
            break;
        page.cursor = page.next;
    }
    ck_assert_uint_eq(seen, 134); /* 40 s with 10 calls: 0, 3, … 399 */
    ck_assert_uint_eq(last, newest_first ? 0 : 399);
}

START_TEST(pages_hold_every_call_once_in_either_order)
{
    struct temp_store t;
    temp_open(&t);
    fill(&t);
    for (size_t limit = 1; limit <= 12; limit++) {
        walk_pages(&t, false, limit);
        walk_pages(&t, true, limit);
    }
    walk_pages(&t, true, 200);
    temp_close(&t);
}
END_TEST

START_TEST(foreign_cursors_are_refused)
{
    static const char *const cursors[] = {"x", "AAAA", "AAAAAAAAAAAAAAAAAAAA!", "%%%%"};
    const struct store_usage_range range = {.user_id = 2, .to_ms = T0_MS + 40000};
    struct temp_store t;
    struct store_usage_call *rows;
    temp_open(&t);
    fill(&t);
    for (size_t i = 0; i < ARRAY_COUNT(cursors); i++) {
        struct store_page page = {.cursor = slice_of(cursors[i])};
        ck_status(store_usage_page(temp_read(&t), &range, &page, &t.arena, &rows), ST_INVALID);
    }
    temp_close(&t);
}
END_TEST

TEST_MAIN("usage_raw", calls_are_kept_in_blocks_and_cut_off_when_old,
          pages_hold_every_call_once_in_either_order, foreign_cursors_are_refused)
