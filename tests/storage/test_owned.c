/* Tests of owned objects: another user's object cannot be asked for; indexes follow. */
#include "lib/temp_store.h"

START_TEST(every_verb_of_another_user_finds_nothing)
{
    struct temp_store t;
    struct store_analysis back, *rows;
    struct store_page page = {0};
    temp_open(&t);
    struct store_analysis mine = {.id = S("ana_1"), .user_id = 1, .label = S("mine")};
    ck_status(store_analysis_add(temp_write(&t), &mine), ST_OK);
    ck_status(store_analysis_add(&t.w, &mine), ST_CONFLICT);
    ck_status(store_analysis_get(&t.w, 2, S("ana_1"), &t.arena, &back), ST_NOT_FOUND);
    ck_status(store_analysis_del(&t.w, 2, S("ana_1")), ST_NOT_FOUND);
    ck_status(store_analysis_list(&t.w, 2, &page, &t.arena, &rows), ST_OK);
    ck_assert_uint_eq(page.count, 0);
    struct store_analysis theirs = {.id = S("ana_1"), .user_id = 2, .label = S("theirs")};
    ck_status(store_analysis_put(&t.w, &theirs), ST_OK); /* the same id, another object */
    ck_status(store_analysis_get(&t.w, 1, S("ana_1"), &t.arena, &back), ST_OK);
    ck_slice(back.label, "mine");
    ck_status(store_analysis_get(&t.w, 1, S(""), &t.arena, &back), ST_NOT_FOUND);
    temp_commit(&t);
    temp_close(&t);
}
END_TEST

START_TEST(rev_counts_the_changes)
{
    struct temp_store t;
    temp_open(&t);
    struct store_hook hook = {.id = S("hok_1"), .user_id = 1, .rev = 77};
    ck_status(store_hook_add(temp_write(&t), &hook), ST_OK);
    ck_assert_uint_eq(hook.rev, 1);
    ck_status(store_hook_put(&t.w, &hook), ST_OK);
    ck_assert_uint_eq(hook.rev, 2);
    temp_commit(&t);
    temp_close(&t);
}
END_TEST

START_TEST(a_project_takes_its_children_along)
{
    struct temp_store t;
    struct store_round back;
    uint64_t owner;
    temp_open(&t);
    struct store_project project = {.id = S("prj_a"), .user_id = 3},
                         other = {.id = S("prj_ab"), .user_id = 3};
    struct store_round round = {.id = S("prj_a/00000001"), .user_id = 3};
    struct store_round others = {.id = S("prj_ab/00000001"), .user_id = 3};
    struct store_review review = {.id = S("prj_a/00000001"), .user_id = 3};
    ck_status(store_project_add(temp_write(&t), &project), ST_OK);
    ck_status(store_project_add(&t.w, &other), ST_OK);
    ck_status(store_round_add(&t.w, &round), ST_OK);
    ck_status(store_round_add(&t.w, &others), ST_OK);
    ck_status(store_review_add(&t.w, &review), ST_OK);
    ck_status(store_project_owner(&t.w, S("prj_a"), &owner), ST_OK);
    ck_assert_uint_eq(owner, 3);
    ck_status(store_project_del(&t.w, 3, S("prj_a")), ST_OK);
    ck_status(store_project_owner(&t.w, S("prj_a"), &owner), ST_NOT_FOUND);
    ck_status(store_round_get(&t.w, 3, S("prj_a/00000001"), &t.arena, &back), ST_NOT_FOUND);
    ck_status(store_review_del(&t.w, 3, S("prj_a/00000001")), ST_NOT_FOUND);
    ck_status(store_round_get(&t.w, 3, S("prj_ab/00000001"), &t.arena, &back), ST_OK);
    temp_commit(&t);
    temp_close(&t);
}
END_TEST

START_TEST(deliveries_come_due_oldest_first)
{
    struct temp_store t;
    struct store_delivery *rows;
    size_t count;
    temp_open(&t);
    struct store_delivery a = {.id = S("evt_a"), .user_id = 9, .next_ms = T0_MS + 5};
    struct store_delivery b = {.id = S("evt_b"), .user_id = 1, .next_ms = T0_MS + 2};
    struct store_delivery c = {.id = S("evt_c"), .user_id = 1, .next_ms = T0_MS + 90};
    ck_status(store_delivery_add(temp_write(&t), &a), ST_OK);
    ck_status(store_delivery_add(&t.w, &b), ST_OK);
    ck_status(store_delivery_add(&t.w, &c), ST_OK);
    ck_status(store_delivery_due(&t.w, T0_MS + 10, 10, &t.arena, &rows, &count), ST_OK);
    ck_assert_uint_eq(count, 2);
    ck_slice(rows[0].id, "evt_b");
    b.next_ms = T0_MS + 50; /* failed: try again later */
    a.next_ms = 0;          /* delivered */
    ck_status(store_delivery_put(&t.w, &b), ST_OK);
    ck_status(store_delivery_put(&t.w, &a), ST_OK);
    ck_status(store_delivery_due(&t.w, T0_MS + 10, 10, &t.arena, &rows, &count), ST_OK);
    ck_assert_uint_eq(count, 0);
    temp_commit(&t);
    temp_close(&t);
}
END_TEST

START_TEST(reports_and_data_sets_hold_their_blobs)
{
    struct temp_store t;
    struct store_blob blob = {0};
    struct crypt_hash one = temp_hash(1), two = temp_hash(2);
    temp_open(&t);
    struct store_analysis analysis = {.id = S("ana_1"),
                                      .user_id = 1,
                                      .report_sha256 = temp_hash_slice(&t, 1),
                                      .expires_ms = T0_MS + 5};
    struct store_dataset dataset = {.id = S("ds"), .sha256 = temp_hash_slice(&t, 1)};
    ck_status(store_analysis_add(temp_write(&t), &analysis), ST_NOT_FOUND); /* unknown blob */
    temp_abort(&t);
    for (unsigned i = 1; i <= 2; i++) {
        struct store_blob row = {.sha256 = temp_hash_slice(&t, i), .size_bytes = i};
        ck_status(store_blob_put(temp_write(&t), &row), ST_OK);
    }
    ck_status(store_analysis_add(&t.w, &analysis), ST_OK);
    ck_status(store_dataset_add(&t.w, &dataset), ST_OK);
    dataset.sha256 = temp_hash_slice(&t, 2);
    ck_status(store_dataset_put(&t.w, &dataset), ST_OK);
    ck_status(store_blob_get(&t.w, &one, &t.arena, &blob), ST_OK);
    ck_assert_uint_eq(blob.refs, 1);
    ck_status(store_blob_get(&t.w, &two, &t.arena, &blob), ST_OK);
    ck_assert_uint_eq(blob.refs, 1);
    size_t swept;
    ck_status(store_sweep(&t.w, T0_MS + 5, 10, &swept), ST_OK); /* the analysis expires */
    ck_assert_uint_eq(swept, 1);
    ck_status(store_blob_get(&t.w, &one, &t.arena, &blob), ST_OK);
    ck_assert_uint_eq(blob.refs, 0);
    temp_commit(&t);
    temp_close(&t);
}
END_TEST

TEST_MAIN("owned", every_verb_of_another_user_finds_nothing, rev_counts_the_changes,
          a_project_takes_its_children_along, deliveries_come_due_oldest_first,
          reports_and_data_sets_hold_their_blobs)
