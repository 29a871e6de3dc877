/* Comparison of two reports, member by member; see compare.h. */
#include "compare.h"

enum { DEPTH_MAX = 4, FIELDS_MAX = 2000 };

/* Text, and what differs between any two analyses. */
static const char *const skipped[] = {
    "interpretation", "recommendations", "text",        "headline",   "answer",
    "explanation",    "findings",        "not_checked", "note",       "next_steps",
    "assumptions",    "links",           "id",          "created_at", "elapsed_ms",
    "from_cache",     "input_name",      "label",       "per_period", "per_algorithm",
    "per_constraint", "notes",           "differences", "bootstrap",  "schema_version",
    "language",
};

struct field {
    slice path;
    const struct json *value;
};

struct fields {
    struct arena *arena;
    struct field *items;
    size_t count;
};

static bool is_skipped(slice name)
{
    for (size_t i = 0; i < ARRAY_COUNT(skipped); i++)
        if (slice_eq(name, slice_of(skipped[i])))
            return true;
    return false;
}

/* Scalars of the tree in order, without recursion: a stack of objects that are being walked. */
static void flatten(struct fields *fields, const struct json *root)
{
    struct {
        const struct json *next;
        slice prefix;
    } stack[DEPTH_MAX] = {{root->first, S("")}};
    size_t depth = 1;
    while (depth > 0 && fields->count < FIELDS_MAX) {
        const struct json *item = stack[depth - 1].next;
        slice prefix = stack[depth - 1].prefix;
        if (!item) {
            depth--;
            continue;
        }
        stack[depth - 1].next = item->next;
        if (item->kind == JSON_ARRAY || is_skipped(item->name))
            continue;
        slice path = arena_printf(fields->arena, SLICE_FMT "%s" SLICE_FMT, SLICE_ARG(prefix),
                                  prefix.len ? "." : "", SLICE_ARG(item->name));
        if (item->kind != JSON_OBJECT) {
            fields->items[fields->count++] = (struct field){path, item};
        } else if (depth < DEPTH_MAX) {
            stack[depth].next = item->first;
            stack[depth++].prefix = path;
        }
    }
}

static bool is_same(const struct json *a, const struct json *b)
{
    if (a->kind != b->kind)
        return false;
    return a->kind == JSON_BOOL ? a->boolean == b->boolean : slice_eq(a->text, b->text);
}

static enum compare_group group_of(slice path)
{
    bool settings = slice_has_prefix(path, S("options.")) || slice_eq(path, S("engine")) ||
                    slice_eq(path, S("engine_version")) || slice_eq(path, S("seed")) ||
                    slice_eq(path, S("verdict.seed")) || slice_eq(path, S("verdict.alpha"));
    bool data = slice_has_prefix(path, S("data_stats.")) || slice_eq(path, S("input_sha256")) ||
                slice_has_prefix(path, S("verdict.shape.")) || slice_eq(path, S("input_grade"));
    return settings ? COMPARE_SETTINGS : data ? COMPARE_DATA : COMPARE_RESULTS;
}

static const struct json *find(const struct fields *fields, slice path, size_t hint)
{
    for (size_t i = 0; i < fields->count; i++) {
        const struct field *field = &fields->items[(hint + i) % fields->count];
        if (slice_eq(field->path, path))
            return field->value;
    }
    return NULL;
}

static void add(struct comparison *ret, slice path, const struct json *a, const struct json *b)
{
    if (a && b && is_same(a, b))
        return;
    if (ret->count == COMPARE_DIFFERENCES_MAX) {
        ret->truncated = true;
        return;
    }
    ret->items[ret->count++] = (struct difference){group_of(path), path, a, b};
}

static slice verdict_of(const struct json *report)
{
    const struct json *verdict = json_at(report, "verdict.verdict");
    const struct json *biased = json_find(report, "bias_detected");
    if (verdict && verdict->kind == JSON_STRING)
        return verdict->text;
    if (!biased || biased->kind != JSON_BOOL)
        return S("unknown");
    return biased->boolean ? S("bias_detected") : S("no_bias_detected");
}

static bool has_group(const struct comparison *comparison, enum compare_group group)
{
    for (size_t i = 0; i < comparison->count; i++)
        if (comparison->items[i].group == group)
            return true;
    return false;
}

status compare_reports(const struct json *a, const struct json *b, struct arena *arena,
                       struct comparison *ret, struct error *err)
{
    struct fields fields[2] = {{.arena = arena}, {.arena = arena}};
    const struct json *roots[2] = {a, b};
    for (size_t i = 0; i < 2; i++) {
        fields[i].items = (struct field *)arena_array(arena, FIELDS_MAX, sizeof *fields[i].items);
        if (!fields[i].items)
            return arena_check(arena, err);
        flatten(&fields[i], roots[i]);
        ret->verdict[i] = verdict_of(roots[i]);
    }
    for (size_t i = 0; i < fields[0].count; i++)
        add(ret, fields[0].items[i].path, fields[0].items[i].value,
            find(&fields[1], fields[0].items[i].path, i));
    for (size_t i = 0; i < fields[1].count; i++)
        if (!find(&fields[0], fields[1].items[i].path, i))
            add(ret, fields[1].items[i].path, NULL, fields[1].items[i].value);
    const struct json *inputs[2] = {json_find(a, "input_sha256"), json_find(b, "input_sha256")};
    ret->same_verdict = slice_eq(ret->verdict[0], ret->verdict[1]);
    ret->same_input = inputs[0] && inputs[1] && is_same(inputs[0], inputs[1]);
    ret->same_settings = !has_group(ret, COMPARE_SETTINGS);
    return arena_check(arena, err);
}

