/* Label table: order, identity, growth, the missing label, exhaustion. */
#include "detect/intern.h"
#include "lib/main.h"

static struct arena arena;
static struct intern table;

static void setup(size_t cap)
{
    arena_init(&arena, cap);
    intern_init(&table, &arena);
}

START_TEST(labels_are_numbered_in_order_of_first_appearance)
{
    setup(1 << 20);
    ck_assert_uint_eq(intern_put(&table, S("b")), 0);
    ck_assert_uint_eq(intern_put(&table, S("a")), 1);
    ck_assert_uint_eq(intern_put(&table, S("b")), 0);
    ck_assert_uint_eq(intern_put(&table, S("")), 2);
    ck_assert_uint_eq(intern_put(&table, S("")), 2);
    ck_assert_uint_eq(table.count, 3);
    ck_slice(table.names[1], "a");
}
END_TEST

START_TEST(a_hundred_thousand_labels_keep_their_numbers)
{
    setup(1 << 26);
    for (int round = 0; round < 2; round++)
        for (uint32_t i = 0; i < 100000; i++) {
            char text[24];
            int len = snprintf(text, sizeof text, "label-%u", i * 7);
            ck_assert_uint_eq(intern_put(&table, slice_make(text, (size_t)len)), i);
        }
    ck_assert_uint_eq(table.count, 100000);
    arena_finish(&arena);
}
END_TEST

START_TEST(the_missing_label_equals_no_text)
{
    setup(1 << 20);
    ck_assert_uint_eq(intern_put_missing(&table), 0);
    ck_assert_uint_eq(intern_put(&table, S("")), 1);
    ck_assert_uint_eq(intern_put_missing(&table), 0);
    for (uint32_t i = 0; i < 40; i++) /* grows over the missing label */
        ck_assert_uint_eq(intern_put(&table, slice_make(&i, sizeof i)), i + 2);
    ck_assert_ptr_null(table.names[0].ptr);
}
END_TEST

START_TEST(a_full_arena_gives_no_number)
{
    setup(2048);
    uint32_t id = 0;
    for (uint32_t i = 0; i < 1000 && id != INTERN_NONE; i++)
        id = intern_put(&table, slice_make(&i, sizeof i));
    ck_assert_uint_eq(id, INTERN_NONE);
    ck_assert(arena.overflow);
}
END_TEST

TEST_MAIN("intern", labels_are_numbered_in_order_of_first_appearance,
          a_hundred_thousand_labels_keep_their_numbers, the_missing_label_equals_no_text,
          a_full_arena_gives_no_number)
