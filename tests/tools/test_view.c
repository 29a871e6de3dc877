/* Tests of the API's JSON as tables and as JSON. */
#include "fake_cli.h"

#include "tools/view.h"

static struct cli cli;
static struct error err;

static const struct column columns[] = {{"id", "ID", COLUMN_NUMBER},
                                        {"email", "E-MAIL", COLUMN_TEXT},
                                        {"usage.monthly", "MONTH", COLUMN_NUMBER},
                                        {"enabled", "ENABLED", COLUMN_TEXT},
                                        {"scopes", "SCOPES", COLUMN_TEXT}};
static const struct view list = {"users", columns, ARRAY_COUNT(columns)};
static const struct view one = {NULL, columns, ARRAY_COUNT(columns)};

static const char text[] = "{\"users\":[{\"id\":1,\"email\":\"a@b.c\",\"usage\":{\"monthly\":12},"
                           "\"enabled\":true,\"scopes\":[\"detect\",\"jobs\"]},"
                           "{\"id\":20,\"email\":\"\\u8bc4\\\"x\",\"enabled\":null,\"n\":1.50e3}],"
                           "\"next_cursor\":null}";

static struct items users(void)
{
    const struct json *root;
    struct items items = {0};
    fake_cli_init(&cli, NULL);
    ck_ok(json_parse(slice_of(text), &cli.arena, &root, &err));
    ck_ok(items_add(&items, &cli.arena, json_find(root, "users"), &err));
    return items;
}

START_TEST(a_list_is_a_table_of_the_named_members)
{
    struct items items = users();
    ck_ok(view_list(&cli, &list, &items, &err));
    ck_slice(buf_slice(&cli.out), "ID  E-MAIL  MONTH  ENABLED  SCOPES\n"
                                  " 1  a@b.c      12  yes      detect, jobs\n"
                                  "20  评\"x\n");
    fake_cli_finish(&cli);
}
END_TEST

START_TEST(json_keeps_every_member_and_says_its_version)
{
    struct items items = users();
    cli.format = FORMAT_JSON;
    ck_ok(view_list(&cli, &list, &items, &err));
    ck_slice(buf_slice(&cli.out),
             "{\"schema_version\":1,\"users\":[{\"id\":1,\"email\":\"a@b.c\",\"usage\":{"
             "\"monthly\":12},\"enabled\":true,\"scopes\":[\"detect\",\"jobs\"]},{\"id\":20,"
             "\"email\":\"评\\\"x\",\"enabled\":null,\"n\":1.50e3}],\"next_cursor\":null}\n");
    fake_cli_finish(&cli);
}
END_TEST

START_TEST(json_lines_are_one_item_each)
{
    struct items items = users();
    cli.format = FORMAT_JSONL;
    ck_ok(view_list(&cli, &list, &items, &err));
    slice rest = buf_slice(&cli.out);
    slice line;
    ck_assert(slice_split(&rest, '\n', &line));
    ck_assert(slice_has_prefix(line, S("{\"id\":1,")));
    ck_assert(slice_split(&rest, '\n', &line));
    ck_assert(slice_has_prefix(line, S("{\"id\":20,")));
    ck_assert_uint_eq(rest.len, 0);
    fake_cli_finish(&cli);
}
END_TEST

START_TEST(one_object_is_a_list_of_names_and_values)
{
    struct items items = users();
    ck_ok(view_object(&cli, &one, items.items[0], &err));
    ck_slice(buf_slice(&cli.out), "ID       1\nE-MAIL   a@b.c\nMONTH    12\nENABLED  yes\n"
                                  "SCOPES   detect, jobs\n");
    cli.out.len = 0;
    cli.format = FORMAT_JSON;
    ck_ok(view_object(&cli, &one, items.items[0], &err));
    ck_assert(slice_has_prefix(buf_slice(&cli.out), S("{\"schema_version\":1,\"id\":1,")));
    fake_cli_finish(&cli);
}
END_TEST

START_TEST(json_that_is_written_again_is_the_same)
{
    static const char *const texts[] = {"{}", "[]", "null",
                                        "[[],{},[[1,2],{\"a\":{\"b\":[null,true,\"x\"]}}],-0.5e-7]",
                                        "{\"a\":{\"b\":{}},\"c\":[{}]}"};
    for (size_t i = 0; i < ARRAY_COUNT(texts); i++) {
        const struct json *root;
        fake_cli_init(&cli, NULL);
        ck_ok(json_parse(slice_of(texts[i]), &cli.arena, &root, &err));
        json_write(&cli.out, root);
        ck_slice(buf_slice(&cli.out), texts[i]);
        fake_cli_finish(&cli);
    }
}
END_TEST

START_TEST(tables_of_our_own_are_json_too)
{
    static const struct column own[] = {{"key", "KEY", COLUMN_TEXT}, {"n", "N", COLUMN_NUMBER}};
    struct table table;
    fake_cli_init(&cli, NULL);
    table_init(&table, &cli.arena, own, 2);
    slice *row = table_row(&table);
    row[0] = S("a\"b");
    row[1] = S("7");
    cli.format = FORMAT_JSON;
    ck_ok(view_table(&cli, "rows", &table, &err));
    ck_slice(buf_slice(&cli.out),
             "{\"schema_version\":1,\"rows\":[{\"key\":\"a\\\"b\",\"n\":7}]}\n");
    fake_cli_finish(&cli);
}
END_TEST

TEST_MAIN("view", a_list_is_a_table_of_the_named_members,
          json_keeps_every_member_and_says_its_version, json_lines_are_one_item_each,
          one_object_is_a_list_of_names_and_values, json_that_is_written_again_is_the_same,
          tables_of_our_own_are_json_too)
