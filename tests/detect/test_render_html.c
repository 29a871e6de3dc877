/* Tests of detect/render_html.c: structure, escaping, size, determinism of the page. */
#include "detect/detect.h"

#include "lib/main.h"
#include "payloads.h"
#include "report_sample.h"

static struct error err;

static void render(struct sample_options options, enum lang lang, struct buf *out)
{
    struct arena arena;
    struct report_context context = sample_context();
    struct report_person people[] = {{S("reviewer"), S("Ada Lovelace"), S("2026-11-23T06:00:00Z")}};
    context.people = people;
    context.person_count = 1;
    arena_init(&arena, 1 << 28);
    if (options.name.len) { /* a hostile name stands in every field of the context too */
        context.input_name = context.label = context.command = context.clock_source = options.name;
        context.supersedes = context.grade = context.id = options.name;
        people[0].name = people[0].time = options.name;
    }
    ck_ok(report_html(sample_report(&options, &arena), lang, &context, out, &err));
    arena_finish(&arena);
}

static size_t count_of(const struct buf *buf, const char *needle)
{
    slice rest = buf_slice(buf);
    size_t count = 0;
    size_t at;
    for (; slice_find(rest, slice_of(needle), &at); count++)
        rest = slice_from(rest, at + 1);
    return count;
}

/* --- a small reader of tags: everything that the page may contain --------------------------------
 */

static bool is_listed(slice word, const char *list)
{
    char key[64];
    if (word.len + 3 > sizeof key)
        return false;
    (void)snprintf(key, sizeof key, " " SLICE_FMT " ", SLICE_ARG(word));
    return strstr(list, key) != NULL;
}

static size_t word_length(slice text)
{
    size_t len = 0;
    while (len < text.len && strchr("abcdefghijklmnopqrstuvwxyz0123456789-", text.ptr[len]) &&
           text.ptr[len])
        len++;
    return len;
}

static const char tags[] =
    " html head meta title style body a div header b span time main section p svg path circle rect "
    "line text g desc h1 h2 h3 dl dt dd small figure figcaption ul li table caption thead tbody tr "
    "th td details summary code bdi footer ";
static const char attributes[] =
    " lang charset name content class href id aria-labelledby aria-label aria-hidden role viewbox "
    "d x y x1 x2 y1 y2 cx cy r width height transform title scope text-anchor stroke stroke-width "
    "stroke-dasharray tabindex ";

/* Reads one tag from rest; fails the test on any tag or attribute that is not ours. */
static slice check_tag(slice rest)
{
    rest = slice_from(rest, 1);
    if (slice_has_prefix(rest, S("/")))
        rest = slice_from(rest, 1);
    if (slice_has_prefix(rest, S("!doctype html>")))
        return rest;
    slice tag = slice_sub(rest, 0, word_length(rest));
    ck_assert_msg(is_listed(tag, tags), "tag '%.*s'", (int)(rest.len < 60 ? rest.len : 60),
                  rest.ptr);
    rest = slice_from(rest, tag.len);
    while (slice_has_prefix(rest, S(" "))) {
        rest = slice_from(rest, 1);
        size_t len = 0;
        while (len < rest.len && rest.ptr[len] != '=' && rest.ptr[len] != '>')
            len++;
        slice name = slice_sub(rest, 0, len);
        ck_assert_msg(is_listed(name, attributes) || slice_eq(name, S("viewBox")),
                      "attribute '%.*s'", SLICE_ARG(name));
        ck_assert(slice_has_prefix(slice_from(rest, len), S("=\"")));
        slice value;
        rest = slice_from(rest, len + 2);
        ck_assert(slice_split(&rest, '"', &value));
        size_t at;
        ck_assert(!slice_find(value, S("javascript"), &at) || !slice_eq(name, S("href")));
        ck_assert(!slice_find_byte(value, '<', &at));
    }
    if (slice_has_prefix(rest, S("/")))
        rest = slice_from(rest, 1);
    ck_assert(slice_has_prefix(rest, S(">")));
    return rest;
}

static void check_page(slice page)
{
    size_t at;
    ck_assert(slice_is_utf8(page));
    ck_assert(slice_find(page, S("</style>"), &at)); /* CSS holds '>' but no '<' */
    for (slice rest = page; slice_find_byte(rest, '<', &at);)
        rest = check_tag(slice_from(rest, at));
}

static const struct sample_options kinds[] = {
    {.kind = VERDICT_ADAPTIVE},
    {.kind = VERDICT_ADAPTIVE, .attempts = true},
    {.kind = VERDICT_NO_EVIDENCE},
    {.kind = VERDICT_FIXED},
    {.kind = VERDICT_INSUFFICIENT, .reason = REASON_TOO_FEW_ROUNDS, .rounds = 1},
    {.kind = VERDICT_INSUFFICIENT, .reason = REASON_DIFFERS_BETWEEN_SYSTEMS},
    {.classic_engine = true},
};

START_TEST(every_kind_is_a_whole_page_of_known_tags)
{
    for (size_t i = 0; i < ARRAY_COUNT(kinds); i++)
        for (int lang = 0; lang < 2; lang++) {
            struct buf out;
            buf_init(&out, 1 << 20);
            render(kinds[i], (enum lang)lang, &out);
            check_page(buf_slice(&out));
            ck_assert_uint_eq(count_of(&out, "<h1"), 1);
            ck_assert_uint_eq(count_of(&out, "<main"), 1);
            ck_assert_uint_eq(count_of(&out, "<style"), 1);
            ck_assert_uint_eq(count_of(&out, "<table"), count_of(&out, "<caption>"));
            ck_assert_uint_eq(count_of(&out, " role=\"img\" aria-labelledby="),
                              count_of(&out, "<desc"));
            ck_assert_uint_eq(count_of(&out, "<section"), count_of(&out, "</section>"));
            ck_assert_uint_eq(count_of(&out, "<div"), count_of(&out, "</div>"));
            ck_assert_uint_eq(count_of(&out, "style=\""), 0);
            ck_assert_uint_eq(count_of(&out, "http"), 0);
            ck_assert_uint_eq(count_of(&out, "nan\""), 0);
            buf_finish(&out);
        }
}
END_TEST

