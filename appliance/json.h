/* Reads JSON from outside (yajl) with every size bounded: as a tree, as a stream of events, or
 * straight into the members that a handler expects.
 *
 * Refused everywhere: nesting deeper than JSON_DEPTH_MAX, more than JSON_NODES_MAX values, names
 * longer than JSON_KEY_MAX, the same name twice in one object, invalid UTF-8, lone surrogates,
 * numbers outside of the doubles, NaN, bytes after the end. Nothing recurses on the input.
 * Error slugs: invalid_json, missing_field, invalid_field, unknown_field. Any thread. */
#ifndef JSON_H
#define JSON_H

#include "base/arena.h"
#include "base/slice.h"
#include "base/status.h"

enum {
    JSON_DEPTH_MAX = 32,
    JSON_NODES_MAX = 100000,     /* values in one tree; 80 bytes each */
    JSON_MEMBERS_MAX = 256,      /* members of one object */
    JSON_LOG_MEMBERS_MAX = 4096, /* the same in a log file: one per task of a large suite */
    JSON_KEY_MAX = 256,          /* bytes of a member name */
    JSON_NUMBER_MAX = 64,        /* bytes of a number as written */
};

enum json_kind { JSON_NULL, JSON_BOOL, JSON_NUMBER, JSON_STRING, JSON_ARRAY, JSON_OBJECT };

/* One value of a tree; everything lives in the arena (strings without escapes in the input). */
struct json {
    enum json_kind kind;
    bool boolean;
    double number; /* finite */
    slice text;    /* strings: decoded; numbers: as written */
    slice name;    /* the member name when the parent is an object */
    uint32_t name_hash;
    struct json *first; /* children in source order */
    struct json *next;  /* sibling */
    size_t count;       /* children */
};

/* The whole text as one value. The tree borrows from `text`. */
status json_parse(slice text, struct arena *arena, const struct json **ret, struct error *err);

/* The same for a log file: the content of the members of the outermost object that `bulky` names
 * (NULL behind the last) is checked but not kept: they stay, empty. Samples can outnumber all else
 * by thousands. Objects have up to JSON_LOG_MEMBERS_MAX members. */
status json_parse_log(slice text, const char *const *bulky, struct arena *arena,
                      const struct json **ret, struct error *err);

/* The member of that name, or NULL when `object` is NULL, not an object, or has none. */
const struct json *json_find(const struct json *object, const char *name);
/* Path of member names, "input.csv_data"; NULL when a step is missing. */
const struct json *json_at(const struct json *root, const char *path);
/* A whole number within the doubles' exact range; false on fractions and other kinds. */
bool json_to_u64(const struct json *value, uint64_t *ret);

/* --- the object that a handler expects --- */

enum json_want { WANT_STR, WANT_U64, WANT_F64, WANT_BOOL, WANT_TREE };

/* One expected member. Make them with the macros below: what is absent (or null when optional)
 * leaves *ret alone, so the caller's defaults stay. */
struct json_member {
    const char *name;
    enum json_want want;
    bool required;
    void *ret;
    double min, max; /* strings: bytes; numbers: value */
    bool *ret_seen;  /* optional: set to true when the member was there */
};

/* clang-format off */
#define JSON_STR(name, ret, min, max)     {name, WANT_STR, true, ret, min, max, NULL}
#define JSON_STR_OPT(name, ret, min, max) {name, WANT_STR, false, ret, min, max, NULL}
#define JSON_U64(name, ret, min, max)     {name, WANT_U64, true, ret, min, max, NULL}
#define JSON_U64_OPT(name, ret, min, max) {name, WANT_U64, false, ret, min, max, NULL}
#define JSON_F64_OPT(name, ret, min, max) {name, WANT_F64, false, ret, min, max, NULL}
#define JSON_BOOL_OPT(name, ret)          {name, WANT_BOOL, false, ret, 0, 0, NULL}
#define JSON_TREE_OPT(name, ret)          {name, WANT_TREE, false, ret, 0, 0, NULL} /* const struct json ** */
/* clang-format on */

enum json_strictness {
    JSON_STRICT,  /* other members are refused: our own endpoints */
    JSON_LENIENT, /* other members are ignored: endpoints of the plan and of upstream */
};

/* Reads an object's members into their places; the error names the member. */
status json_members(const struct json *object, const struct json_member *members, size_t count,
                    enum json_strictness strictness, struct error *err);

/* Parses `body` as an object and reads its members; an empty body counts as {}. Strict:
 * `json_read(call->body, arena, err, JSON_STR("name", &name, 1, 100), JSON_BOOL_OPT("x", &x))`. */
#define json_read(body, arena, err, ...)                                                           \
    json_read_members(body, arena, (const struct json_member[]){__VA_ARGS__},                      \
                      sizeof((const struct json_member[]){__VA_ARGS__}) /                          \
                          sizeof(struct json_member),                                              \
                      JSON_STRICT, err)
/* The same, other members ignored. */
#define json_read_lenient(body, arena, err, ...)                                                   \
    json_read_members(body, arena, (const struct json_member[]){__VA_ARGS__},                      \
                      sizeof((const struct json_member[]){__VA_ARGS__}) /                          \
                          sizeof(struct json_member),                                              \
                      JSON_LENIENT, err)
status json_read_members(slice body, struct arena *arena, const struct json_member *members,
                         size_t count, enum json_strictness strictness, struct error *err);

/* --- events, for inputs too big for a tree --- */

/* Called for each value in order; `name` is empty in arrays; `depth` 0 is the outermost value.
 * `begin` of an array or object, `end` of it, `value` for everything else (kind, number and text
 * set; valid only during the call). Return ST_OK to go on. NULL functions are skipped. */
struct json_events {
    void *context;
    status (*begin)(void *context, enum json_kind kind, slice name, size_t depth,
                    struct error *err);
    status (*end)(void *context, enum json_kind kind, size_t depth, struct error *err);
    status (*value)(void *context, const struct json *value, size_t depth, struct error *err);
};

/* Walks the text; duplicate names are the receiver's business, all other rules hold here.
 * `multiple`: several values one after the other (JSON lines). */
status json_walk(slice text, bool multiple, const struct json_events *events, struct error *err);

#endif
