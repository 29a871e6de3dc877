/* CSV text to panel: separator, header, mapping, then one field after the other into its column. */
#include "detect/csv_reader.h"
#include "detect/wide.h"

#include <assert.h>

enum { NAME_MAX_SHOWN = 100, IGNORED_SHOWN_MAX = 200 };

/* --- separator -------------------------------------------------------------------------------- */

static slice first_line(slice text)
{
    static const char blanks[] = " \t\r\n";
    size_t end = 0;
    while (text.len > 0 && memchr(blanks, text.ptr[0], sizeof blanks - 1))
        text = slice_from(text, 1);
    while (end < text.len && text.ptr[end] != '\n' && text.ptr[end] != '\r')
        end++;
    return slice_sub(text, 0, end);
}

/* A header that gives known names wins; among equals the separator that occurs most often. */
static size_t separator_score(const struct panel_options *options, slice header, char separator)
{
    size_t known = 0;
    size_t parts = 0;
    slice part;
    while (slice_split(&header, separator, &part)) {
        part = slice_trim(part);
        if (part.len >= 2 && part.ptr[0] == '"' && part.ptr[part.len - 1] == '"')
            part = slice_sub(part, 1, part.len - 2);
        known += column_role(part, ENGINE_CALIBRATED) != ROLE_NONE;
        for (size_t i = 0; i < options->map_count; i++)
            known += slice_eq(part, options->map[i].from);
        parts++;
    }
    return known * ((size_t)PANEL_FIELD_BYTES_MAX + 1) + parts;
}

static char detect_separator(const struct panel_options *options, slice text)
{
    static const char candidates[] = {',', ';', '\t', '|'};
    slice header = first_line(text);
    char best = ',';
    size_t best_score = 0;
    header.len = header.len < PANEL_FIELD_BYTES_MAX ? header.len : PANEL_FIELD_BYTES_MAX;
    for (size_t i = 0; i < ARRAY_COUNT(candidates); i++) {
        size_t score = separator_score(options, header, candidates[i]);
        if (score > best_score) {
            best = candidates[i];
            best_score = score;
        }
    }
    return best;
}

static status choose_separator(struct csv_reader *r, slice text, struct error *err)
{
    char separator = r->options->separator;
    bool detected = separator == 0 && r->options->engine == ENGINE_CALIBRATED;
    if (detected)
        separator = detect_separator(r->options, text);
    else if (separator == 0)
        separator = ','; /* upstream knows no other */
    if (!memchr(",;\t|", separator, 4))
        return error_code(err, ST_INVALID, "separator",
                          "the separator must be a comma, semicolon, tab or '|'");
    r->builder->separator = separator;
    csv_begin(&r->csv, text, separator);
    if (detected && separator != ',')
        note_add(&r->builder->notes, r->arena, "separator_detected", S(""),
                 "the columns are separated by '%s'",
                 separator == '\t'  ? "tab"
                 : separator == ';' ? ";"
                                    : "|");
    return ST_OK;
}

/* --- header -------------------------------------------------------------------------------------
 */

static bool name_is_taken(const struct csv_reader *r, size_t before, slice name)
{
    for (size_t i = 0; i < before; i++)
        if (slice_eq(r->names[i], name))
            return true;
    return false;
}

/* A second column of the same name becomes name.1, as in pandas. */
static slice unique_name(struct csv_reader *r, size_t at, slice name)
{
    slice unique = name;
    for (unsigned suffix = 1; suffix <= at && name_is_taken(r, at, unique); suffix++)
        unique = arena_printf(r->arena, SLICE_FMT ".%u", SLICE_ARG(name), suffix);
    if (!slice_eq(unique, name) && column_role(name, r->options->engine) != ROLE_NONE)
        note_add(&r->builder->notes, r->arena, "duplicate_column", unique,
                 "a second column '%.*s' was read as '%.*s'",
                 SLICE_ARG(text_cut(name, NAME_MAX_SHOWN)),
                 SLICE_ARG(text_cut(unique, NAME_MAX_SHOWN)));
    return unique;
}

