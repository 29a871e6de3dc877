/* Finds the row of a method and path: a small sorted list of patterns, literals before parameters.
 */
#include "route.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SEGMENTS_MAX = 8, ROUTES_MAX = 512 };

/* A row with its path cut into segments, once at start. */
struct pattern {
    const struct route *route;
    slice segments[SEGMENTS_MAX]; /* ":id" with its colon; the last may be "*" */
    size_t segment_count;
};

/* Written by route_init only, read by every thread afterwards. */
static struct pattern patterns[ROUTES_MAX];
static size_t pattern_count;
static uint16_t by_address[ROUTES_MAX]; /* indexes of patterns, by the address of their row */

static const char *const method_names[METHOD_COUNT] = {
    [METHOD_GET] = "GET",         [METHOD_HEAD] = "HEAD",   [METHOD_POST] = "POST",
    [METHOD_PUT] = "PUT",         [METHOD_PATCH] = "PATCH", [METHOD_DELETE] = "DELETE",
    [METHOD_OPTIONS] = "OPTIONS", [METHOD_OTHER] = "OTHER",
};

const char *method_name(enum method method)
{
    assert(method < METHOD_COUNT);
    return method_names[method];
}

enum method method_from(slice name)
{
    for (enum method m = METHOD_GET; m < METHOD_OTHER; m++)
        if (slice_eq(name, slice_of(method_names[m])))
            return m;
    return METHOD_OTHER;
}

/* "/a/b" → {"a", "b"}; "/" → {}. False: not absolute, empty or dotted segments, too many. */
static bool path_split(slice path, slice segments[SEGMENTS_MAX], size_t *ret_count)
{
    *ret_count = 0;
    if (path.len == 0 || path.ptr[0] != '/')
        return false;
    slice rest = slice_from(path, 1);
    if (rest.len == 0)
        return true;
    slice part;
    while (slice_split(&rest, '/', &part)) {
        if (part.len == 0 || slice_eq(part, S(".")) || slice_eq(part, S("..")))
            return false;
        if (*ret_count == SEGMENTS_MAX)
            return false;
        segments[(*ret_count)++] = part;
    }
    return path.ptr[path.len - 1] != '/';
}

static bool is_param(slice segment)
{
    return segment.len > 1 && segment.ptr[0] == ':';
}

static bool is_rest(slice segment)
{
    return slice_eq(segment, S("*"));
}

/* 0 literal, 1 parameter, 2 rest: the order in which equal positions are tried. */
static int segment_rank(slice segment)
{
    return is_rest(segment) ? 2 : is_param(segment) ? 1 : 0;
}

static int pattern_compare(const void *left, const void *right)
{
    const struct pattern *a = (const struct pattern *)left;
    const struct pattern *b = (const struct pattern *)right;
    for (size_t i = 0; i < a->segment_count && i < b->segment_count; i++) {
        int order = segment_rank(a->segments[i]) - segment_rank(b->segments[i]);
        if (order == 0)
            order = slice_cmp(a->segments[i], b->segments[i]);
        if (order != 0)
            return order;
    }
    if (a->segment_count != b->segment_count)
        return a->segment_count < b->segment_count ? -1 : 1;
    return (int)a->route->method - (int)b->route->method;
}

static status row_check(const struct route *route, const struct pattern *pattern, struct error *err)
{
    const char *name = method_name(route->method);
    if (route->need == NEED_UNDECLARED)
        return error_set(err, ST_INTERNAL, "route %s %s: no auth class", name, route->path);
    if (route->method == METHOD_HEAD || route->method >= METHOD_OPTIONS)
        return error_set(err, ST_INTERNAL, "route %s %s: the engine serves this method itself",
                         name, route->path);
    if (!route->reply && !route->check)
        return error_set(err, ST_INTERNAL, "route %s %s: nothing answers", name, route->path);
    if (route->body_max > LIMIT_BODY_BYTES)
        return error_set(err, ST_INTERNAL, "route %s %s: body above the hard cap", name,
                         route->path);
    size_t params = 0;
    for (size_t i = 0; i < pattern->segment_count; i++) {
        params += segment_rank(pattern->segments[i]) > 0;
        if (is_rest(pattern->segments[i]) && i + 1 != pattern->segment_count)
            return error_set(err, ST_INTERNAL, "route %s %s: '*' is not last", name, route->path);
    }
    if (params > LIMIT_PATH_PARAMS)
        return error_set(err, ST_INTERNAL, "route %s %s: too many parameters", name, route->path);
    return ST_OK;
}

