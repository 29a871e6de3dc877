/* Collects ledger rows in an arena: growing lists, field lists, names. */
#include "ledger.h"

#include "base/crypt.h"
#include "base/json_out.h"

#include <assert.h>
#include <stdlib.h>

void ledger_init(struct ledger *ledger, struct arena *arena)
{
    *ledger = (struct ledger){.arena = arena, .grade = 'B'};
}

status ledger_add(struct ledger *ledger, struct ledger_row **ret, struct error *err)
{
    void *list = ledger->rows;
    if (ledger->row_count >= LEDGER_ROWS_MAX)
        return error_set(err, ST_TOO_LARGE, "a ledger has at most %d rows", LEDGER_ROWS_MAX);
    if (!arena_grow(ledger->arena, &list, &ledger->row_cap, ledger->row_count,
                    sizeof *ledger->rows))
        return arena_check(ledger->arena, err);
    ledger->rows = list;
    struct ledger_row *row = &ledger->rows[ledger->row_count++];
    *row = (struct ledger_row){.n = -1};
    *ret = row;
    return ST_OK;
}

status ledger_exclude(struct ledger *ledger, slice path, const struct error *why, struct error *err)
{
    void *list = ledger->excluded;
    if (ledger->excluded_count >= LEDGER_EXCLUDED_MAX)
        return error_set(err, ST_TOO_LARGE, "more than %d files were refused", LEDGER_EXCLUDED_MAX);
    if (!arena_grow(ledger->arena, &list, &ledger->excluded_cap, ledger->excluded_count,
                    sizeof *ledger->excluded))
        return arena_check(ledger->arena, err);
    ledger->excluded = list;
    ledger->excluded[ledger->excluded_count++] = (struct ledger_excluded){
        .path = arena_copy(ledger->arena, path),
        .reason = arena_copy(ledger->arena, slice_of(why->text)),
        .reason_zh = arena_copy(ledger->arena, slice_of(why->text_zh)),
    };
    return arena_check(ledger->arena, err);
}

status ledger_add_source(struct ledger *ledger, const struct ledger_source *source,
                         struct error *err)
{
    void *list = ledger->sources;
    if (!arena_grow(ledger->arena, &list, &ledger->source_cap, ledger->source_count,
                    sizeof *ledger->sources))
        return arena_check(ledger->arena, err);
    ledger->sources = list;
    ledger->sources[ledger->source_count++] = (struct ledger_source){
        .path = arena_copy(ledger->arena, source->path),
        .sha256 = arena_copy(ledger->arena, source->sha256),
        .format = arena_copy(ledger->arena, source->format),
        .version = arena_copy(ledger->arena, source->version),
    };
    return arena_check(ledger->arena, err);
}

/* --- fields ------------------------------------------------------------------------------------
 */

void fields_add(struct fields_builder *b, slice name, struct ledger_field value)
{
    for (size_t i = 0; i < b->count; i++)
        if (slice_eq(b->at[i].name, name))
            return;
    if (b->count == LEDGER_FIELDS_MAX) {
        b->dropped++;
        return;
    }
    value.name = name;
    b->at[b->count++] = value;
}

void fields_add_text(struct fields_builder *b, slice name, slice text)
{
    fields_add(b, name, (struct ledger_field){.text = text, .kind = FIELD_TEXT});
}

void fields_add_number(struct fields_builder *b, struct arena *arena, slice name, double number)
{
    struct buf text;
    buf_init_arena(&text, arena, 64);
    if (number > -1e15 && number < 1e15 && number == (double)(int64_t)number)
        buf_printf(&text, "%lld", (long long)number); /* 5, not 5.0: as people write settings */
    else
        buf_put_f64(&text, number);
    fields_add(
        b, name,
        (struct ledger_field){.text = buf_slice(&text), .number = number, .kind = FIELD_NUMBER});
}

static int field_order(const void *a, const void *b)
{
    return slice_cmp(((const struct ledger_field *)a)->name,
                     ((const struct ledger_field *)b)->name);
}

