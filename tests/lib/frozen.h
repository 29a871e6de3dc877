/* A frozen protocol and ledgers against it, for the tests of deviations. */
#ifndef TESTS_LIB_FROZEN_H
#define TESTS_LIB_FROZEN_H

#include "deviation.h"
#include "json.h"
#include "lib/main.h"

#define FROZEN_AT_MS INT64_C(1764000000000) /* 2025-11-24T16:00:00Z */
#define FROZEN_PLAN                                                                                \
    "{\"protocol\":{\"judge\":\"g\",\"limit\":null,\"seed\":1},\"splits\":[\"test\"],"             \
    "\"metric\":\"acc\",\"direction\":\"higher\",\"threshold\":0.8,\"planned_rounds\":5,"          \
    "\"n\":100,\"lineages\":[\"m\"],\"tasks\":{\"a\":{},\"b\":{\"n\":50,\"protocol\":"             \
    "{\"judge\":\"h\"}}}}"

/* The same with one task. */
#define FROZEN_ONE                                                                                 \
    "{\"protocol\":{\"judge\":\"g\",\"limit\":null,\"seed\":1},\"splits\":[\"test\"],"             \
    "\"metric\":\"acc\",\"direction\":\"higher\",\"planned_rounds\":5,\"n\":100,"                  \
    "\"lineages\":[\"m\"]}"

struct frozen {
    struct arena arena;
    struct freeze freeze;
    struct ledger ledger, addition;
    struct deviations found;
    char grade_before;
    struct deviation settled; /* told before, when has_settled */
    bool has_settled;
};

static inline void frozen_begin(struct frozen *f, const char *plan)
{
    const struct json *root;
    struct error err = {0};
    *f = (struct frozen){.found = {.arena = &f->arena}};
    arena_init(&f->arena, 64 << 20);
    ledger_init(&f->ledger, &f->arena);
    ledger_init(&f->addition, &f->arena);
    ck_ok(json_parse(slice_of(plan), &f->arena, &root, &err));
    ck_ok(freeze_read(root, true, &f->arena, &f->freeze, &err));
}

static inline void frozen_end(struct frozen *f)
{
    arena_finish(&f->arena);
}

/* A row; what is not given is as agreed. Day 1 is a week after the freeze, -1 a month before. */
struct frozen_row {
    const char *run, *task, *lineage, *metric, *split, *status, *direction, *protocol;
    const char *value; /* JSON */
    int day;           /* 0 = 1 */
    int n;             /* 0 = 100; -1 = not recorded */
};

static inline struct ledger_row *frozen_add(struct frozen *f, bool is_new, struct frozen_row r)
{
    const struct json *object;
    struct error err = {0};
    struct buf text;
    buf_init_arena(&text, &f->arena, 4096);
    buf_printf(&text,
               "{\"run_id\":\"%s\",\"time\":\"2025-%s-%02dT00:00:00Z\",\"system\":\"m-%s\","
               "\"lineage\":\"%s\",\"task\":\"%s\",\"metric\":\"%s\",\"value\":%s,\"split\":\"%s\","
               "\"status\":\"%s\",\"direction\":\"%s\",\"n\":%s,\"protocol\":%s}",
               r.run ? r.run : "r1", r.day < 0 ? "10" : "12",
               r.day < 0 ? 1
               : r.day   ? r.day
                         : 1,
               r.run ? r.run : "r1", r.lineage ? r.lineage : "m", r.task ? r.task : "a",
               r.metric ? r.metric : "acc", r.value ? r.value : "0.5", r.split ? r.split : "test",
               r.status ? r.status : "completed", r.direction ? r.direction : "higher",
               r.n < 0    ? "null"
               : r.n == 0 ? "100"
                          : arena_printf(&f->arena, "%d", r.n).ptr,
               r.protocol ? r.protocol : "{\"judge\":\"g\",\"limit\":null,\"seed\":1}");
    ck_ok(json_parse(buf_slice(&text), &f->arena, &object, &err));
    ck_ok(ledger_read_row(&f->ledger, object, &err));
    f->ledger.rows[f->ledger.row_count - 1].is_new = is_new;
    return &f->ledger.rows[f->ledger.row_count - 1];
}

static inline bool frozen_settled(const void *context, const struct deviation *deviation)
{
    const struct frozen *f = context;
    return f->has_settled && deviation_same(&f->settled, deviation);
}

static inline void frozen_find(struct frozen *f)
{
    static const struct ledger_options plain = {0};
    struct error err = {0};
    const struct deviation_input in = {.freeze = &f->freeze,
                                       .ledger = &f->ledger,
                                       .addition = &f->addition,
                                       .grade_before = f->grade_before,
                                       .frozen_ms = FROZEN_AT_MS,
                                       .is_settled = frozen_settled,
                                       .context = f};
    ck_ok(ledger_finish(&f->ledger, &plain, &err));
    f->found.count = f->found.total = 0;
    ck_ok(deviations_find(&in, &f->found, &err));
}

static inline void frozen_expect(const struct frozen *f, size_t count, const char *first)
{
    ck_assert_msg(f->found.count == count, "%zu deviations, the first '%s'", f->found.count,
                  f->found.count ? deviation_slug(f->found.at[0].kind) : "");
    if (count)
        ck_assert_str_eq(deviation_slug(f->found.at[0].kind), first);
}

#endif
