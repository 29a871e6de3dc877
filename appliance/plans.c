/* Built-in plans and the reader of plans.conf. */
#include "plans.h"

#include "base/file.h"
#include "config.h"

#include <stddef.h>
#include <unistd.h>

#define UNLIMITED PLAN_UNLIMITED

enum { FILE_BYTES_MAX = 1 << 18, ARENA_BYTES = 1 << 20 };

static const struct plan defaults[PLAN_COUNT] = {
#define PLAN(id, slug_, name_, price, interval_, sold, minute, day, analyses, running, rows,       \
             bootstrap, files, keys, history, features_)                                           \
    [PLAN_##id] = {.rank = PLAN_##id,                                                              \
                   .slug = slug_,                                                                  \
                   .name = SLICE_INIT(name_),                                                      \
                   .price_cents = price,                                                           \
                   .currency = SLICE_INIT("USD"),                                                  \
                   .interval = SLICE_INIT(interval_),                                              \
                   .purchasable = sold,                                                            \
                   .per_minute = minute,                                                           \
                   .per_day = day,                                                                 \
                   .analyses_per_month = analyses,                                                 \
                   .concurrency = running,                                                         \
                   .rows_max = rows,                                                               \
                   .n_bootstrap_max = bootstrap,                                                   \
                   .file_bytes_max = files,                                                        \
                   .keys_max = keys,                                                               \
                   .history_days = history,                                                        \
                   .features = SLICE_INIT(features_),                                              \
                   .stripe_price = SLICE_INIT("")},
#include "plans.def"
#undef PLAN
};

/* What plans.conf may set: key, kind, place, bounds of numbers. */
enum field_kind { FIELD_NUMBER, FIELD_TEXT, FIELD_FLAG };
static const struct field {
    const char *name;
    enum field_kind kind;
    size_t offset;
    uint64_t min, max;
    bool may_be_unlimited;
} fields[] = {
    {"name", FIELD_TEXT, offsetof(struct plan, name), 1, 60, false},
    {"price_cents", FIELD_NUMBER, offsetof(struct plan, price_cents), 0, 100000000, false},
    {"currency", FIELD_TEXT, offsetof(struct plan, currency), 3, 3, false},
    {"interval", FIELD_TEXT, offsetof(struct plan, interval), 1, 20, false},
    {"purchasable", FIELD_FLAG, offsetof(struct plan, purchasable), 0, 0, false},
    {"per_minute", FIELD_NUMBER, offsetof(struct plan, per_minute), 1, 100000, false},
    {"per_day", FIELD_NUMBER, offsetof(struct plan, per_day), 1, 1000000000, true},
    {"analyses_per_month", FIELD_NUMBER, offsetof(struct plan, analyses_per_month), 0, 1000000000,
     true},
    {"concurrency", FIELD_NUMBER, offsetof(struct plan, concurrency), 1, 10000, false},
    {"rows_max", FIELD_NUMBER, offsetof(struct plan, rows_max), 4, 20000000, false},
    {"n_bootstrap_max", FIELD_NUMBER, offsetof(struct plan, n_bootstrap_max), 1, 1000000, false},
    {"file_bytes_max", FIELD_NUMBER, offsetof(struct plan, file_bytes_max), 0, 1ULL << 50, false},
    {"keys_max", FIELD_NUMBER, offsetof(struct plan, keys_max), 1, 100000, false},
    {"history_days", FIELD_NUMBER, offsetof(struct plan, history_days), 1, 36500, false},
    {"features", FIELD_TEXT, offsetof(struct plan, features), 0, 190, false},
    {"stripe_price", FIELD_TEXT, offsetof(struct plan, stripe_price), 0, 100, false},
};

const char *plan_slug(enum plan_rank rank)
{
    return defaults[rank].slug;
}

bool plan_from_slug(slice slug, enum plan_rank *ret)
{
    for (size_t i = 0; i < PLAN_COUNT; i++)
        if (slice_eq(slug, slice_of(defaults[i].slug))) {
            *ret = (enum plan_rank)i;
            return true;
        }
    return false;
}

/* `plan "pro"` → PLAN_PRO */
static bool plan_of_section(slice section, enum plan_rank *ret)
{
    if (!slice_has_prefix(section, S("plan \"")) || !slice_has_suffix(section, S("\"")))
        return false;
    return plan_from_slug(slice_sub(section, 6, section.len - 7), ret);
}