/* Long values (whole prompts, plans) are compared and shown by their hash. */
static slice field_text(struct arena *arena, slice text)
{
    char hex[65];
    struct crypt_hash hash;
    if (text.len <= LEDGER_TEXT_MAX)
        return arena_copy(arena, text);
    crypt_sha256(&hash, text);
    (void)crypt_hex(hex, hash.bytes, sizeof hash.bytes);
    return arena_printf(arena, "sha256:%s", hex);
}

status fields_build(const struct fields_builder *b, struct arena *arena, struct ledger_fields *ret,
                    struct error *err)
{
    struct ledger_field *at = arena_array(arena, b->count, sizeof *at);
    if (!at)
        return arena_check(arena, err);
    for (size_t i = 0; i < b->count; i++) {
        at[i] = b->at[i];
        at[i].name = arena_copy(arena, b->at[i].name);
        at[i].text = field_text(arena, b->at[i].text);
    }
    if (b->count)
        qsort(at, b->count, sizeof *at, field_order);
    *ret = (struct ledger_fields){.at = at, .count = b->count};
    return arena_check(arena, err);
}

const struct ledger_field *fields_find(const struct ledger_fields *fields, slice name)
{
    size_t low = 0;
    size_t high = fields->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = slice_cmp(fields->at[middle].name, name);
        if (order == 0)
            return &fields->at[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

static bool is_numeric(const struct ledger_field *f)
{
    return f->kind == FIELD_NUMBER || f->kind == FIELD_BOOL;
}

bool field_eq(const struct ledger_field *a, const struct ledger_field *b)
{
    if (is_numeric(a) && is_numeric(b))
        return a->number <= b->number && a->number >= b->number;
    return a->kind == b->kind && slice_eq(a->text, b->text);
}

/* --- roles -------------------------------------------------------------------------------------
 */

static const struct {
    slice pattern;
    enum field_role role;
} default_roles[] = {
#define X(pattern, role) {SLICE_INIT(pattern), role},
#include "roles.def"
#undef X
};

bool ledger_name_matches(slice pattern, slice name)
{
    if (pattern.ptr[0] == '*')
        return slice_has_suffix(name, slice_from(pattern, 1));
    if (pattern.ptr[pattern.len - 1] == '*')
        return slice_has_prefix(name, slice_sub(pattern, 0, pattern.len - 1));
    return slice_eq(pattern, name);
}

enum field_role role_of(slice name, const struct ledger_options *options)
{
    for (size_t i = 0; options && i < options->role_count; i++)
        if (slice_eq(options->roles[i].name, name))
            return options->roles[i].role;
    for (size_t i = 0; i < ARRAY_COUNT(default_roles); i++)
        if (ledger_name_matches(default_roles[i].pattern, name))
            return default_roles[i].role;
    return ROLE_SETTINGS;
}

status ledger_assign_roles(struct ledger_row *row, const struct fields_builder *all,
                           const struct ledger_options *options, struct arena *arena,
                           struct error *err)
{
    struct fields_builder *parts = arena_array(arena, 2, sizeof *parts);
    if (!parts)
        return arena_check(arena, err);
    for (size_t i = 0; i < all->count; i++) {
        enum field_role role = role_of(all->at[i].name, options);
        if (role != ROLE_IGNORE)
            fields_add(&parts[role], all->at[i].name, all->at[i]);
    }
    TRY(fields_build(&parts[ROLE_PROTOCOL], arena, &row->protocol, err));
    return fields_build(&parts[ROLE_SETTINGS], arena, &row->settings, err);
}

/* --- names -------------------------------------------------------------------------------------
 */

const char *run_status_name(enum run_status state)
{
    static const char *const names[] = {"completed", "failed", "running"};
    return names[state];
}

const char *run_split_name(enum run_split split)
{
    static const char *const names[] = {"unknown", "dev", "test"};
    return names[split];
}

const char *run_direction_name(enum run_direction direction)
{
    static const char *const names[] = {"unknown", "higher", "lower"};
    return names[direction];
}

const char *field_role_name(enum field_role role)
{
    static const char *const names[] = {"protocol", "settings", "ignore"};
    return names[role];
}
