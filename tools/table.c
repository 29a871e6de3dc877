/* Tables aligned by display width, and the same rows as CSV. */
#include "tools/cli.h"

#include <assert.h>

enum { COLUMN_GAP = 2, COLUMN_WIDTH_MIN = 6, ROWS_FIRST = 32 };

void table_init(struct table *table, struct arena *arena, const struct column *columns,
                size_t column_count)
{
    assert(column_count > 0);
    assert(column_count <= TABLE_COLUMNS_MAX);
    *table = (struct table){.columns = columns, .column_count = column_count, .arena = arena};
}

slice *table_row(struct table *table)
{
    if (table->row_count == table->row_cap) {
        size_t cap = table->row_cap ? table->row_cap * 2 : ROWS_FIRST;
        slice *cells = arena_array(table->arena, cap * table->column_count, sizeof *cells);
        if (!cells)
            return NULL;
        if (table->row_count)
            memcpy(cells, table->cells, table->row_count * table->column_count * sizeof *cells);
        table->cells = cells;
        table->row_cap = cap;
    }
    slice *row = table->cells + table->row_count++ * table->column_count;
    for (size_t i = 0; i < table->column_count; i++)
        row[i] = S("");
    return row;
}

void csv_field(struct buf *out, slice text)
{
    static const char formula[] = "=+-@\t\r";
    double number;
    bool guarded = text.len && memchr(formula, text.ptr[0], sizeof formula - 1) &&
                   !slice_to_f64(text, &number);
    bool quoted = guarded;
    for (size_t i = 0; i < text.len && !quoted; i++)
        quoted = memchr(",\"\r\n", text.ptr[i], 4) != NULL;
    if (!quoted) {
        buf_put(out, text);
        return;
    }
    buf_put_str(out, guarded ? "\"'" : "\"");
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '"')
            buf_put_byte(out, '"');
        buf_put_byte(out, text.ptr[i]);
    }
    buf_put_byte(out, '"');
}

/* One character of outside text: control bytes and invalid UTF-8 appear as '?'. */
static slice safe_rune(slice text, size_t *ret_bytes)
{
    uint32_t rune = 0;
    size_t len = utf8_rune(text, &rune);
    *ret_bytes = len ? len : 1;
    bool control = rune < 0x20 || (rune >= 0x7F && rune < 0xA0);
    return len == 0 || control ? S("?") : slice_sub(text, 0, len);
}

static void put_safe(struct buf *out, slice text, size_t width)
{
    size_t used = 0;
    while (text.len) {
        size_t bytes;
        slice rune = safe_rune(text, &bytes);
        used += text_width(rune);
        if (used > width)
            return;
        buf_put(out, rune);
        text = slice_from(text, bytes);
    }
}

/* Display width of text as put_safe shows it. */
static size_t safe_width(slice text)
{
    size_t width = 0;
    while (text.len) {
        size_t bytes;
        width += text_width(safe_rune(text, &bytes));
        text = slice_from(text, bytes);
    }
    return width;
}

static void put_spaces(struct buf *out, size_t count)
{
    for (size_t i = 0; i < count; i++)
        buf_put_byte(out, ' ');
}

void put_cell(struct buf *out, slice text, size_t width, bool right, bool pad)
{
    size_t full = safe_width(text);
    if (full > width && width > 0) {
        size_t before = out->len;
        put_safe(out, text, width - 1);
        slice shown = slice_make(out->ptr + before, out->len - before);
        full = text_width(shown) + 1;
        buf_put_str(out, "…");
        put_spaces(out, pad && full < width ? width - full : 0);
        return;
    }
    put_spaces(out, right && full < width ? width - full : 0);
    put_safe(out, text, width);
    put_spaces(out, pad && !right && full < width ? width - full : 0);
}

/* --- which columns, how wide --- */

struct layout {
    size_t index[TABLE_COLUMNS_MAX]; /* shown column → column of the table */
    size_t width[TABLE_COLUMNS_MAX];
    size_t count;
};

static status column_choose(struct cli *cli, const struct table *table, slice name,
                            struct layout *layout, struct error *err)
{
    struct suggestion near = {0};
    slice word = arena_copy(table->arena, name);
    for (size_t i = 0; i < table->column_count; i++) {
        if (slice_eq(name, slice_of(table->columns[i].name))) {
            layout->index[layout->count++] = i;
            return ST_OK;
        }
        if (word.ptr)
            suggest(&near, word.ptr, table->columns[i].name);
    }
    if (near.best)
        cli_hint(cli, N_("did you mean '%s%s'?"), "", near.best);
    return cli_usage(cli, err, N_("'--columns': there is no column '%.*s'"), SLICE_ARG(name));
}

