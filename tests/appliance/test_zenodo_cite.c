/* zenodo_cite.c: citations that programs can read, whatever the record's authors wrote. */
#include "zenodo_record.h"

#include "json.h"

#include "lib/main.h"
#include "lib/zenodo_sample.h"

static struct error err;
static struct arena arena;
static struct zenodo_record record;
static struct buf out;

static void setup(void)
{
    arena_init(&arena, 8 << 20);
    ck_ok(zenodo_record_parse(S(SAMPLE_LEGACY), &arena, &record, &err));
    buf_init(&out, 1 << 20);
}

static void teardown(void)
{
    buf_finish(&out);
    arena_finish(&arena);
}

START_TEST(bibtex_has_the_fields_of_a_data_set)
{
    setup();
    zenodo_bibtex(&record, &out);
    ck_slice(buf_slice(&out), "@dataset{zenodo_1002,\n"
                              "  author    = {Doe, Jane and\n"
                              "               Group},\n"
                              "  title     = {Loopback evaluation set},\n"
                              "  year      = {2026},\n"
                              "  month     = jan,\n"
                              "  publisher = {Zenodo},\n"
                              "  version   = {v1},\n"
                              "  doi       = {10.5072/zenodo.1002},\n"
                              "  url       = {https://doi.org/10.5072/zenodo.1002}\n"
                              "}\n");
    teardown();
}
END_TEST

START_TEST(bibtex_cannot_be_broken_out_of)
{
    size_t depth = 0;
    setup();
    record.title = S("100% {of} $x_1 \\input{/etc/passwd} & ~#^ }");
    record.doi = S("10.5072/zenodo.1002}\n@x{");
    zenodo_bibtex(&record, &out);
    for (size_t i = 0; i < out.len; i++) {
        bool escaped = i > 0 && out.ptr[i - 1] == '\\';
        depth += out.ptr[i] == '{' && !escaped;
        ck_assert(depth > 0 || i < 12 || out.ptr[i] == '\n' || out.ptr[i] == '}');
        depth -= out.ptr[i] == '}' && !escaped;
    }
    ck_assert_uint_eq(depth, 0);
    ck_assert(!slice_find(buf_slice(&out), S("\\input"), &(size_t){0}));
    teardown();
}
END_TEST

START_TEST(csl_is_json_with_names_in_parts)
{
    struct json_out w;
    const struct json *root;
    setup();
    json_out_init(&w, &out, 0);
    zenodo_csl(&record, &w);
    ck_ok(json_parse(buf_slice(&out), &arena, &root, &err));
    const struct json *item = root->first;
    ck_slice(json_find(item, "type")->text, "dataset");
    ck_slice(json_find(item, "DOI")->text, "10.5072/zenodo.1002");
    const struct json *author = json_find(item, "author")->first;
    ck_slice(json_find(author, "family")->text, "Doe");
    ck_slice(json_find(author, "given")->text, "Jane");
    ck_slice(json_find(author->next, "literal")->text, "Group");
    const struct json *parts = json_at(item, "issued.date-parts")->first;
    ck_assert_uint_eq(parts->count, 3);
    ck_assert(parts->first->next->number == 1);
    teardown();
}
END_TEST

START_TEST(missing_members_are_left_out)
{
    struct json_out w;
    setup();
    record = (struct zenodo_record){.id = S("7"), .publication_date = S("")};
    zenodo_bibtex(&record, &out);
    ck_slice(buf_slice(&out), "@misc{zenodo_7,\n  publisher = {Zenodo}\n}\n");
    out.len = 0;
    json_out_init(&w, &out, 0);
    zenodo_csl(&record, &w);
    ck_slice(buf_slice(&out),
             "[{\"id\":\"7\",\"type\":\"document\",\"author\":[],\"publisher\":\"Zenodo\"}]");
    teardown();
}
END_TEST

TEST_MAIN("zenodo_cite", bibtex_has_the_fields_of_a_data_set, bibtex_cannot_be_broken_out_of,
          csl_is_json_with_names_in_parts, missing_members_are_left_out)
