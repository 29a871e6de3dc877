/* The only file that knows yajl: walks JSON text, enforces the bounds, builds trees. */
#include "json.h"

#include <yajl/yajl_common.h>
#include <yajl/yajl_parse.h>

/* One walk: what the callbacks of yajl share. */
struct walk {
    const struct json_events *events;
    struct error *err;
    status rc; /* why a callback stopped the walk */
    size_t depth;
    enum json_kind open[JSON_DEPTH_MAX]; /* what is open at each depth */
    slice name;                          /* of the next value, inside an object */
    slice text;                          /* all of it; names without escapes lie in it */
    char decoded[JSON_KEY_MAX];          /* a name with escapes: yajl's own copy is gone by the
                                            time its value is there */
};

static bool is_inside(slice part, slice whole)
{
    return part.ptr >= whole.ptr && part.ptr + part.len <= whole.ptr + whole.len;
}

/* --- yajl's callbacks: 1 goes on, 0 stops --- */

static int walk_done(struct walk *w, status rc)
{
    w->rc = rc;
    return rc == ST_OK;
}

static int walk_value(struct walk *w, struct json *value)
{
    value->name = w->depth && w->open[w->depth - 1] == JSON_OBJECT ? w->name : S("");
    if (!w->events->value)
        return 1;
    return walk_done(w, w->events->value(w->events->context, value, w->depth, w->err));
}

static int on_null(void *context)
{
    struct json value = {.kind = JSON_NULL};
    return walk_value(context, &value);
}

static int on_boolean(void *context, int boolean)
{
    struct json value = {.kind = JSON_BOOL, .boolean = boolean != 0};
    return walk_value(context, &value);
}

static int on_number(void *context, const char *text, size_t len)
{
    struct walk *w = context;
    struct json value = {.kind = JSON_NUMBER, .text = slice_make(text, len)};
    if (len > JSON_NUMBER_MAX || !slice_to_f64(value.text, &value.number))
        return walk_done(w, error_code(w->err, ST_INVALID, "invalid_json",
                                       "'%.*s' is not a number that fits into 64 bits",
                                       len > 40 ? 40 : (int)len, text));
    return walk_value(w, &value);
}

static int on_string(void *context, const unsigned char *text, size_t len)
{
    struct json value = {.kind = JSON_STRING, .text = slice_make(text, len)};
    return walk_value(context, &value);
}

static int on_key(void *context, const unsigned char *text, size_t len)
{
    struct walk *w = context;
    if (len > JSON_KEY_MAX)
        return walk_done(w, error_code(w->err, ST_INVALID, "invalid_json",
                                       "a member name is longer than %d bytes", JSON_KEY_MAX));
    w->name = slice_make(text, len);
    if (is_inside(w->name, w->text))
        return 1;
    memcpy(w->decoded, text, len);
    w->name = slice_make(w->decoded, len);
    return 1;
}

static int walk_begin(struct walk *w, enum json_kind kind)
{
    slice name = w->depth && w->open[w->depth - 1] == JSON_OBJECT ? w->name : S("");
    if (w->depth == JSON_DEPTH_MAX)
        return walk_done(w, error_code(w->err, ST_INVALID, "invalid_json",
                                       "nested deeper than %d levels", JSON_DEPTH_MAX));
    if (w->events->begin) {
        status rc = w->events->begin(w->events->context, kind, name, w->depth, w->err);
        if (rc != ST_OK)
            return walk_done(w, rc);
    }
    w->open[w->depth++] = kind;
    return 1;
}

static int walk_end(struct walk *w)
{
    w->depth--;
    if (!w->events->end)
        return 1;
    return walk_done(w, w->events->end(w->events->context, w->open[w->depth], w->depth, w->err));
}

static int on_object(void *context)
{
    return walk_begin(context, JSON_OBJECT);
}

static int on_array(void *context)
{
    return walk_begin(context, JSON_ARRAY);
}

static int on_close(void *context)
{
    return walk_end(context);
}

