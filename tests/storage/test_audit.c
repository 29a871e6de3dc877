/* Tests of the audit chain: every alteration of the log is found. */
#include "lib/temp_store.h"

enum { ENTRIES = 12 };

static void put_entries(struct temp_store *t)
{
    for (unsigned i = 0; i < ENTRIES; i++) {
        struct store_audit entry = {.at_ms = T0_MS + i,
                                    .actor = S("user:1"),
                                    .action = S("key.create"),
                                    .object = S("key:4"),
                                    .detail = S("name=ci"),
                                    .seq = 99};
        ck_status(store_audit_add(temp_write(t), &entry), ST_OK);
    }
}

static status verify(struct temp_store *t, uint64_t *ret_count)
{
    struct error err = {0};
    status rc = store_audit_verify(temp_write(t), ret_count, &err);
    ck_assert_int_eq(rc != ST_OK, err.text[0] != '\0');
    return rc;
}

static struct store_audit entry_get(struct temp_store *t, uint64_t seq)
{
    struct store_audit entry;
    struct key key = key_of_u64(seq);
    ck_status(row_get(temp_write(t), TABLE_AUDIT, &key, &t->arena, &entry), ST_OK);
    return entry;
}

static void entry_put(struct temp_store *t, uint64_t seq, const struct store_audit *entry)
{
    struct key key = key_of_u64(seq);
    ck_status(row_put(temp_write(t), TABLE_AUDIT, &key, entry), ST_OK);
}

START_TEST(a_chain_that_was_left_alone_holds)
{
    struct temp_store t;
    uint64_t count, seq;
    struct crypt_hash hash, again;
    temp_open(&t);
    ck_status(verify(&t, &count), ST_OK);
    ck_assert_uint_eq(count, 0);
    ck_status(store_audit_head(&t.w, &seq, &hash), ST_OK);
    ck_assert_uint_eq(seq, 0);
    put_entries(&t);
    ck_status(verify(&t, &count), ST_OK);
    ck_assert_uint_eq(count, ENTRIES);
    ck_status(store_audit_head(&t.w, &seq, &hash), ST_OK);
    ck_assert_uint_eq(seq, ENTRIES);
    struct store_audit last = entry_get(&t, ENTRIES);
    store_audit_hash(&last, &again);
    ck_assert(memcmp(again.bytes, hash.bytes, sizeof hash.bytes) == 0);
    temp_commit(&t);
    temp_close(&t);
}
END_TEST

START_TEST(every_edited_field_is_found)
{
    struct temp_store t;
    uint64_t count;
    temp_open(&t);
    put_entries(&t);
    temp_commit(&t);
    for (size_t i = 0; i < record_audit.field_count; i++) {
        struct store_audit entry = entry_get(&t, 5);
        char *at = (char *)&entry + record_audit.fields[i].offset;
        if (record_audit.fields[i].kind == KIND_str || record_audit.fields[i].kind == KIND_bytes)
            *(slice *)(void *)at = S("forged");
        else
            *(uint64_t *)(void *)at += 1;
        entry_put(&t, 5, &entry);
        ck_assert_msg(verify(&t, &count) == ST_VERIFY, "field %s", record_audit.fields[i].name);
        temp_abort(&t);
    }
    temp_close(&t);
}
END_TEST

START_TEST(dropped_and_swapped_entries_are_found)
{
    struct temp_store t;
    uint64_t count;
    temp_open(&t);
    put_entries(&t);
    temp_commit(&t);
    for (uint64_t seq = 1; seq < ENTRIES; seq++) {
        struct key key = key_of_u64(seq);
        ck_status(row_del(temp_write(&t), TABLE_AUDIT, &key), ST_OK);
        ck_status(verify(&t, &count), ST_VERIFY);
        temp_abort(&t);
        struct store_audit a = entry_get(&t, seq), b = entry_get(&t, seq + 1);
        entry_put(&t, seq, &b);
        entry_put(&t, seq + 1, &a);
        ck_status(verify(&t, &count), ST_VERIFY);
        temp_abort(&t);
    }
    temp_close(&t);
}
END_TEST

/* A forger who recomputes the hash of the entry still breaks the next link. */
START_TEST(a_recomputed_hash_breaks_the_next_link)
{
    struct temp_store t;
    uint64_t count;
    struct crypt_hash hash;
    temp_open(&t);
    put_entries(&t);
    temp_commit(&t);
    struct store_audit entry = entry_get(&t, 5);
    entry.actor = S("user:2");
    store_audit_hash(&entry, &hash);
    entry.hash = slice_make(hash.bytes, sizeof hash.bytes);
    entry_put(&t, 5, &entry);
    ck_status(verify(&t, &count), ST_VERIFY);
    ck_assert_uint_eq(count, 5);
    temp_abort(&t);
    temp_close(&t);
}
END_TEST

START_TEST(marks_and_pages_are_listed)
{
    struct temp_store t;
    struct store_audit *rows;
    struct store_audit_mark *marks, mark = {.seq = 4, .at_ms = T0_MS, .signature = S("sig")};
    struct store_page page = {.newest_first = true, .limit = 3};
    temp_open(&t);
    put_entries(&t);
    ck_status(store_audit_list(&t.w, &page, &t.arena, &rows), ST_OK);
    ck_assert_uint_eq(rows[0].seq, ENTRIES);
    ck_status(store_audit_mark_put(&t.w, &mark), ST_OK);
    page = (struct store_page){0};
    ck_status(store_audit_mark_list(&t.w, &page, &t.arena, &marks), ST_OK);
    ck_assert_uint_eq(marks[0].seq, 4);
    temp_commit(&t);
    temp_close(&t);
}
END_TEST

TEST_MAIN("audit", a_chain_that_was_left_alone_holds, every_edited_field_is_found,
          dropped_and_swapped_entries_are_found, a_recomputed_hash_breaks_the_next_link,
          marks_and_pages_are_listed)
