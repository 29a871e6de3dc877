/* sleuth info: what a log holds, column by column, before anything is computed. */
#include "tools/dataset_pack.h"
#include "tools/view.h"

#include "base/crypt.h"
#include "base/file.h"
#include "import/import.h"

#include <stdio.h>

#define INPUT_BYTES_MAX ((size_t)1 << 30)

enum { SHA256_HEX_MAX = 65 };

struct column_facts {
    size_t missing;
    size_t numbers;
    size_t texts;
};

/* How the engine uses a column of this name (detect.md section 2 in short). */
static const char *column_role(slice name)
{
    static const struct {
        const char *name;
        const char *role;
    } known[] = {
        {"time_period", N_("time")},
        {"algorithm", N_("system")},
        {"performance", N_("score")},
        {"reported", N_("reported attempt")},
        {"temperature", N_("setting")},
        {"top_p", N_("setting")},
        {"top_k", N_("setting")},
        {"max_tokens", N_("setting")},
        {"learning_rate", N_("setting")},
        {"batch_size", N_("setting")},
        {"epochs", N_("setting")},
        {"n_shots", N_("setting")},
        {"num_shots", N_("setting")},
        {"beam_size", N_("setting")},
        {"num_samples", N_("setting")},
        {"max_steps", N_("setting")},
        {"evaluation_protocol", N_("protocol")},
        {"protocol", N_("protocol")},
        {"protocol_version", N_("protocol")},
        {"prompt_variant", N_("protocol")},
        {"prompt_version", N_("protocol")},
        {"prompt_id", N_("protocol")},
        {"prompt_template", N_("protocol")},
        {"dataset_version", N_("protocol")},
        {"benchmark_version", N_("protocol")},
        {"metric_version", N_("protocol")},
        {"judge_model", N_("protocol")},
    };
    for (size_t i = 0; i < ARRAY_COUNT(known); i++)
        if (slice_eq(name, slice_of(known[i].name)))
            return known[i].role;
    return slice_has_prefix(name, S("constraint_")) ? N_("constraint") : N_("not used");
}

static void cell_count(struct column_facts *facts, slice cell)
{
    static const char *const missing[] = {"",     "NA",   "N/A",  "n/a",  "nan",  "NaN", "null",
                                          "NULL", "None", "#N/A", "-nan", "-NaN", "<NA>"};
    double number;
    cell = slice_trim(cell);
    for (size_t i = 0; i < ARRAY_COUNT(missing); i++) {
        if (slice_eq(cell, slice_of(missing[i]))) {
            facts->missing++;
            return;
        }
    }
    if (slice_to_f64(cell, &number))
        facts->numbers++;
    else
        facts->texts++;
}

static status rows_count(struct csv_rows *rows, struct column_facts *facts, size_t *ret_rows,
                         struct error *err)
{
    status rc = ST_OK;
    *ret_rows = 0;
    while (csv_rows_next(rows, &rc, err)) {
        for (size_t c = 0; c < rows->column_count; c++)
            cell_count(&facts[c], rows->cells[c]);
        (*ret_rows)++;
    }
    return rc;
}

static const char *type_name(const struct column_facts *facts)
{
    if (facts->texts == 0 && facts->numbers == 0)
        return N_("empty");
    if (facts->texts == 0)
        return N_("number");
    return facts->numbers == 0 ? N_("text") : N_("mixed");
}

static status columns_show(struct cli *cli, const struct csv_rows *rows,
                           const struct column_facts *facts, struct error *err)
{
    static const struct column columns[] = {{"name", N_("COLUMN"), COLUMN_TEXT},
                                            {"type", N_("TYPE"), COLUMN_TEXT},
                                            {"role", N_("USED AS"), COLUMN_TEXT},
                                            {"missing", N_("MISSING"), COLUMN_NUMBER}};
    bool words = cli->format == FORMAT_TABLE;
    struct table table;
    table_init(&table, &cli->arena, columns, ARRAY_COUNT(columns));
    for (size_t c = 0; c < rows->column_count; c++) {
        const char *type = type_name(&facts[c]);
        const char *role = column_role(slice_trim(rows->header[c]));
        slice *row = table_row(&table);
        if (!row)
            break;
        row[0] = slice_trim(rows->header[c]);
        row[1] = slice_of(words ? cli_tr(cli, type) : type);
        row[2] = slice_of(words ? cli_tr(cli, role) : role);
        row[3] = arena_printf(&cli->arena, "%zu", facts[c].missing);
    }
    return view_table(cli, "columns", &table, err);
}

static status info_run(struct cli *cli, struct error *err)
{
    const char *path = cli->words[0];
    struct csv_rows rows;
    struct crypt_hash hash;
    char hex[SHA256_HEX_MAX];
    slice bytes;
    size_t row_count;
    struct source source;
    struct arena arena; /* address space, taken as needed; freed with the process */
    bool is_source;
    TRY(source_of_word(path, &source, err));
    if (source.kind == SOURCE_ZENODO && source.file.len == 0)
        return zenodo_show(cli, &source, err);
    arena_init(&arena, (size_t)8 << 30);
    TRY(source_text(cli, path, &arena, &is_source, &bytes, err));
    if (!is_source)
        TRY(file_read(path, INPUT_BYTES_MAX, &cli->arena, &bytes, err));
    TRY(csv_rows_begin(&rows, bytes, &cli->arena, err));
    struct column_facts *facts = arena_array(&cli->arena, rows.column_count, sizeof *facts);
    TRY(arena_check(&cli->arena, err));
    TRY(rows_count(&rows, facts, &row_count, err));
    crypt_sha256(&hash, bytes);
    cli_note(cli, N_("%s: %zu rows, %zu columns, %zu bytes"), path, row_count, rows.column_count,
             bytes.len);
    cli_note(cli, "sha256 %s", crypt_hex(hex, hash.bytes, sizeof hash.bytes).ptr);
    return columns_show(cli, &rows, facts, err);
}

static const struct example examples[] = {
    {"sleuth info log.csv", N_("columns, their types, and how the analysis uses them")},
    {"sleuth info log.csv -o json", N_("for a program")},
    {"sleuth info zenodo://17637303", N_("the files of a record")},
    {0},
};

static const struct command commands[] = {
    {.noun = "info",
     .usage = "FILE",
     .word_min = 1,
     .word_max = 1,
     .summary = N_("Show what a log holds, column by column; of a record, its files."),
     .examples = examples,
     .run = info_run},
    {0},
};

const struct noun noun_info = {.name = "info",
                               .summary = N_("show what a log holds"),
                               .group = N_("Analysis"),
                               .commands = commands};
