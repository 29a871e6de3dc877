/* Tests of the pages: who sees them, that stored text is escaped, that both languages are there. */
#include "assets.h"
#include "lib/gate.h"
#include "pages/parts.h"

#include "base/file.h"

#include <glob.h>

static struct gate g;
static char cookie[128];
static char key[API_KEY_LEN + 1];

#define PASSWORD "tulip brick ferry nine"
#define HOSTILE  "<img src=x onerror=alert(1)>"
#define LOG                                                                                        \
    "{\"engine\":\"classic\",\"label\":\"" HOSTILE "\",\"tags\":[\"a&b\"],\"csv_data\":"           \
    "\"time_period,algorithm,performance,constraint_compute\\n1,A,0.70,100\\n1,B,0.60,100\\n"      \
    "2,A,0.72,110\\n2,B,0.63,110\\n3,A,0.71,120\\n3,B,0.66,125\\n\"}"

static void make_user(const char *role)
{
    char body[256];
    (void)snprintf(body, sizeof body,
                   "{\"email\":\"a@example.com\",\"password\":\"" PASSWORD
                   "\",\"plan\":\"pro\",\"role\":\"%s\",\"name\":\"" HOSTILE "\"}",
                   role);
    g.actor = ACTOR_HOST;
    struct call *call = gate_run(&g, METHOD_POST, "/api/admin/users", NULL, body);
    gate_expect(call, 201, "\"email\":\"a@example.com\"");
    gate_end(call);
}

static void start(const char *role)
{
    size_t at;
    gate_open(&g);
    ck_status(assets_init(NULL), ST_OK);
    make_user(role);
    struct call *call = gate_run(&g, METHOD_POST, "/api/auth/login", NULL,
                                 "{\"email\":\"a@example.com\",\"password\":\"" PASSWORD "\"}");
    slice set = gate_reply_header(call, "Set-Cookie");
    ck_assert(slice_find(set, S(";"), &at));
    (void)snprintf(cookie, sizeof cookie, "%.*s", (int)at, set.ptr);
    gate_end(call);
}

static struct call *look(const char *path)
{
    gate_header(&g, "cookie", cookie);
    gate_header(&g, "accept", "text/html");
    return gate_run(&g, METHOD_GET, path, NULL, "");
}

/* A stored analysis of somebody with an API key; its page's path. */
static void analyse(char path[static 120])
{
    static const char mark[] = "\"id\":\"ana_";
    size_t at;
    (void)gate_user(&g, "b@example.com", "enterprise", SCOPES_ALL, key, NULL);
    struct call *call = gate_run(&g, METHOD_POST, "/api/detect", key, LOG);
    gate_expect(call, 200, mark);
    ck_assert(slice_find(gate_body(call), S("\"id\":\"ana_"), &at));
    (void)snprintf(path, 120, "/dashboard/analyses/%.30s", gate_body(call).ptr + at + 6);
    gate_end(call);
}

static bool is_dashboard(const struct route *row)
{
    slice path = slice_of(row->path);
    return (row->flags & ROUTE_HTML) &&
           (slice_has_prefix(path, S("/dashboard")) || slice_eq(path, S("/status")) ||
            slice_has_prefix(path, S("/admin")));
}

START_TEST(without_a_session_every_page_of_the_dashboard_leads_to_sign_in)
{
    gate_open(&g);
    ck_status(assets_init(NULL), ST_OK);
    for (size_t t = 0; t < route_table_count; t++)
        for (size_t i = 0; i < route_tables[t].count; i++) {
            const struct route *row = &route_tables[t].rows[i];
            if (!is_dashboard(row))
                continue;
            struct call *call = gate_run(&g, METHOD_GET, row->path, NULL, "");
            ck_assert_msg(call->reply.http_status == 303, "%s: %d", row->path,
                          call->reply.http_status);
            ck_assert(slice_has_prefix(gate_reply_header(call, "Location"), S("/login?next=/")));
            gate_end(call);
        }
    gate_close(&g);
}
END_TEST

START_TEST(every_page_without_parameters_opens_in_both_languages)
{
    static const char *const languages[] = {"lang=en", "lang=zh"};
    start("admin");
    for (size_t t = 0; t < route_table_count; t++)
        for (size_t i = 0; i < route_tables[t].count; i++) {
            const struct route *row = &route_tables[t].rows[i];
            if (!is_dashboard(row) || strchr(row->path, ':'))
                continue;
            for (size_t l = 0; l < ARRAY_COUNT(languages); l++) {
                g.query = languages[l];
                struct call *call = look(row->path);
                ck_assert_msg(call->reply.http_status == 200, "%s", row->path);
                gate_expect(call, 200, l ? "<html lang=\"zh-CN\"" : "<html lang=\"en\"");
                gate_expect(call, 200, "<h1>");
                ck_assert(!gate_says(call, HOSTILE));
                gate_end(call);
            }
        }
    gate_close(&g);
}
END_TEST

