/* Tests of bodies and answers of jobs: any size, replaced, dropped, gone with their job. */
#include "lib/temp_store.h"

static void add_job(struct temp_store *t, const char *id)
{
    struct store_job job = {.id = slice_of(id), .user_id = 1, .kind = S("detect")};
    ck_status(store_job_add(temp_write(t), &job, 8), ST_OK);
}

static slice pattern(struct temp_store *t, size_t bytes, unsigned salt)
{
    char *text = arena_array_raw(&t->arena, bytes + 1, 1);
    for (size_t i = 0; i < bytes; i++)
        text[i] = (char)((i * 31 + i / 4096 + salt) & 0x7f);
    return slice_make(text, bytes);
}

START_TEST(bodies_around_the_size_of_a_piece_come_back_whole)
{
    static const size_t sizes[] = {
        0, 1, (4 << 20) - 1, 4 << 20, (4 << 20) + 1, (8 << 20) + 5, (16 << 20)};
    struct temp_store t;
    uint64_t bytes;
    temp_open(&t);
    add_job(&t, "j");
    for (size_t i = 0; i < ARRAY_COUNT(sizes); i++) {
        struct arena_mark mark = arena_mark(&t.arena);
        slice back, body = pattern(&t, sizes[i], (unsigned)i);
        ck_status(store_job_data_put(temp_write(&t), 1, S("j"), STORE_JOB_INPUT, body), ST_OK);
        temp_commit(&t);
        ck_status(store_job_data_get(temp_read(&t), 1, S("j"), STORE_JOB_INPUT, sizes[i], &t.arena,
                                     &back),
                  ST_OK);
        ck_assert(slice_eq(back, body));
        ck_status(store_job_bytes(t.r, &bytes), ST_OK);
        ck_assert_uint_eq(bytes, sizes[i]);
        store_read_end(&t.r);
        arena_rewind(&t.arena, mark);
    }
    temp_close(&t);
}
END_TEST

START_TEST(a_row_that_says_less_than_there_is_is_corrupt)
{
    struct temp_store t;
    slice back;
    temp_open(&t);
    add_job(&t, "j");
    ck_status(store_job_data_put(temp_write(&t), 1, S("j"), STORE_JOB_RESULT, S("12345")), ST_OK);
    ck_status(store_job_data_get(&t.w, 1, S("j"), STORE_JOB_RESULT, 6, &t.arena, &back),
              ST_NOT_FOUND);
    ck_status(store_job_data_get(&t.w, 1, S("j"), STORE_JOB_INPUT, 5, &t.arena, &back),
              ST_NOT_FOUND);
    ck_status(store_job_data_get(&t.w, 1, S("j"), STORE_JOB_RESULT, 4, &t.arena, &back),
              ST_CORRUPT);
    temp_abort(&t);
    temp_close(&t);
}
END_TEST

START_TEST(the_body_goes_when_a_job_succeeds_and_stays_when_it_fails)
{
    struct temp_store t;
    slice back;
    temp_open(&t);
    for (int i = 0; i < 2; i++) {
        const char *id = i ? "fails" : "works";
        add_job(&t, id);
        ck_status(store_job_data_put(&t.w, 1, slice_of(id), STORE_JOB_INPUT, S("{}")), ST_OK);
        ck_status(store_job_data_put(&t.w, 1, slice_of(id), STORE_JOB_RESULT, S("{}")), ST_OK);
        struct store_job job = {
            .id = slice_of(id), .user_id = 1, .state = i ? STORE_JOB_FAILED : STORE_JOB_SUCCEEDED};
        ck_status(store_job_finish(&t.w, &job), ST_OK);
        ck_status(store_job_data_get(&t.w, 1, slice_of(id), STORE_JOB_INPUT, 2, &t.arena, &back),
                  i ? ST_OK : ST_NOT_FOUND);
        ck_status(store_job_data_get(&t.w, 1, slice_of(id), STORE_JOB_RESULT, 2, &t.arena, &back),
                  ST_OK);
    }
    temp_commit(&t);
    temp_close(&t);
}
END_TEST

TEST_MAIN("job_data", bodies_around_the_size_of_a_piece_come_back_whole,
          a_row_that_says_less_than_there_is_is_corrupt,
          the_body_goes_when_a_job_succeeds_and_stays_when_it_fails)