static status number_set(const struct field *f, uint64_t *place, slice value, struct error *err)
{
    uint64_t number;
    if (f->may_be_unlimited && slice_eq(value, S("unlimited"))) {
        *place = PLAN_UNLIMITED;
        return ST_OK;
    }
    if (!slice_to_u64(value, &number) || number < f->min || number > f->max)
        return error_set(err, ST_CONFIG, "'%s' must be a whole number from %llu to %llu", f->name,
                         (unsigned long long)f->min, (unsigned long long)f->max);
    *place = number;
    return ST_OK;
}

static status field_set(struct plans *plans, struct plan *plan, const struct field *f, slice value,
                        struct error *err)
{
    char *place = (char *)plan + f->offset;
    switch (f->kind) {
    case FIELD_NUMBER:
        return number_set(f, (uint64_t *)(void *)place, value, err);
    case FIELD_FLAG:
        if (!slice_eq(value, S("true")) && !slice_eq(value, S("false")))
            return error_set(err, ST_CONFIG, "'%s' must be true or false", f->name);
        *(bool *)place = slice_eq(value, S("true"));
        return ST_OK;
    case FIELD_TEXT:
        if (value.len < f->min || value.len > f->max || !slice_is_utf8(value))
            return error_set(err, ST_CONFIG, "'%s' must be text of %llu to %llu bytes", f->name,
                             (unsigned long long)f->min, (unsigned long long)f->max);
        *(slice *)(void *)place = arena_copy(&plans->arena, value);
        return arena_check(&plans->arena, err);
    }
    return ST_INTERNAL;
}

static status plans_key(void *context, slice section, slice key, slice value, int line, bool more,
                        struct error *err)
{
    struct plans *plans = context;
    enum plan_rank rank;
    if (!plan_of_section(section, &rank))
        return error_set(err, ST_CONFIG,
                         "unknown section '[%.*s]'; plans are free, pro, business, enterprise",
                         SLICE_ARG(section));
    if (more)
        return error_set(err, ST_CONFIG, "'%.*s' has only one line", SLICE_ARG(key));
    for (size_t i = 0; i < ARRAY_COUNT(fields); i++)
        if (slice_eq(key, slice_of(fields[i].name)))
            return field_set(plans, &plans->plan[rank], &fields[i], value, err);
    return error_set(err, ST_CONFIG, "unknown key '%.*s'", SLICE_ARG(key));
}

/* A plan above another may not allow less: gates and upgrades would make no sense. */
static status check_order(const struct plans *plans, struct error *err)
{
    for (size_t i = 1; i < PLAN_COUNT; i++) {
        const struct plan *low = &plans->plan[i - 1];
        const struct plan *high = &plans->plan[i];
        if (high->per_minute < low->per_minute || high->per_day < low->per_day ||
            high->analyses_per_month < low->analyses_per_month || high->rows_max < low->rows_max)
            return error_set(err, ST_CONFIG, "plan '%s' allows less than plan '%s'", high->slug,
                             low->slug);
    }
    return ST_OK;
}

static status load_file(const char *path, struct plans *plans, struct error *err)
{
    slice text;
    status rc = file_read(path, FILE_BYTES_MAX, &plans->arena, &text, err);
    if (rc != ST_OK)
        return rc == ST_NO_MEMORY ? rc : ST_CONFIG;
    TRY(config_ini(text, path, plans_key, plans, err));
    rc = check_order(plans, err);
    return rc == ST_OK ? rc : error_wrap(err, rc, "%s", path);
}

status plans_load(const char *path, struct plans *ret, struct error *err)
{
    *ret = (struct plans){0};
    arena_init(&ret->arena, ARENA_BYTES);
    memcpy(ret->plan, defaults, sizeof defaults);
    if (!path || access(path, F_OK) != 0)
        return ST_OK;
    status rc = load_file(path, ret, err);
    if (rc != ST_OK)
        plans_finish(ret);
    return rc;
}

void plans_finish(struct plans *plans)
{
    arena_finish(&plans->arena);
    *plans = (struct plans){0};
}

bool plan_field(const struct plan *plan, size_t index, const char **ret_name, slice *ret_text,
                struct arena *arena)
{
    if (index >= ARRAY_COUNT(fields))
        return false;
    const struct field *f = &fields[index];
    const void *place = (const char *)plan + f->offset;
    *ret_name = f->name;
    if (f->kind == FIELD_TEXT)
        *ret_text = *(const slice *)place;
    else if (f->kind == FIELD_FLAG)
        *ret_text = *(const bool *)place ? S("true") : S("false");
    else if (*(const uint64_t *)place == PLAN_UNLIMITED)
        *ret_text = S("unlimited");
    else
        *ret_text = arena_printf(arena, "%llu", (unsigned long long)*(const uint64_t *)place);
    return true;
}