static status row_add(const struct route *route, struct error *err)
{
    if (pattern_count == ROUTES_MAX)
        return error_set(err, ST_INTERNAL, "more than %d routes", ROUTES_MAX);
    struct pattern *pattern = &patterns[pattern_count];
    *pattern = (struct pattern){.route = route};
    if (!path_split(slice_of(route->path), pattern->segments, &pattern->segment_count))
        return error_set(err, ST_INTERNAL, "route %s %s: malformed path",
                         method_name(route->method), route->path);
    TRY(row_check(route, pattern, err));
    pattern_count++;
    return ST_OK;
}

/* "/v1/X" is "/api/X"; the first segment decides. */
static bool segment_matches(const struct pattern *pattern, size_t i, slice segment)
{
    slice wanted = pattern->segments[i];
    if (is_param(wanted) || is_rest(wanted))
        return true;
    if (i == 0 && slice_eq(segment, S("v1")) && slice_eq(wanted, S("api")))
        return !(pattern->route->flags & ROUTE_NO_ALIAS);
    return slice_eq(wanted, segment);
}

static bool pattern_matches(const struct pattern *pattern, const slice *segments, size_t count)
{
    size_t wanted = pattern->segment_count;
    bool rest = wanted > 0 && is_rest(pattern->segments[wanted - 1]);
    if (rest ? count < wanted : count != wanted)
        return false;
    for (size_t i = 0; i < wanted; i++)
        if (!segment_matches(pattern, i, segments[i]))
            return false;
    return true;
}

static void params_take(const struct pattern *pattern, const slice *segments, slice path,
                        struct route_match *ret)
{
    ret->param_count = 0;
    for (size_t i = 0; i < pattern->segment_count; i++) {
        slice wanted = pattern->segments[i];
        if (is_param(wanted)) {
            ret->params[ret->param_count].name = slice_from(wanted, 1);
            ret->params[ret->param_count++].value = segments[i];
        } else if (is_rest(wanted)) {
            size_t start = (size_t)(segments[i].ptr - path.ptr);
            ret->params[ret->param_count].name = wanted;
            ret->params[ret->param_count++].value = slice_from(path, start);
        }
    }
}

static void match_all(enum method method, slice path, bool host, struct route_match *ret)
{
    slice segments[SEGMENTS_MAX];
    size_t count;

    *ret = (struct route_match){0};
    if (path.len > LIMIT_PATH_BYTES || !path_split(path, segments, &count))
        return;
    enum method wanted = method == METHOD_HEAD ? METHOD_GET : method;
    for (size_t i = 0; i < pattern_count; i++) {
        const struct pattern *pattern = &patterns[i];
        if (pattern->route->need == NEED_HOST && !host)
            continue;
        if (!pattern_matches(pattern, segments, count))
            continue;
        ret->path_known = true;
        ret->allowed |= 1U << pattern->route->method;
        if (pattern->route->method == wanted && !ret->route) {
            ret->route = pattern->route;
            params_take(pattern, segments, path, ret);
        }
    }
    if (ret->allowed & (1U << METHOD_GET))
        ret->allowed |= 1U << METHOD_HEAD;
}

/* --- whole paths --------------------------------------------------------------------------------
 * Most requests are for a path without parameters: one look finds its row. */

enum { LITERALS_MAX = 1024 }; /* a power of two, at least twice the rows */

/* A row without parameters, its method and path as the key; empty when route is NULL. */
struct literal {
    const struct route *route;
    slice path;
    unsigned allowed; /* as route_find says */
};

static struct literal literals[LITERALS_MAX]; /* written by route_init only */

/* FNV-1a (Fowler, Noll, Vo). */
static size_t literal_hash(enum method method, slice path)
{
    uint32_t hash = 2166136261U ^ (uint32_t)method;
    for (size_t i = 0; i < path.len; i++)
        hash = (hash ^ (unsigned char)path.ptr[i]) * 16777619U;
    return (hash ^ hash >> 15) % LITERALS_MAX;
}