static status layout_choose(struct cli *cli, const struct table *table, struct layout *layout,
                            struct error *err)
{
    slice name;
    *layout = (struct layout){0};
    if (!cli->columns) {
        for (; layout->count < table->column_count; layout->count++)
            layout->index[layout->count] = layout->count;
        return ST_OK;
    }
    slice rest = slice_of(cli->columns);
    while (slice_split(&rest, ',', &name)) {
        if (layout->count == TABLE_COLUMNS_MAX)
            return cli_usage(cli, err, N_("'--columns': at most %d names"), TABLE_COLUMNS_MAX);
        TRY(column_choose(cli, table, slice_trim(name), layout, err));
    }
    return ST_OK;
}

static slice cell_of(const struct table *table, size_t row, size_t column)
{
    return table->cells[row * table->column_count + column];
}

static slice title_of(const struct cli *cli, const struct column *column)
{
    return slice_of(cli_tr(cli, column->title));
}

static void layout_measure(const struct cli *cli, const struct table *table, struct layout *layout)
{
    for (size_t i = 0; i < layout->count; i++) {
        size_t column = layout->index[i];
        size_t width = cli->header ? text_width(title_of(cli, &table->columns[column])) : 0;
        for (size_t row = 0; row < table->row_count; row++) {
            size_t cell = safe_width(cell_of(table, row, column));
            width = cell > width ? cell : width;
        }
        layout->width[i] = width;
    }
}

/* Takes columns off the widest until the row fits the terminal. */
static void layout_shrink(struct layout *layout, size_t columns)
{
    size_t total = (layout->count - 1) * COLUMN_GAP;
    for (size_t i = 0; i < layout->count; i++)
        total += layout->width[i];
    while (total > columns) {
        size_t widest = 0;
        for (size_t i = 1; i < layout->count; i++)
            if (layout->width[i] > layout->width[widest])
                widest = i;
        if (layout->width[widest] <= COLUMN_WIDTH_MIN)
            return;
        layout->width[widest]--;
        total--;
    }
}

/* --- printing --- */

static void header_print(struct cli *cli, const struct table *table, const struct layout *layout)
{
    buf_put_str(&cli->out, style(cli->color_out, STYLE_BOLD));
    for (size_t i = 0; i < layout->count; i++) {
        const struct column *column = &table->columns[layout->index[i]];
        bool last = i + 1 == layout->count;
        put_cell(&cli->out, title_of(cli, column), layout->width[i], column->kind == COLUMN_NUMBER,
                 !last);
        put_spaces(&cli->out, last ? 0 : COLUMN_GAP);
    }
    buf_put_str(&cli->out, style(cli->color_out, STYLE_PLAIN));
    buf_put_byte(&cli->out, '\n');
}

static void row_print(struct cli *cli, const struct table *table, const struct layout *layout,
                      size_t row)
{
    size_t end = layout->count; /* no blanks behind the last cell that holds something */
    while (end > 1 && cell_of(table, row, layout->index[end - 1]).len == 0)
        end--;
    for (size_t i = 0; i < end; i++) {
        bool last = i + 1 == end;
        put_cell(&cli->out, cell_of(table, row, layout->index[i]), layout->width[i],
                 table->columns[layout->index[i]].kind == COLUMN_NUMBER, !last);
        put_spaces(&cli->out, last ? 0 : COLUMN_GAP);
    }
    buf_put_byte(&cli->out, '\n');
}

static void csv_print(struct cli *cli, const struct table *table, const struct layout *layout)
{
    for (size_t i = 0; cli->header && i < layout->count; i++) {
        csv_field(&cli->out, slice_of(table->columns[layout->index[i]].name));
        buf_put_str(&cli->out, i + 1 == layout->count ? "\n" : ",");
    }
    for (size_t row = 0; row < table->row_count; row++) {
        for (size_t i = 0; i < layout->count; i++) {
            csv_field(&cli->out, cell_of(table, row, layout->index[i]));
            buf_put_str(&cli->out, i + 1 == layout->count ? "\n" : ",");
        }
    }
}

status table_print(struct cli *cli, const struct table *table, struct error *err)
{
    struct layout layout;
    TRY(layout_choose(cli, table, &layout, err));
    TRY(arena_check(table->arena, err));
    if (cli->format == FORMAT_CSV) {
        csv_print(cli, table, &layout);
        return ST_OK;
    }
    layout_measure(cli, table, &layout);
    if (cli->out_columns)
        layout_shrink(&layout, cli->out_columns);
    if (cli->header && table->row_count)
        header_print(cli, table, &layout);
    for (size_t row = 0; row < table->row_count; row++)
        row_print(cli, table, &layout, row);
    return ST_OK;
}
