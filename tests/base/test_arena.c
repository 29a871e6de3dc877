/* Tests of the bump allocator. */
#include "base/arena.h"

#include "lib/main.h"

START_TEST(memory_is_zeroed_and_aligned)
{
    struct arena arena;
    arena_init(&arena, 1 << 20);
    for (size_t n = 1; n < 200; n++) {
        unsigned char *p = arena_alloc(&arena, n);
        ck_assert_uint_eq((uintptr_t)p % 16, 0);
        for (size_t i = 0; i < n; i++)
            ck_assert_uint_eq(p[i], 0);
        memset(p, 0xFF, n);
    }
    arena_finish(&arena);
}
END_TEST

START_TEST(cap_is_exact_and_overflow_sticks)
{
    struct arena arena;
    struct error err = {0};
    arena_init(&arena, 64);
    ck_assert_ptr_nonnull(arena_alloc(&arena, 64));
    ck_ok(arena_check(&arena, &err));
    ck_assert_ptr_null(arena_alloc(&arena, 1));
    ck_status(arena_check(&arena, &err), ST_TOO_LARGE);
    arena_finish(&arena);
}
END_TEST

START_TEST(array_refuses_a_product_that_overflows)
{
    struct arena arena;
    arena_init(&arena, SIZE_MAX);
    ck_assert_ptr_null(arena_array(&arena, SIZE_MAX / 2, 4));
    ck_assert(arena.overflow);
    arena_finish(&arena);
}
END_TEST

START_TEST(rewind_gives_back_what_came_after_the_mark)
{
    struct arena arena;
    arena_init(&arena, 1 << 24);
    char *kept = arena_alloc(&arena, 100);
    struct arena_mark mark = arena_mark(&arena);
    for (int i = 0; i < 100; i++)
        (void)arena_alloc(&arena, 50000);
    arena_rewind(&arena, mark);
    ck_assert_uint_eq(arena.used_bytes, mark.used_bytes);
    memset(kept, 1, 100);
    ck_assert_ptr_nonnull(arena_alloc(&arena, 1 << 20));
    arena_finish(&arena);
}
END_TEST

START_TEST(copy_and_printf_end_with_nul)
{
    struct arena arena;
    arena_init(&arena, 4096);
    ck_assert_str_eq(arena_copy(&arena, S("abc")).ptr, "abc");
    ck_slice(arena_printf(&arena, "%d-%s", 7, "x"), "7-x");
    arena_finish(&arena);
}
END_TEST

START_TEST(a_growing_list_keeps_its_elements)
{
    struct arena arena;
    void *list = NULL;
    size_t cap = 0;
    arena_init(&arena, 1 << 16);
    for (int i = 0; i < 1000; i++) {
        ck_assert(arena_grow(&arena, &list, &cap, (size_t)i, sizeof i));
        ((int *)list)[i] = i;
    }
    for (int i = 0; i < 1000; i++)
        ck_assert_int_eq(((int *)list)[i], i);
    arena.cap_bytes = arena.used_bytes;
    ck_assert(!arena_grow(&arena, &list, &cap, cap, sizeof(int)));
    ck_assert(arena.overflow);
    arena_finish(&arena);
}
END_TEST

START_TEST(an_arena_within_another_is_paid_by_it)
{
    struct arena outer, inner;
    arena_init(&outer, 256);
    arena_init_within(&inner, &outer);
    ck_assert_ptr_nonnull(arena_alloc(&outer, 64));
    ck_assert_ptr_nonnull(arena_alloc(&inner, 128));
    ck_assert_uint_eq(outer.lent_bytes, 128);
    ck_assert_ptr_null(arena_alloc(&inner, 128));
    ck_assert(inner.overflow && !outer.overflow);
    ck_assert_ptr_nonnull(arena_alloc(&outer, 64)); /* now the cap is reached together */
    struct arena_mark mark = arena_mark(&outer);
    arena_finish(&inner);
    ck_assert_uint_eq(outer.lent_bytes, 0);
    ck_assert_ptr_nonnull(arena_alloc(&outer, 128));
    arena_rewind(&outer, mark);
    ck_assert_uint_eq(outer.used_bytes, 128);
    arena_finish(&outer);
}
END_TEST

START_TEST(lent_memory_is_used_first_and_wiped)
{
    static _Alignas(max_align_t) unsigned char lent[256];
    struct arena arena;
    arena_init(&arena, 1 << 20);
    arena.wipe = true;
    arena_lend(&arena, lent, sizeof lent);
    char *first = arena_array_raw(&arena, 100, 1);
    ck_assert(first > (char *)lent && first + 100 <= (char *)lent + sizeof lent);
    memset(first, 'x', 100);
    char *second = arena_array_raw(&arena, 1000, 1);
    ck_assert(second < (char *)lent || second >= (char *)lent + sizeof lent);
    arena_finish(&arena);
    for (size_t i = 0; i < 100; i++)
        ck_assert_int_eq(first[i], 0);
}
END_TEST

START_TEST(lower_case_is_a_copy)
{
    struct arena arena;
    arena_init(&arena, 1000);
    slice lower = arena_lower(&arena, S("X-Request-ID/\xC3\x84"));
    ck_slice(lower, "x-request-id/\xC3\x84");
    arena_finish(&arena);
}
END_TEST

TEST_MAIN("arena", lent_memory_is_used_first_and_wiped, lower_case_is_a_copy,
          memory_is_zeroed_and_aligned, cap_is_exact_and_overflow_sticks,
          array_refuses_a_product_that_overflows, rewind_gives_back_what_came_after_the_mark,
          copy_and_printf_end_with_nul, a_growing_list_keeps_its_elements,
          an_arena_within_another_is_paid_by_it)