/* Where that row is, or the empty place where it would be. */
static struct literal *literal_place(enum method method, slice path)
{
    size_t at = literal_hash(method, path);
    while (literals[at].route &&
           (literals[at].route->method != method || !slice_eq(literals[at].path, path)))
        at = (at + 1) % LITERALS_MAX;
    return &literals[at];
}

static void literals_fill(void)
{
    struct route_match match;
    _Static_assert(LITERALS_MAX >= 2 * ROUTES_MAX, "the table of whole paths is never full");
    memset(literals, 0, sizeof literals);
    for (size_t i = 0; i < pattern_count; i++) {
        const struct route *route = patterns[i].route;
        slice path = slice_of(route->path);
        bool plain = route->need != NEED_HOST;
        for (size_t s = 0; s < patterns[i].segment_count; s++)
            plain = plain && segment_rank(patterns[i].segments[s]) == 0;
        if (!plain)
            continue;
        match_all(route->method, path, /* host= */ false, &match);
        assert(match.route == route);
        *literal_place(route->method, path) =
            (struct literal){.route = route, .path = path, .allowed = match.allowed};
    }
}

static int address_compare(const void *left, const void *right)
{
    uintptr_t a = (uintptr_t)patterns[*(const uint16_t *)left].route;
    uintptr_t b = (uintptr_t)patterns[*(const uint16_t *)right].route;
    return (a > b) - (a < b);
}

status route_init(struct error *err)
{
    pattern_count = 0;
    for (size_t t = 0; t < route_table_count; t++)
        for (size_t i = 0; i < route_tables[t].count; i++)
            TRY(row_add(&route_tables[t].rows[i], err));
    qsort(patterns, pattern_count, sizeof *patterns, pattern_compare);
    for (size_t i = 1; i < pattern_count; i++)
        if (pattern_compare(&patterns[i - 1], &patterns[i]) == 0)
            return error_set(err, ST_INTERNAL, "route %s %s: declared twice",
                             method_name(patterns[i].route->method), patterns[i].route->path);
    literals_fill();
    for (uint16_t i = 0; i < pattern_count; i++)
        by_address[i] = i;
    qsort(by_address, pattern_count, sizeof *by_address, address_compare);
    return ST_OK;
}

void route_each(void (*visit)(const struct route *route, void *data), void *data)
{
    for (size_t i = 0; i < pattern_count; i++)
        visit(patterns[i].route, data);
}

size_t route_count(void)
{
    return pattern_count;
}

size_t route_index(const struct route *route)
{
    size_t low = 0;
    size_t high = pattern_count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if ((uintptr_t)patterns[by_address[middle]].route < (uintptr_t)route)
            low = middle + 1;
        else
            high = middle;
    }
    bool found = low < pattern_count && patterns[by_address[low]].route == route;
    return found ? by_address[low] : pattern_count;
}

void route_find(enum method method, slice path, bool host, struct route_match *ret)
{
    enum method wanted = method == METHOD_HEAD ? METHOD_GET : method;
    const struct literal *literal = host ? NULL : literal_place(wanted, path);
    if (literal && literal->route)
        *ret = (struct route_match){
            .route = literal->route, .path_known = true, .allowed = literal->allowed};
    else
        match_all(method, path, host, ret);
}

slice route_allow(const struct route_match *match, char text[static ROUTE_ALLOW_MAX])
{
    size_t used = 0;
    for (enum method m = METHOD_GET; m <= METHOD_DELETE; m++) {
        if (!(match->allowed & (1U << m)))
            continue;
        int n =
            snprintf(text + used, ROUTE_ALLOW_MAX - used, "%s%s", used ? ", " : "", method_name(m));
        used += (size_t)n;
        assert(used < ROUTE_ALLOW_MAX);
    }
    int n = snprintf(text + used, ROUTE_ALLOW_MAX - used, "%sOPTIONS", used ? ", " : "");
    assert(used + (size_t)n < ROUTE_ALLOW_MAX);
    return slice_make(text, used + (size_t)n);
}