static yajl_callbacks callbacks = {
    .yajl_null = on_null,
    .yajl_boolean = on_boolean,
    .yajl_number = on_number,
    .yajl_string = on_string,
    .yajl_start_map = on_object,
    .yajl_map_key = on_key,
    .yajl_end_map = on_close,
    .yajl_start_array = on_array,
    .yajl_end_array = on_close,
};

/* --- checks that yajl leaves out --- */

/* Four hexadecimal digits at text[at], or 0x10000 when they are not all there. */
static uint32_t hex4(slice text, size_t at)
{
    uint32_t value = 0;
    for (size_t i = at; i < at + 4; i++) {
        char c = i < text.len ? text.ptr[i] : 'x';
        uint32_t digit =
            c >= '0' && c <= '9' ? (uint32_t)(c - '0') : (uint32_t)((c | 32) - 'a') + 10;
        if (digit > 15)
            return 0x10000;
        value = value << 4 | digit;
    }
    return value;
}

/* yajl turns a lone surrogate into '?' or invalid UTF-8; RFC 8259 calls its meaning unpredictable.
 * Backslashes occur only inside strings, so the text need not be tokenised. */
static bool surrogates_paired(slice text)
{
    size_t at = 0;
    const char *found;
    while (at < text.len && (found = memchr(text.ptr + at, '\\', text.len - at))) {
        at = (size_t)(found - text.ptr) + 1;
        if (at >= text.len || text.ptr[at] != 'u') {
            at++;
            continue;
        }
        uint32_t unit = hex4(text, at + 1);
        at += 5;
        if (unit < 0xD800 || unit > 0xDFFF)
            continue;
        bool low_follows = at + 1 < text.len && text.ptr[at] == '\\' && text.ptr[at + 1] == 'u';
        uint32_t low = low_follows ? hex4(text, at + 2) : 0;
        if (unit > 0xDBFF || low < 0xDC00 || low > 0xDFFF)
            return false;
        at += 6;
    }
    return true;
}

static status syntax_error(yajl_handle parser, slice text, struct error *err)
{
    size_t at = yajl_get_bytes_consumed(parser);
    size_t line = 1;
    for (size_t i = 0; i < at && i < text.len; i++)
        line += text.ptr[i] == '\n';
    unsigned char *said = yajl_get_error(parser, 0, NULL, 0);
    slice why = slice_trim(slice_of((const char *)said));
    (void)error_code(err, ST_INVALID, "invalid_json", "invalid JSON in line %zu: %.*s", line,
                     SLICE_ARG(why));
    if (said)
        yajl_free_error(parser, said);
    return ST_INVALID;
}

status json_walk(slice text, bool multiple, const struct json_events *events, struct error *err)
{
    struct walk w = {.events = events, .err = err, .rc = ST_OK, .text = text};
    if (!slice_is_utf8(text)) /* yajl lets encoded surrogates pass */
        return error_code(err, ST_INVALID, "invalid_json", "invalid JSON: not valid UTF-8");
    if (!surrogates_paired(text))
        return error_code(err, ST_INVALID, "invalid_json",
                          "invalid JSON: half of a surrogate pair in a string");
    yajl_handle parser = yajl_alloc(&callbacks, NULL, &w);
    if (!parser)
        return error_set(err, ST_NO_MEMORY, "not enough memory");
    yajl_config(parser, yajl_allow_multiple_values, multiple ? 1 : 0);
    yajl_status said = yajl_parse(parser, (const unsigned char *)text.ptr, text.len);
    if (said == yajl_status_ok)
        said = yajl_complete_parse(parser);
    status rc = w.rc;
    if (rc == ST_OK && said != yajl_status_ok)
        rc = syntax_error(parser, text, err);
    yajl_free(parser);
    return rc;
}

/* --- trees --- */

struct tree {
    slice text; /* what strings may borrow from */
    struct arena *arena;
    struct json *root;
    struct json *open[JSON_DEPTH_MAX];
    struct json *last[JSON_DEPTH_MAX]; /* youngest child at each depth */
    size_t nodes;
    size_t members_max;
    const char *const *bulky; /* members of the outermost object to leave empty, NULL behind them */
    bool skipping;            /* inside of one of them */
};

