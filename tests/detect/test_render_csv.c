/* Tests of detect/render_csv.c: one fact per row, quoting, no formulas. */
#include "detect/detect.h"

#include "lib/main.h"
#include "payloads.h"
#include "report_sample.h"

static struct error err;

static void render(struct sample_options options, struct buf *out)
{
    struct arena arena;
    struct report_context context = sample_context();
    arena_init(&arena, 1 << 26);
    if (options.name.len)
        context.input_name = context.grade = context.id = options.name;
    buf_init(out, 1 << 20);
    ck_ok(report_csv(sample_report(&options, &arena), LANG_EN, &context, out, &err));
    arena_finish(&arena);
}

static bool has(const struct buf *buf, const char *needle)
{
    size_t at;
    return slice_find(buf_slice(buf), slice_of(needle), &at);
}

/* The next cell of an RFC 4180 text, unquoted into `cell`; *ret_last at the end of a row. */
static size_t next_cell(slice *rest, char *cell, size_t size, bool *ret_quoted, bool *ret_last)
{
    size_t len = 0;
    size_t i = 0;
    *ret_quoted = rest->len && rest->ptr[0] == '"';
    if (*ret_quoted) {
        for (i = 1; i < rest->len; i++) {
            if (rest->ptr[i] == '"' && (i + 1 == rest->len || rest->ptr[i + 1] != '"'))
                break;
            i += rest->ptr[i] == '"';
            ck_assert_uint_lt(len, size);
            cell[len++] = rest->ptr[i];
        }
        i++;
    } else {
        for (; i < rest->len && rest->ptr[i] != ',' && rest->ptr[i] != '\r'; i++)
            cell[len++] = rest->ptr[i];
    }
    *ret_last = i >= rest->len || rest->ptr[i] == '\r';
    ck_assert(*ret_last || rest->ptr[i] == ',');
    *rest = slice_from(*rest, i + (*ret_last ? 2 : 1));
    return len;
}

static void check_table(slice rest)
{
    static char cell[65536];
    while (rest.len) {
        bool last = false;
        int cells = 0;
        while (!last) {
            bool quoted;
            size_t len = next_cell(&rest, cell, sizeof cell, &quoted, &last);
            double number;
            cells++;
            if (len && strchr("=+-@\t\r", cell[0]) && cell[0])
                ck_assert(!quoted && slice_to_f64(slice_make(cell, len), &number));
        }
        ck_assert_int_eq(cells, 3);
    }
}

START_TEST(facts_are_rows_of_three_cells)
{
    struct buf out;
    render((struct sample_options){.kind = VERDICT_ADAPTIVE, .attempts = true}, &out);
    check_table(buf_slice(&out));
    ck_assert(slice_has_prefix(buf_slice(&out), S("section,name,value\r\n")));
    ck_assert(has(&out, "verdict,\"verdict\",\"adaptive_protocol_detected\"\r\n"));
    ck_assert(has(&out, "verdict,\"p_value\",0.003\r\n"));
    ck_assert(has(&out, "mechanism,\"reactive.p_holm\",0.004\r\n"));
    ck_assert(has(&out, "classic,\"rho_pc\",\r\n"));
    ck_assert(has(&out, "cell,\"atlas-7b.1.constraint_compute\",300.0\r\n"));
    buf_finish(&out);
}
END_TEST

START_TEST(no_cell_is_a_formula)
{
    for (size_t i = 0; i < ARRAY_COUNT(payloads); i++) {
        struct buf out;
        render((struct sample_options){.kind = VERDICT_ADAPTIVE, .name = payloads[i]}, &out);
        check_table(buf_slice(&out));
        buf_finish(&out);
    }
    struct buf out;
    render((struct sample_options){.kind = VERDICT_ADAPTIVE, .name = S("=1+1")}, &out);
    ck_assert(has(&out, "report,\"id\",\"'=1+1\"\r\n"));
    ck_assert(has(&out, "cell,\"'=1+1.1.performance\","));
    buf_finish(&out);
}
END_TEST

TEST_MAIN("render_csv", facts_are_rows_of_three_cells, no_cell_is_a_formula)
