/* dataset.c: ids, and which stored file is meant. */
#include "dataset.h"

#include "lib/main.h"
#include "lib/temp_store.h"
#include "lib/zenodo_sample.h"

static struct temp_store t;
static struct error err;
static struct arena arena;

static const unsigned char sums[8][CRYPT_HASH_BYTES] = {{1}, {2}, {3}, {4}, {5}};

struct put {
    const char *record, *file, *version, *concept;
    uint64_t size;
    size_t sum;
    uint64_t bytes_max; /* of all; 0 = any number */
};

static status put_apply(struct store_txn *txn, void *arg, struct error *error)
{
    const struct put *put = arg;
    char id[STORE_ID_MAX];
    struct dataset_got got = {
        .is_new = true,
        .row = {.id = dataset_id(id, slice_of(put->record), S("name"), slice_of(put->file)),
                .name = S("name"),
                .record_id = slice_of(put->record),
                .file_key = slice_of(put->file),
                .version = slice_of(put->version),
                .concept_doi = slice_of(put->concept),
                .size_bytes = put->size,
                .sha256 = slice_make(sums[put->sum], CRYPT_HASH_BYTES),
                .checked_ms = T0_MS,
                .created_ms = T0_MS}};
    return dataset_keep(txn, put->bytes_max ? put->bytes_max : UINT64_MAX, &got, error);
}

static void open_filled(void)
{
    static const struct put rows[] = {
        {"1002", "a.csv", "v1", "10.5072/zenodo.1001", 10, 0, 0},
        {"1002", "b.csv", "v1", "10.5072/zenodo.1001", 20, 1, 0},
        {"1002", "z.txt", "v1", "10.5072/zenodo.1001", 900, 2, 0},
        {"10030", "a.csv", "v2", "10.5072/zenodo.1001", 5, 3, 0},
        {"", "log.csv", "", "", 5, 4, 0},
    };
    temp_open(&t);
    arena_init(&arena, 32 << 20);
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
        ck_ok(store_apply(t.store, put_apply, (void *)(uintptr_t)&rows[i], &err));
}

static void finds(const char *text, enum zenodo_pick pick, const char *record, const char *file)
{
    struct dataset_want want = {.pick = pick};
    struct dataset_got got;
    ck_ok(source_parse(slice_of(text), NULL, &want.source, &err));
    status rc = dataset_find(temp_read(&t), &want, &arena, &got, &err);
    store_read_end(&t.r);
    if (!record) {
        ck_assert_int_eq(rc, ST_NOT_FOUND);
        ck_assert_str_eq(err.code, "dataset_not_found");
        return;
    }
    ck_ok(rc);
    ck_slice(got.row.record_id, record);
    ck_slice(got.row.file_key, file);
}

START_TEST(the_file_that_is_meant_is_found)
{
    open_filled();
    finds("zenodo://1002", ZENODO_LARGEST_CSV, "1002", "b.csv");
    finds("zenodo://1002/z.txt", ZENODO_LARGEST_CSV, "1002", "z.txt");
    finds("zenodo://1001", ZENODO_LARGEST_CSV, "10030", "a.csv"); /* newest of the concept */
    finds("zenodo://1001/v1/b.csv", ZENODO_LARGEST_CSV, "1002", "b.csv");
    finds("zenodo://1002/v2", ZENODO_LARGEST_CSV, NULL, NULL);
    finds("zenodo://9", ZENODO_LARGEST_CSV, NULL, NULL);
    finds("zenodo://1002/none.csv", ZENODO_LARGEST_CSV, NULL, NULL);
    finds("dataset:name/log.csv", ZENODO_LARGEST_CSV, "", "log.csv");
    finds("dataset:other", ZENODO_LARGEST_CSV, NULL, NULL);
    arena_finish(&arena);
    temp_close(&t);
}
END_TEST

