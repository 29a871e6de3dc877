/* Tests of the OpenAPI document: complete, well-formed, and nothing points nowhere. */
#include "openapi.h"

#include "json.h"
#include "lib/gate.h"

static struct gate g;

START_TEST(every_public_route_is_documented)
{
    for (size_t t = 0; t < route_table_count; t++)
        for (size_t i = 0; i < route_tables[t].count; i++) {
            const struct route *row = &route_tables[t].rows[i];
            const char *lacks = openapi_lacks(row);
            if (!openapi_covers(row) && row->need != NEED_HOST)
                continue; /* pages and files for browsers */
            ck_assert_msg(!lacks, "%s %s lacks its %s", method_name(row->method), row->path, lacks);
            ck_assert_int_ne(row->need, NEED_UNDECLARED);
        }
}
END_TEST

/* Walks the whole tree without recursion: children are pushed on a list. */
static void check_refs(const struct json *root)
{
    static const struct json *todo[100000];
    size_t count = 0;
    size_t refs = 0;
    todo[count++] = root;
    while (count) {
        const struct json *node = todo[--count];
        if (slice_eq(node->name, S("$ref"))) {
            slice prefix = S("#/components/schemas/");
            ck_assert(slice_has_prefix(node->text, prefix));
            ck_assert_msg(openapi_schema(slice_from(node->text, prefix.len)), "%.*s",
                          SLICE_ARG(node->text));
            refs++;
        }
        for (const struct json *child = node->first; child; child = child->next)
            todo[count++] = child;
    }
    ck_assert_uint_gt(refs, 50);
}

START_TEST(the_document_is_json_whose_references_exist)
{
    const struct json *root;
    struct arena arena;
    struct error err = {0};
    arena_init(&arena, 64 << 20);
    gate_open(&g);
    struct call *call = gate_run(&g, METHOD_GET, "/openapi.json", NULL, "");
    ck_assert_int_eq(call->reply.http_status, 200);
    ck_ok(json_parse(gate_body(call), &arena, &root, &err));
    ck_slice(json_at(root, "openapi")->text, "3.1.0");
    const struct json *paths = json_find(root, "paths");
    ck_assert_ptr_nonnull(json_find(json_find(paths, "/api/dashboard/keys/{id}"), "patch"));
    ck_assert_ptr_nonnull(json_find(json_find(paths, "/api/detect"), "post"));
    ck_assert_ptr_null(json_find(paths, "/api/admin/usage/verify")); /* the host's */
    check_refs(root);
    gate_end(call);
    gate_close(&g);
    arena_finish(&arena);
}
END_TEST

START_TEST(problem_codes_have_pages_in_both_languages)
{
    gate_open(&g);
    struct call *call = gate_run(&g, METHOD_GET, "/problems/monthly_quota_exceeded", NULL, "");
    gate_expect(call, 200, "<h1><code>monthly_quota_exceeded</code></h1>");
    gate_end(call);
    call = gate_run(&g, METHOD_GET, "/problems/not_found", NULL, "");
    gate_expect(call, 200, "there is no such thing");
    gate_end(call);
    call = gate_run(&g, METHOD_GET, "/problems/<script>", NULL, "");
    gate_expect(call, 404, "\"code\":\"not_found\"");
    gate_end(call);
    gate_close(&g);
}
END_TEST

TEST_MAIN("openapi", every_public_route_is_documented, the_document_is_json_whose_references_exist,
          problem_codes_have_pages_in_both_languages)