static uint32_t name_hash(slice name)
{
    uint32_t hash = 2166136261U; /* FNV-1a; only saves comparisons */
    for (size_t i = 0; i < name.len; i++)
        hash = (hash ^ (unsigned char)name.ptr[i]) * 16777619U;
    return hash;
}

/* Strings without escapes lie in the input, the others in yajl's buffer. */
static slice tree_text(struct tree *t, slice text)
{
    return is_inside(text, t->text) ? text : arena_copy(t->arena, text);
}

static bool name_taken(const struct json *object, const struct json *member)
{
    for (const struct json *other = object->first; other; other = other->next)
        if (other->name_hash == member->name_hash && slice_eq(other->name, member->name))
            return true;
    return false;
}

static status tree_add(struct tree *t, struct json *node, slice name, size_t depth,
                       struct error *err)
{
    if (++t->nodes > JSON_NODES_MAX)
        return error_code(err, ST_TOO_LARGE, "invalid_json", "more than %d values", JSON_NODES_MAX);
    if (depth == 0) {
        t->root = node;
        return ST_OK;
    }
    struct json *parent = t->open[depth - 1];
    if (parent->kind == JSON_OBJECT) {
        node->name = tree_text(t, name);
        node->name_hash = name_hash(node->name);
        if (parent->count == t->members_max)
            return error_code(err, ST_INVALID, "invalid_json", "an object has more than %d members",
                              (int)t->members_max);
        if (name_taken(parent, node))
            return error_code(err, ST_INVALID, "invalid_json", "member '%.*s' occurs twice",
                              SLICE_ARG(name));
    }
    if (t->last[depth - 1])
        t->last[depth - 1]->next = node;
    else
        parent->first = node;
    t->last[depth - 1] = node;
    parent->count++;
    return arena_check(t->arena, err);
}

static status tree_value(void *context, const struct json *value, size_t depth, struct error *err)
{
    struct tree *t = context;
    if (t->skipping)
        return ST_OK;
    struct json *node = arena_alloc(t->arena, sizeof *node);
    if (!node)
        return arena_check(t->arena, err);
    *node = *value;
    node->text = value->text.ptr ? tree_text(t, value->text) : S("");
    return tree_add(t, node, value->name, depth, err);
}

static bool is_bulky(const struct tree *t, slice name, size_t depth)
{
    for (const char *const *bulky = t->bulky; bulky && *bulky && depth == 1; bulky++)
        if (slice_eq(name, slice_of(*bulky)))
            return true;
    return false;
}

static status tree_begin(void *context, enum json_kind kind, slice name, size_t depth,
                         struct error *err)
{
    struct tree *t = context;
    if (t->skipping)
        return ST_OK;
    struct json *node = arena_alloc(t->arena, sizeof *node);
    if (!node)
        return arena_check(t->arena, err);
    node->kind = kind;
    TRY(tree_add(t, node, name, depth, err));
    t->open[depth] = node;
    t->last[depth] = NULL;
    t->skipping = is_bulky(t, name, depth);
    return ST_OK;
}

static status tree_end(void *context, enum json_kind kind, size_t depth, struct error *err)
{
    struct tree *t = context;
    if (depth == 1)
        t->skipping = false;
    return ST_OK;
}

static status tree_parse(struct tree *tree, const struct json **ret, struct error *err)
{
    const struct json_events events = {
        .context = tree, .begin = tree_begin, .end = tree_end, .value = tree_value};
    TRY(json_walk(tree->text, false, &events, err));
    TRY(arena_check(tree->arena, err));
    if (!tree->root)
        return error_code(err, ST_INVALID, "invalid_json", "the body is empty");
    *ret = tree->root;
    return ST_OK;
}

status json_parse(slice text, struct arena *arena, const struct json **ret, struct error *err)
{
    struct tree tree = {.text = text, .arena = arena, .members_max = JSON_MEMBERS_MAX};
    return tree_parse(&tree, ret, err);
}

status json_parse_log(slice text, const char *const *bulky, struct arena *arena,
                      const struct json **ret, struct error *err)
{
    struct tree tree = {
        .text = text, .arena = arena, .members_max = JSON_LOG_MEMBERS_MAX, .bulky = bulky};
    return tree_parse(&tree, ret, err);
}
