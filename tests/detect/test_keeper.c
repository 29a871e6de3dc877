/* Tests of detect/keeper.c: values come back, shorter structs read as zeros, longer ones are cut.
 */
#include "detect/keeper.h"

#include "lib/main.h"

static struct arena arena;
static struct buf bytes;

static struct keeper writer(void)
{
    arena_finish(&arena); /* of the writer before */
    arena_init(&arena, 1 << 20);
    buf_init_arena(&bytes, &arena, 1 << 16);
    return (struct keeper){.out = &bytes};
}

static struct keeper reader(void)
{
    return (struct keeper){.at = bytes.ptr, .end = bytes.ptr + bytes.len, .arena = &arena};
}

START_TEST(numbers_of_every_length_come_back)
{
    static const uint64_t values[] = {
        0, 1, 127, 128, 16383, 16384, UINT32_MAX, 1ULL << 35, (1ULL << 63) - 1, UINT64_MAX};
    struct keeper k = writer();
    for (size_t i = 0; i < ARRAY_COUNT(values); i++)
        ck_assert(keep_number(&k, values[i]) == values[i]);
    k = reader();
    for (size_t i = 0; i < ARRAY_COUNT(values); i++)
        ck_assert(keep_number(&k, 99) == values[i]);
    ck_assert(k.at == k.end);
    ck_assert(keep_number(&k, 99) == 0); /* beyond the end */
    ck_assert(!k.is_bad);
    arena_finish(&arena);
}
END_TEST

START_TEST(texts_words_and_lists_come_back)
{
    static const slice rows[] = {SLICE_INIT("one"), SLICE_INIT(""), {NULL, 0}};
    static const double reals[] = {0.1, -1e300};
    const slice *list = rows;
    const char *word = "slug", *none = NULL;
    struct keeper k = writer();
    KEEP_LIST(&k, list, 3, keep_text_row);
    keep_word(&k, &word);
    keep_word(&k, &none);
    ck_assert(keep_reals(&k, reals, 2) == reals);
    ck_assert(!keep_reals(&k, NULL, 2));
    k = reader();
    list = NULL;
    KEEP_LIST(&k, list, 3, keep_text_row);
    ck_assert(slice_eq(list[0], S("one")));
    ck_assert(list[1].ptr && list[1].len == 0);
    ck_assert(!list[2].ptr);
    keep_word(&k, &word);
    keep_word(&k, &none);
    ck_assert_str_eq(word, "slug");
    ck_assert(!none);
    const double *back = keep_reals(&k, NULL, 2);
    ck_assert(memcmp(back, reals, sizeof reals) == 0);
    ck_assert(!keep_reals(&k, NULL, 2));
    ck_assert(!k.is_bad);
    arena_finish(&arena);
}
END_TEST

struct row {
    uint64_t a, b;
};

static void two_fields(struct keeper *k, void *row)
{
    struct row *r = row;
    KEEP_NUMBER(k, r->a);
    KEEP_NUMBER(k, r->b);
}

static void one_field(struct keeper *k, void *row)
{
    KEEP_NUMBER(k, ((struct row *)row)->a);
}

START_TEST(an_older_struct_has_zeros_and_a_newer_one_is_cut)
{
    struct row row = {3, 4};
    uint64_t behind = 5;
    struct keeper k = writer();
    KEEP_PART(&k, row, one_field);
    KEEP_PART(&k, row, two_fields);
    KEEP_NUMBER(&k, behind);
    k = reader();
    row = (struct row){0};
    KEEP_PART(&k, row, two_fields); /* of one */
    ck_assert(row.a == 3 && row.b == 0);
    row = (struct row){0};
    KEEP_PART(&k, row, one_field); /* of two */
    ck_assert(row.a == 3 && row.b == 0);
    KEEP_NUMBER(&k, behind);
    ck_assert(behind == 5 && !k.is_bad);
    arena_finish(&arena);
}
END_TEST

START_TEST(lengths_and_choices_that_nothing_wrote_are_bad)
{
    slice text = S("abc");
    struct keeper k = writer();
    keep_text(&k, &text);
    bytes.len--;
    k = reader();
    keep_text(&k, &text);
    ck_assert(k.is_bad && !text.ptr);
    k = writer();
    (void)keep_number(&k, 3);
    k = reader();
    ck_assert_uint_eq(keep_choice(&k, 0, 2), 0);
    ck_assert(k.is_bad);
    k = writer();
    (void)keep_number(&k, 1);
    k = reader();
    ck_assert(!keep_list(&k, NULL, 1000, 8, keep_number32_row)); /* more rows than bytes */
    ck_assert(k.is_bad);
    arena_finish(&arena);
}
END_TEST

TEST_MAIN("keeper", numbers_of_every_length_come_back, texts_words_and_lists_come_back,
          an_older_struct_has_zeros_and_a_newer_one_is_cut,
          lengths_and_choices_that_nothing_wrote_are_bad)
