/* Writes a ledger as CSV (RFC 4180). */
#include "ledger_csv.h"

#include "base/clock.h"

#include <stdlib.h>

struct column {
    enum field_role role;
    slice name;
};

struct columns {
    struct column at[LEDGER_CSV_FIELDS_MAX];
    size_t count;
};

/* --- cells ------------------------------------------------------------------------------------ */

static void put_text(struct buf *out, slice text)
{
    bool formula = text.len && strchr("=+-@\t\r", text.ptr[0]);
    bool quoted = formula;
    for (size_t i = 0; i < text.len && !quoted; i++)
        quoted = text.ptr[i] == '"' || text.ptr[i] == ',' || (unsigned char)text.ptr[i] < 0x20;
    if (!quoted) {
        buf_put(out, text);
        return;
    }
    buf_put_str(out, formula ? "\"'" : "\"");
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '"')
            buf_put_byte(out, '"');
        buf_put_byte(out, text.ptr[i]);
    }
    buf_put_byte(out, '"');
}

static void put_field(struct buf *out, const struct ledger_field *field)
{
    if (!field)
        return;
    if (field->kind == FIELD_TEXT)
        put_text(out, field->text);
    else
        buf_put(out, field->text); /* a number, true, false, null */
}

/* --- columns ---------------------------------------------------------------------------------- */

static int column_order(const void *a, const void *b)
{
    const struct column *left = a;
    const struct column *right = b;
    if (left->role != right->role)
        return left->role < right->role ? -1 : 1;
    return slice_cmp(left->name, right->name);
}

/* Kept sorted, so that a name is found by halving. */
static void add_column(struct columns *columns, enum field_role role, slice name)
{
    const struct column wanted = {role, name};
    size_t low = 0, high = columns->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = column_order(&columns->at[middle], &wanted);
        if (order == 0)
            return;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    if (columns->count == LEDGER_CSV_FIELDS_MAX)
        return;
    memmove(&columns->at[low + 1], &columns->at[low], (columns->count - low) * sizeof *columns->at);
    columns->at[low] = wanted;
    columns->count++;
}

static void collect(const struct ledger *ledger, struct columns *columns)
{
    for (size_t i = 0; i < ledger->row_count; i++) {
        const struct ledger_row *row = &ledger->rows[i];
        for (size_t j = 0; j < row->protocol.count; j++)
            add_column(columns, ROLE_PROTOCOL, row->protocol.at[j].name);
        for (size_t j = 0; j < row->settings.count; j++)
            add_column(columns, ROLE_SETTINGS, row->settings.at[j].name);
    }
}

/* --- rows ------------------------------------------------------------------------------------- */

static void put_head(struct buf *out, const struct columns *columns)
{
    buf_put_str(out, "run_id,time,lineage,system,task,metric,value,stderr,n,direction,status,split,"
                     "round,source_path,source_sha256");
    for (size_t i = 0; i < columns->count; i++) {
        buf_printf(out, ",%s.", field_role_name(columns->at[i].role));
        put_text(out, columns->at[i].name);
    }
    buf_put_str(out, "\r\n");
}

static void put_row(struct buf *out, const struct columns *columns, const struct ledger_row *row)
{
    char time[TIME_TEXT_MAX];
    const slice texts[] = {row->run_id,  time_rfc3339(row->time_ms, time),
                           row->lineage, row->system,
                           row->task,    row->metric};
    for (size_t i = 0; i < ARRAY_COUNT(texts); i++) {
        put_text(out, texts[i]);
        buf_put_byte(out, ',');
    }
    if (row->has_value)
        buf_put_f64(out, row->value);
    buf_put_byte(out, ',');
    if (row->has_stderr)
        buf_put_f64(out, row->stderr_value);
    buf_put_byte(out, ',');
    if (row->n >= 0)
        buf_printf(out, "%lld", (long long)row->n);
    buf_printf(out, ",%s,%s,%s,%u,",
               row->direction == DIRECTION_UNKNOWN ? "" : run_direction_name(row->direction),
               row->status_assumed ? "unknown" : run_status_name(row->status),
               run_split_name(row->split), row->round);
    put_text(out, row->source_path);
    buf_put_byte(out, ',');
    put_text(out, row->source_sha256);
    for (size_t i = 0; i < columns->count; i++) {
        bool protocol = columns->at[i].role == ROLE_PROTOCOL;
        buf_put_byte(out, ',');
        put_field(out,
                  fields_find(protocol ? &row->protocol : &row->settings, columns->at[i].name));
    }
    buf_put_str(out, "\r\n");
}

status ledger_write_csv(const struct ledger *ledger, struct buf *out, struct error *err)
{
    struct columns *columns = arena_alloc(ledger->arena, sizeof *columns);
    if (!columns)
        return arena_check(ledger->arena, err);
    collect(ledger, columns);
    put_head(out, columns);
    for (size_t i = 0; i < ledger->row_count; i++)
        put_row(out, columns, &ledger->rows[i]);
    return buf_check(out, err);
}