static bool header_has(const struct csv_reader *r, slice name)
{
    return name_is_taken(r, r->header_count, name);
}

/* Renames the columns of the map; a column that already had the new name is set aside. */
static status apply_map(struct csv_reader *r, struct error *err)
{
    for (size_t m = 0; m < r->options->map_count; m++) {
        const struct column_map *map = &r->options->map[m];
        if (!header_has(r, map->from))
            return error_code(err, ST_INVALID, "map",
                              "cannot map column '%.*s': the log has no such column",
                              SLICE_ARG(text_cut(map->from, NAME_MAX_SHOWN)));
        if (slice_eq(map->from, map->to))
            continue;
        for (size_t i = 0; i < r->header_count; i++) {
            if (slice_eq(r->names[i], map->to))
                r->names[i] = S("");
            else if (slice_eq(r->names[i], map->from))
                r->names[i] = arena_copy(r->arena, map->to);
        }
        note_add(&r->builder->notes, r->arena, "column_mapped", map->to,
                 "column '%.*s' was read as '%.*s'", SLICE_ARG(text_cut(map->from, NAME_MAX_SHOWN)),
                 SLICE_ARG(text_cut(map->to, NAME_MAX_SHOWN)));
    }
    return ST_OK;
}

static void note_ignored(struct csv_reader *r)
{
    struct buf list;
    buf_init_arena(&list, r->arena, IGNORED_SHOWN_MAX);
    size_t count = 0;
    for (size_t i = 0; i < r->header_count; i++) {
        if (r->columns[i] || r->names[i].len == 0)
            continue;
        slice name = text_cut(r->names[i], NAME_MAX_SHOWN);
        if (list.len + name.len + 2 <= IGNORED_SHOWN_MAX) {
            buf_put_str(&list, list.len > 0 ? ", " : "");
            buf_put(&list, name);
        }
        count++;
    }
    if (count > 0)
        note_add(&r->builder->notes, r->arena, "columns_ignored", S(""),
                 "%zu columns are not used: %.*s", count, SLICE_ARG(buf_slice(&list)));
}

static status make_columns(struct csv_reader *r)
{
    size_t used[ROLE_REPORTED + 1] = {0};
    for (size_t i = 0; i < r->header_count; i++)
        used[column_role(r->names[i], r->options->engine)]++;
    builder_reserve(r->builder,
                    used[ROLE_TIME] + used[ROLE_PERFORMANCE] + used[ROLE_SETTING] +
                        used[ROLE_REPORTED],
                    used[ROLE_ALGORITHM] + used[ROLE_CATEGORY]);
    for (size_t i = 0; i < r->header_count; i++) {
        enum column_role role = column_role(r->names[i], r->options->engine);
        if (role != ROLE_NONE && !builder_column(r->builder, r->names[i], role))
            return r->builder->rc;
    }
    /* Columns may have moved while their array grew: link them when all are there. */
    size_t next = 0;
    for (size_t i = 0; i < r->header_count; i++)
        if (column_role(r->names[i], r->options->engine) != ROLE_NONE)
            r->columns[i] = &r->builder->columns[next++];
    return ST_OK;
}

static status parse_error(struct error *err, const char *why)
{
    return error_code(err, ST_INVALID, "csv_parse", "%s", why);
}

status csv_reader_unterminated(const struct csv_reader *r, struct error *err)
{
    return error_code(err, ST_INVALID, "csv_parse",
                      "Error tokenizing data. C error: EOF inside string starting at row %zu",
                      r->csv.row_line - 1);
}

status csv_reader_too_many(const struct csv_reader *r, size_t count, struct error *err)
{
    struct place place = {r->csv.row_line, S(""), S("")};
    row_error_add(r->builder->errors, r->arena, "too_many_fields", &place,
                  "the header has %zu columns, this row has %zu", r->header_count, count);
    return error_code(err, ST_INVALID, "csv_parse",
                      "Error tokenizing data. C error: Expected %zu fields in line %zu, saw %zu",
                      r->header_count, r->csv.row_line, count);
}