START_TEST(only_a_detection_is_coloured)
{
    for (size_t i = 0; i < ARRAY_COUNT(kinds); i++) {
        struct buf out;
        buf_init(&out, 1 << 20);
        render(kinds[i], LANG_EN, &out);
        bool adaptive = !kinds[i].classic_engine && kinds[i].kind == VERDICT_ADAPTIVE;
        ck_assert_uint_eq(count_of(&out, "class=\"verdict strong\""), adaptive);
        ck_assert_uint_eq(count_of(&out, "class=\"verdict neutral\""), !adaptive);
        buf_finish(&out);
    }
}
END_TEST

START_TEST(no_payload_becomes_markup)
{
    for (size_t i = 0; i < ARRAY_COUNT(payloads); i++)
        for (size_t k = 0; k < 2; k++) {
            struct buf out;
            buf_init(&out, 1 << 20);
            struct sample_options options = k ? kinds[5] : kinds[0];
            options.name = payloads[i];
            render(options, LANG_EN, &out);
            check_page(buf_slice(&out));
            ck_assert_uint_eq(count_of(&out, "<script"), 0);
            ck_assert_uint_eq(count_of(&out, "\xe2\x80\xae"), 0);
            ck_assert_uint_eq(count_of(&out, "\x1b"), 0);
            buf_finish(&out);
        }
}
END_TEST

#define WIDE                                                                                       \
    "\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"" \
    "\"\""

START_TEST(the_largest_log_stays_below_the_limit)
{
    static const struct sample_options big[] = {
        {.kind = VERDICT_ADAPTIVE, .systems = 200, .rounds = 1000},
        {.kind = VERDICT_ADAPTIVE, .systems = 40, .rounds = 30, .name = SLICE_INIT(WIDE)},
        {.kind = VERDICT_INSUFFICIENT,
         .reason = REASON_DIFFERS_BETWEEN_SYSTEMS,
         .systems = 300,
         .rounds = 120,
         .name = SLICE_INIT(WIDE)},
    };
    for (size_t i = 0; i < ARRAY_COUNT(big); i++)
        for (int lang = 0; lang < 2; lang++) {
            struct buf out;
            buf_init(&out, 1 << 22);
            render(big[i], (enum lang)lang, &out);
            ck_assert_msg(out.len < REPORT_HTML_MAX, "%zu: %zu bytes", i, out.len);
            buf_finish(&out);
        }
}
END_TEST

START_TEST(the_same_report_gives_the_same_bytes)
{
    struct buf first, second;
    buf_init(&first, 1 << 20);
    buf_init(&second, 1 << 20);
    render(kinds[0], LANG_ZH, &first);
    render(kinds[0], LANG_ZH, &second);
    ck_assert(slice_eq(buf_slice(&first), buf_slice(&second)));
    buf_finish(&first);
    buf_finish(&second);
}
END_TEST

START_TEST(the_fragment_has_no_page_around_it)
{
    struct arena arena;
    struct buf out;
    arena_init(&arena, 1 << 26);
    buf_init(&out, 1 << 20);
    ck_ok(report_html_fragment(sample_report(&kinds[0], &arena), LANG_EN, NULL, &out, &err));
    ck_assert(slice_has_prefix(buf_slice(&out), S("<div class=\"rp\" lang=\"en\">")));
    ck_assert_uint_eq(count_of(&out, "<h1"), 0);
    ck_assert_uint_eq(count_of(&out, "<main"), 0);
    ck_assert_uint_eq(count_of(&out, "<html"), 0);
    ck_assert_uint_eq(count_of(&out, "<div"), count_of(&out, "</div>"));
    buf_finish(&out);
    arena_finish(&arena);
}
END_TEST

START_TEST(a_full_buffer_is_an_error)
{
    struct arena arena;
    arena_init(&arena, 1 << 26);
    struct detect_report *report = sample_report(&kinds[0], &arena);
    for (size_t max = 0; max < 60000; max += 7919) {
        struct buf out;
        buf_init(&out, max);
        ck_status(report_html(report, LANG_EN, NULL, &out, &err), ST_TOO_LARGE);
        ck_assert_uint_le(out.len, max);
        buf_finish(&out);
    }
    arena_finish(&arena);
}
END_TEST

START_TEST(people_and_grade_are_shown)
{
    struct buf out;
    buf_init(&out, 1 << 20);
    render(kinds[0], LANG_EN, &out);
    ck_assert_uint_gt(count_of(&out, "Ada Lovelace"), 0);
    ck_assert_uint_gt(count_of(&out, "nothing vouches for its completeness"), 0);
    ck_assert_uint_gt(count_of(&out, "sleuth detect evals.csv --seed 1"), 0);
    ck_assert_uint_gt(count_of(&out, "Not for decisions about people"), 0);
    buf_finish(&out);
}
END_TEST

TEST_MAIN("render_html", every_kind_is_a_whole_page_of_known_tags, only_a_detection_is_coloured,
          no_payload_becomes_markup, the_largest_log_stays_below_the_limit,
          the_same_report_gives_the_same_bytes, the_fragment_has_no_page_around_it,
          a_full_buffer_is_an_error, people_and_grade_are_shown)