START_TEST(an_analysis_has_a_page_for_its_owner_alone)
{
    char path[120];
    start("user");
    analyse(path);
    struct call *call = look(path);
    gate_expect(call, 404, "<h1>");
    gate_end(call);
    gate_close(&g);
}
END_TEST

START_TEST(stored_text_is_escaped)
{
    start("user");
    struct call *call = look("/dashboard/account");
    gate_expect(call, 200, "value=\"&lt;img src=x onerror=alert(1)&gt;\"");
    gate_end(call);
    gate_close(&g);
}
END_TEST

START_TEST(an_error_is_a_page_for_a_browser_and_json_for_a_program)
{
    gate_open(&g);
    ck_status(assets_init(NULL), ST_OK);
    gate_header(&g, "accept", "text/html,application/xhtml+xml");
    struct call *call = gate_run(&g, METHOD_GET, "/problems/no-such-code", NULL, "");
    gate_expect(call, 404, "<!doctype html>");
    gate_expect(call, 404, "here is no such thing");
    gate_end(call);
    call = gate_run(&g, METHOD_GET, "/problems/no-such-code", NULL, "");
    gate_expect(call, 404, "\"code\":\"not_found\"");
    gate_end(call);
    gate_header(&g, "accept", "text/html");
    call = gate_run(&g, METHOD_GET, "/api/me", NULL, "");
    gate_expect(call, 401, "\"code\":\"missing_api_key\"");
    gate_end(call);
    gate_close(&g);
}
END_TEST

START_TEST(a_table_names_its_cells_and_closes_what_it_opens)
{
    static const char *const heads[] = {N_("Name"), N_("#Requests"), "", NULL};
    struct page page = {.lang = LANG_EN};
    struct page_table table;
    buf_init(&page.out, 4096);
    page_table_open(&page, &table, NULL, heads);
    page_table_row(&page, &table);
    page_table_text(&page, &table, S("a<b"));
    page_table_number(&page, &table, 1234);
    page_table_close(&page, &table);
    slice html = buf_slice(&page.out);
    ck_assert(
        slice_find(html, S("<td role=\"cell\" data-label=\"Name\">a&lt;b</td>"), &(size_t){0}));
    ck_assert(slice_find(
        html, S("<td role=\"cell\" class=\"num\" data-label=\"Requests\">1,234</td></tr>"),
        &(size_t){0}));
    buf_finish(&page.out);
}
END_TEST

/* Appends the string literals that follow one another at *at, without their quotes. */
static void take_literals(const char **at, char *out, size_t size)
{
    size_t len = 0;
    const char *p = *at;
    while (*p == '"') {
        for (p++; *p && *p != '"'; p++) {
            if (*p == '\\' && p[1])
                p++;
            if (len + 1 < size)
                out[len++] = *p == 'n' && p[-1] == '\\' ? '\n' : *p;
        }
        p += *p == '"';
        while (*p == ' ' || *p == '\n')
            p++;
    }
    out[len] = '\0';
    *at = p;
}

static void expect_twins(const char *path)
{
    static const char mark[] = "N_(";
    struct arena arena;
    struct error err = {0};
    slice source;
    char text[1024];
    arena_init(&arena, 4 << 20);
    ck_ok(file_read(path, 1 << 20, &arena, &source, &err));
    const char *p = arena_copy(&arena, source).ptr; /* with a NUL */
    while ((p = strstr(p, mark))) {
        p += strlen(mark);
        if (*p != '"')
            continue;
        take_literals(&p, text, sizeof text);
        const char *english = text + (text[0] == '#');
        ck_assert_msg(tr(LANG_ZH, english) != english, "%s: '%s' has no Chinese twin", path,
                      english);
    }
    arena_finish(&arena);
}

START_TEST(every_sentence_of_the_pages_has_a_chinese_twin)
{
    glob_t files;
    ck_assert_int_eq(glob("appliance/pages/*.c", 0, NULL, &files), 0);
    ck_assert_uint_gt(files.gl_pathc, 20);
    for (size_t i = 0; i < files.gl_pathc; i++)
        expect_twins(files.gl_pathv[i]);
    globfree(&files);
}
END_TEST

TEST_MAIN("pages", without_a_session_every_page_of_the_dashboard_leads_to_sign_in,
          every_page_without_parameters_opens_in_both_languages,
          an_analysis_has_a_page_for_its_owner_alone, stored_text_is_escaped,
          an_error_is_a_page_for_a_browser_and_json_for_a_program,
          a_table_names_its_cells_and_closes_what_it_opens,
          every_sentence_of_the_pages_has_a_chinese_twin)