static status read_header(struct csv_reader *r, struct error *err)
{
    struct csv ahead = r->csv;
    struct csv_field first;
    enum csv_result got = csv_row(&ahead, &first, 1, &r->header_count); /* counts the columns */
    if (got == CSV_END)
        return parse_error(err, "No columns to parse from file");
    if (got == CSV_UNTERMINATED)
        return csv_reader_unterminated(r, err);
    if (r->header_count > PANEL_COLUMNS_MAX)
        return error_code(err, ST_TOO_LARGE, "too_large", "a log has at most %d columns",
                          PANEL_COLUMNS_MAX);
    r->fields = arena_array_raw(r->arena, r->header_count, sizeof *r->fields);
    r->ends = arena_array(r->arena, r->header_count, sizeof(const char *));
    r->names = arena_array(r->arena, r->header_count, sizeof *r->names);
    r->columns = arena_array(r->arena, r->header_count, sizeof(struct column *));
    if (r->arena->overflow)
        return arena_check(r->arena, err);
    (void)csv_row(&r->csv, r->fields, r->header_count, &r->header_count); /* CSV_ROW, as before */
    for (size_t i = 0; i < r->header_count; i++) {
        slice name = csv_reader_text(r, &r->fields[i]);
        if (r->options->engine == ENGINE_CALIBRATED)
            name = slice_trim(name);
        if (!slice_is_utf8(name))
            return parse_error(err, "the header is not valid UTF-8; save the file as UTF-8");
        r->names[i] = unique_name(r, i, name);
    }
    TRY(apply_map(r, err));
    TRY(make_columns(r));
    note_ignored(r);
    return ST_OK;
}

/* UTF-16 is what some spreadsheets save as "Unicode text". */
static bool is_utf16(slice csv)
{
    return slice_has_prefix(csv, S("\xFF\xFE")) || slice_has_prefix(csv, S("\xFE\xFF"));
}

static status read_all(struct csv_reader *r, slice csv, struct panel **ret, struct error *err)
{
    if (is_utf16(csv))
        return parse_error(err, "the file is UTF-16; save it as UTF-8");
    TRY(choose_separator(r, csv, err));
    status rc = read_header(r, err);
    if (rc == ST_OK)
        rc = HAS_WIDE_ROWS ? csv_reader_rows_wide(r, err) : csv_reader_rows(r, err);
    if (rc != ST_OK && r->builder->rc == ST_OK)
        return rc;
    builder_close_row(r->builder);
    return builder_finish(r->builder, ret, err);
}

/* csv_rows_bound, piece by piece. */
static size_t rows_bound(slice csv, const struct panel_options *options)
{
    size_t bound = 1;
    for (size_t at = 0; at < csv.len; at += CSV_READER_STEP) {
        slice piece = slice_sub(csv, at, CSV_READER_STEP);
        bound += csv_rows_bound(piece) - 1;
        if (options->passed)
            options->passed(options->passed_ctx, at, piece.len);
    }
    return bound;
}

status panel_from_csv(slice csv, const struct panel_options *options, struct arena *arena,
                      struct panel **ret, struct row_errors *ret_errors, struct error *err)
{
    assert(options && arena && ret);
    struct panel_builder *builder = builder_create(options, arena, rows_bound(csv, options));
    if (!builder)
        return error_set(err, ST_TOO_LARGE,
                         "the log does not fit into the memory for one analysis");
    builder->rows_are_complete = true;
    struct csv_reader r = {.builder = builder, .options = options, .arena = arena, .text = csv.ptr};
    status rc = read_all(&r, csv, ret, err);
    if (ret_errors)
        *ret_errors = *builder->errors;
    return rc;
}
