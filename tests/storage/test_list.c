/* Tests of pages of a list: cursors, orders, filters, forged cursors. */
#include "lib/temp_store.h"

static void put_hooks(struct temp_store *t, uint64_t user_id, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        char id[16], url[32];
        (void)snprintf(id, sizeof id, "hok_%04u", i);
        (void)snprintf(url, sizeof url, "https://h/%u", i);
        struct store_hook hook = {
            .id = slice_of(id), .user_id = user_id, .url = slice_of(url), .enabled = i % 3 == 0};
        ck_status(store_hook_add(temp_write(t), &hook), ST_OK);
    }
}

static unsigned count_pages(struct temp_store *t, struct store_page page, unsigned *ret_rows)
{
    unsigned pages = 0;
    struct store_hook *rows;
    *ret_rows = 0;
    do {
        ck_status(store_hook_list(t->r, 1, &page, &t->arena, &rows), ST_OK);
        for (size_t i = 0; i < page.count; i++)
            ck_assert_uint_eq(rows[i].user_id, 1);
        *ret_rows += (unsigned)page.count;
        pages++;
        page.cursor = page.next;
    } while (page.next.len);
    return pages;
}

static bool is_enabled(const void *row, const void *arg)
{
    (void)arg;
    return ((const struct store_hook *)row)->enabled;
}

START_TEST(pages_hold_every_row_once_in_both_orders)
{
    struct temp_store t;
    unsigned rows;
    temp_open(&t);
    put_hooks(&t, 1, 30);
    put_hooks(&t, 2, 5);
    temp_commit(&t);
    (void)temp_read(&t);
    ck_assert_uint_eq(count_pages(&t, (struct store_page){.limit = 7}, &rows), 5);
    ck_assert_uint_eq(rows, 30);
    ck_assert_uint_eq(count_pages(&t, (struct store_page){.limit = 7, .newest_first = true}, &rows),
                      5);
    ck_assert_uint_eq(rows, 30);
    ck_assert_uint_eq(count_pages(&t, (struct store_page){.limit = 30}, &rows), 1);
    ck_assert_uint_eq(count_pages(&t, (struct store_page){.keep = is_enabled}, &rows), 1);
    ck_assert_uint_eq(rows, 10);
    temp_close(&t);
}
END_TEST

START_TEST(the_newest_come_first_on_demand)
{
    struct temp_store t;
    struct store_hook *rows;
    temp_open(&t);
    put_hooks(&t, 1, 3);
    temp_commit(&t);
    struct store_page page = {.newest_first = true, .limit = 1};
    ck_status(store_hook_list(temp_read(&t), 1, &page, &t.arena, &rows), ST_OK);
    ck_slice(rows[0].id, "hok_0002");
    ck_assert_uint_gt(page.next.len, 0);
    temp_close(&t);
}
END_TEST

START_TEST(a_forged_cursor_never_leaves_the_own_rows)
{
    struct temp_store t;
    struct store_hook *rows;
    temp_open(&t);
    put_hooks(&t, 1, 3);
    put_hooks(&t, 2, 3);
    temp_commit(&t);
    (void)temp_read(&t);
    uint64_t state = 7;
    for (int i = 0; i < 500; i++) {
        char text[24];
        size_t len = (size_t)(i % 23) + 1;
        for (size_t j = 0; j < len; j++) {
            state = state * 6364136223846793005u + 1442695040888963407u;
            text[j] = "ABCDwxyz0189-_=/ "[state >> 33 & 15];
        }
        struct store_page page = {.cursor = {text, len}, .newest_first = i % 2};
        status rc = store_hook_list(t.r, 1, &page, &t.arena, &rows);
        ck_assert(rc == ST_OK || rc == ST_INVALID);
        for (size_t j = 0; rc == ST_OK && j < page.count; j++)
            ck_assert_uint_eq(rows[j].user_id, 1);
    }
    struct store_page page = {.cursor = S("!")};
    ck_status(store_hook_list(t.r, 1, &page, &t.arena, &rows), ST_INVALID);
    temp_close(&t);
}
END_TEST

START_TEST(a_prefix_of_ids_cuts_the_list)
{
    struct temp_store t;
    struct store_round *rows;
    temp_open(&t);
    for (unsigned i = 0; i < 6; i++) {
        char id[STORE_ID_MAX];
        struct store_round round = {.id = store_sub_id(id, i % 2 ? S("prj_a") : S("prj_b"), i),
                                    .user_id = 1};
        ck_status(store_round_add(temp_write(&t), &round), ST_OK);
    }
    temp_commit(&t);
    struct store_page page = {.prefix = S("prj_a/"), .limit = 2};
    ck_status(store_round_list(temp_read(&t), 1, &page, &t.arena, &rows), ST_OK);
    ck_assert_uint_eq(page.count, 2);
    ck_slice(rows[0].id, "prj_a/00000001");
    page.cursor = page.next;
    ck_status(store_round_list(t.r, 1, &page, &t.arena, &rows), ST_OK);
    ck_assert_uint_eq(page.count, 1);
    ck_assert_uint_eq(page.next.len, 0);
    temp_close(&t);
}
END_TEST

TEST_MAIN("list", pages_hold_every_row_once_in_both_orders, the_newest_come_first_on_demand,
          a_forged_cursor_never_leaves_the_own_rows, a_prefix_of_ids_cuts_the_list)