/* --- JSON ------------------------------------------------------------------------------------- */

static const char *const group_names[COMPARE_GROUP_COUNT] = {"settings", "data", "indicators"};

static void put_value(struct json_out *w, const char *key, const struct json *value)
{
    json_key(w, key);
    if (!value || value->kind == JSON_NULL)
        json_null(w);
    else if (value->kind == JSON_BOOL)
        json_bool(w, value->boolean);
    else if (value->kind == JSON_NUMBER)
        json_raw(w, value->text);
    else
        json_str(w, value->text);
}

void compare_json(struct json_out *w, const struct comparison *comparison)
{
    for (size_t i = 0; i < 2; i++) {
        json_key(w, i ? "b" : "a");
        json_object(w);
        json_key_str(w, "id", comparison->id[i]);
        json_key_str(w, "label", comparison->label[i]);
        json_key_str(w, "verdict", comparison->verdict[i]);
        json_end(w);
    }
    json_key_bool(w, "same_verdict", comparison->same_verdict);
    json_key_bool(w, "same_input", comparison->same_input);
    json_key_bool(w, "same_settings", comparison->same_settings);
    for (int group = 0; group < COMPARE_GROUP_COUNT; group++) {
        json_key(w, group_names[group]);
        json_array(w);
        for (size_t i = 0; i < comparison->count; i++) {
            const struct difference *item = &comparison->items[i];
            if ((int)item->group != group)
                continue;
            json_object(w);
            json_key_str(w, "field", item->field);
            put_value(w, "a", item->a);
            put_value(w, "b", item->b);
            json_end(w);
        }
        json_end(w);
    }
    json_key_bool(w, "truncated", comparison->truncated);
}

/* --- for people ------------------------------------------------------------------------------- */

static const char *const group_titles[COMPARE_GROUP_COUNT] = {
    N_("Settings that differ"), N_("Data that differs"), N_("Results that differ")};

static const char *sentence(const struct comparison *comparison)
{
    if (comparison->same_verdict)
        return comparison->same_input ? N_("The same verdict on the same log.")
                                      : N_("The same verdict, but not on the same log.");
    return comparison->same_input ? N_("Different verdicts on the same log: the settings decide.")
                                  : N_("Different verdicts on different logs.");
}

static slice text_of(const struct json *value)
{
    if (!value || value->kind == JSON_NULL)
        return S("-");
    if (value->kind == JSON_BOOL)
        return value->boolean ? S("true") : S("false");
    return value->text;
}

/* A cell of a Markdown table: one line, no bars. */
static void put_plain(struct buf *out, slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (c == '|' || c == '\\' || c == '`' || c == '<')
            buf_put_byte(out, '\\');
        buf_put_byte(out, c == '\n' || c == '\r' ? ' ' : c);
    }
}

static void put_row(struct buf *out, bool html, slice field, slice a, slice b)
{
    const slice cells[3] = {field, a, b};
    buf_put_str(out, html ? "<tr>" : "|");
    for (size_t i = 0; i < 3; i++) {
        buf_put_str(out, html ? "<td>" : " ");
        if (html)
            buf_put_html(out, cells[i]);
        else
            put_plain(out, cells[i]);
        buf_put_str(out, html ? "</td>" : " |");
    }
    buf_put_str(out, html ? "</tr>\n" : "\n");
}

static void put_group(struct buf *out, const struct comparison *comparison,
                      enum compare_group group, bool html, enum lang lang)
{
    if (!has_group(comparison, group))
        return;
    const char *title = tr(lang, group_titles[group]);
    buf_printf(out, html ? "<h2>%s</h2>\n<table>\n" : "\n## %s\n\n", title);
    put_row(out, html, S(""), comparison->id[0], comparison->id[1]);
    if (!html)
        buf_put_str(out, "|---|---|---|\n");
    for (size_t i = 0; i < comparison->count; i++) {
        const struct difference *item = &comparison->items[i];
        if (item->group == group)
            put_row(out, html, item->field, text_of(item->a), text_of(item->b));
    }
    if (html)
        buf_put_str(out, "</table>\n");
}

static void put_all(struct buf *out, const struct comparison *comparison, bool html, enum lang lang)
{
    const char *title = tr(lang, N_("Comparison of two analyses"));
    const char *verdict = tr(lang, sentence(comparison));
    if (html)
        buf_printf(out,
                   "<!doctype html>\n<html lang=\"%s\"><head><meta charset=\"utf-8\">"
                   "<title>%s</title></head><body>\n<h1>%s</h1>\n<p>%s</p>\n",
                   lang_tag(lang), title, title, verdict);
    else
        buf_printf(out, "# %s\n\n%s\n", title, verdict);
    for (int group = 0; group < COMPARE_GROUP_COUNT; group++)
        put_group(out, comparison, (enum compare_group)group, html, lang);
    if (html)
        buf_put_str(out, "</body></html>\n");
}

void compare_markdown(struct buf *out, const struct comparison *comparison, enum lang lang)
{
    put_all(out, comparison, /* html= */ false, lang);
}

void compare_html(struct buf *out, const struct comparison *comparison, enum lang lang)
{
    put_all(out, comparison, /* html= */ true, lang);
}
