/* Finds values in a JSON tree and reads the object that a handler expects, naming what is wrong. */
#include "json.h"

#include <math.h>

/* Above 2^53 not every whole number is a double. */
#define WHOLE_MAX 9007199254740992.0

const struct json *json_find(const struct json *object, const char *name)
{
    if (!object || object->kind != JSON_OBJECT)
        return NULL;
    for (const struct json *member = object->first; member; member = member->next)
        if (slice_eq(member->name, slice_of(name)))
            return member;
    return NULL;
}

const struct json *json_at(const struct json *root, const char *path)
{
    slice rest = slice_of(path);
    slice step;
    while (root && slice_split(&rest, '.', &step)) {
        const struct json *found = NULL;
        for (const struct json *m = root->kind == JSON_OBJECT ? root->first : NULL; m; m = m->next)
            if (slice_eq(m->name, step))
                found = m;
        root = found;
    }
    return root;
}

bool json_to_u64(const struct json *value, uint64_t *ret)
{
    if (!value || value->kind != JSON_NUMBER)
        return false;
    if (value->number < 0 || value->number >= WHOLE_MAX || value->number != floor(value->number))
        return false;
    *ret = (uint64_t)value->number;
    return true;
}

static status read_str(const struct json_member *m, const struct json *value, struct error *err)
{
    bool text = value->kind == JSON_STRING && !memchr(value->text.ptr, 0, value->text.len);
    if (!text || (double)value->text.len < m->min || (double)value->text.len > m->max)
        return error_code(err, ST_INVALID, "invalid_field",
                          "member '%s' must be text of %.0f to %.0f bytes", m->name, m->min,
                          m->max);
    *(slice *)m->ret = value->text;
    return ST_OK;
}

static status read_u64(const struct json_member *m, const struct json *value, struct error *err)
{
    uint64_t number;
    if (!json_to_u64(value, &number) || value->number < m->min || value->number > m->max)
        return error_code(err, ST_INVALID, "invalid_field",
                          "member '%s' must be a whole number from %.0f to %.0f", m->name, m->min,
                          m->max);
    *(uint64_t *)m->ret = number;
    return ST_OK;
}

static status read_f64(const struct json_member *m, const struct json *value, struct error *err)
{
    if (value->kind != JSON_NUMBER || value->number < m->min || value->number > m->max)
        return error_code(err, ST_INVALID, "invalid_field",
                          "member '%s' must be a number from %g to %g", m->name, m->min, m->max);
    *(double *)m->ret = value->number;
    return ST_OK;
}

static status read_member(const struct json_member *m, const struct json *value, struct error *err)
{
    switch (m->want) {
    case WANT_STR:
        return read_str(m, value, err);
    case WANT_U64:
        return read_u64(m, value, err);
    case WANT_F64:
        return read_f64(m, value, err);
    case WANT_BOOL:
        if (value->kind != JSON_BOOL)
            return error_code(err, ST_INVALID, "invalid_field", "member '%s' must be true or false",
                              m->name);
        *(bool *)m->ret = value->boolean;
        return ST_OK;
    case WANT_TREE:
        *(const struct json **)m->ret = value;
        return ST_OK;
    }
    return ST_INTERNAL;
}

static status find_unknown(const struct json *object, const struct json_member *members,
                           size_t count, struct error *err)
{
    for (const struct json *given = object->first; given; given = given->next) {
        bool known = false;
        for (size_t i = 0; i < count && !known; i++)
            known = slice_eq(given->name, slice_of(members[i].name));
        if (!known)
            return error_code(err, ST_INVALID, "unknown_field", "unknown member '%.*s'",
                              SLICE_ARG(given->name));
    }
    return ST_OK;
}

status json_members(const struct json *object, const struct json_member *members, size_t count,
                    enum json_strictness strictness, struct error *err)
{
    if (!object || object->kind != JSON_OBJECT)
        return error_code(err, ST_INVALID, "invalid_json", "the body must be a JSON object");
    if (strictness == JSON_STRICT)
        TRY(find_unknown(object, members, count, err));
    for (size_t i = 0; i < count; i++) {
        const struct json_member *m = &members[i];
        const struct json *value = json_find(object, m->name);
        if (value && value->kind == JSON_NULL && !m->required && m->want != WANT_TREE)
            value = NULL;
        if (!value && m->required)
            return error_code(err, ST_INVALID, "missing_field", "Missing required field: %s",
                              m->name);
        if (!value)
            continue;
        TRY(read_member(m, value, err));
        if (m->ret_seen)
            *m->ret_seen = true;
    }
    return ST_OK;
}

status json_read_members(slice body, struct arena *arena, const struct json_member *members,
                         size_t count, enum json_strictness strictness, struct error *err)
{
    const struct json empty = {.kind = JSON_OBJECT};
    const struct json *root = &empty;
    if (slice_trim(body).len)
        TRY(json_parse(body, arena, &root, err));
    return json_members(root, members, count, strictness, err);
}