START_TEST(ids_stand_side_by_side_and_differ)
{
    char a[STORE_ID_MAX], b[STORE_ID_MAX], c[STORE_ID_MAX];
    ck_assert(
        slice_has_prefix(dataset_id(a, S("17637303"), S(""), S("x.csv")), S("zenodo-17637303-")));
    (void)dataset_id(b, S("17637303"), S(""), S("y.csv"));
    ck_assert_str_ne(a, b);
    (void)dataset_id(b, S("17637303"), S("name"), S("x.csv"));
    ck_assert_str_eq(a, b); /* a record has one name */
    ck_assert(slice_has_prefix(dataset_id(b, S(""), S("one"), S("x.csv")), S("dir-")));
    (void)dataset_id(c, S(""), S("two"), S("x.csv"));
    ck_assert_str_ne(b, c);
}
END_TEST

START_TEST(keeping_again_keeps_the_first_date)
{
    struct put row = {"7", "a.csv", "", "", 5, 0, 0};
    struct dataset_want want = {.source = {.kind = SOURCE_ZENODO, .record = S("7")}};
    struct dataset_got got;
    open_filled();
    ck_ok(store_apply(t.store, put_apply, &row, &err));
    ck_ok(store_apply(t.store, put_apply, &row, &err));
    ck_ok(dataset_find(temp_read(&t), &want, &arena, &got, &err));
    store_read_end(&t.r);
    ck_assert_int_eq(got.row.created_ms, T0_MS);
    ck_assert_uint_eq(got.row.rev, 2);
    arena_finish(&arena);
    temp_close(&t);
}
END_TEST

START_TEST(a_row_knows_its_record)
{
    struct zenodo_record record;
    struct store_dataset row = {.record = S(SAMPLE_LEGACY)};
    struct json_out w;
    struct buf out;
    arena_init(&arena, 1 << 20);
    ck_ok(dataset_record(&row, &arena, &record, &err));
    ck_slice(record.id, "1002");
    row = (struct store_dataset){.name = S("mine"), .file_key = S("a.csv"), .size_bytes = 3};
    ck_ok(dataset_record(&row, &arena, &record, &err));
    ck_slice(record.id, "mine");
    ck_slice(record.files[0].key, "a.csv");
    buf_init_arena(&out, &arena, 65536);
    json_out_init(&w, &out, 0);
    json_object(&w);
    dataset_present(&w, &row);
    json_end(&w);
    ck_assert(slice_find(buf_slice(&out), S("\"file_key\":\"a.csv\",\"size\":3"), &(size_t){0}));
    arena_finish(&arena);
}
END_TEST

/* 940 bytes are stored: what is there may be written again, one byte more may not. */
START_TEST(all_together_have_a_limit)
{
    const struct put again = {"1002", "z.txt", "v1", "10.5072/zenodo.1001", 900, 2, 940};
    const struct put more = {"1002", "z.txt", "v1", "10.5072/zenodo.1001", 901, 2, 940};
    const struct put less = {"1002", "z.txt", "v1", "10.5072/zenodo.1001", 899, 2, 940};
    const struct put other = {"", "new.csv", "", "", 1, 4, 940};
    uint64_t bytes;
    open_filled();
    ck_ok(store_apply(t.store, put_apply, (void *)(uintptr_t)&again, &err));
    ck_status(store_apply(t.store, put_apply, (void *)(uintptr_t)&more, &err), ST_FULL);
    ck_assert_str_eq(err.code, "datasets_full");
    ck_status(store_apply(t.store, put_apply, (void *)(uintptr_t)&other, &err), ST_FULL);
    ck_status(store_dataset_bytes(temp_read(&t), &bytes), ST_OK);
    ck_assert_uint_eq(bytes, 940);
    store_read_end(&t.r);
    ck_ok(store_apply(t.store, put_apply, (void *)(uintptr_t)&less, &err));
    ck_ok(store_apply(t.store, put_apply, (void *)(uintptr_t)&other, &err));
    arena_finish(&arena);
    temp_close(&t);
}
END_TEST

TEST_MAIN("dataset", all_together_have_a_limit, the_file_that_is_meant_is_found,
          ids_stand_side_by_side_and_differ, keeping_again_keeps_the_first_date,
          a_row_knows_its_record)
