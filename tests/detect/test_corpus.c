/* 480 labelled logs: the same p-values as a second implementation, its false-positive rate and its
 * AUC for every kind (tests/golden/corpus/README.md). */
#include "detect/detect.h"
#include "lib/main.h"

#include <math.h>
#include <zlib.h>

enum { LOGS = 480, BYTES_MAX = 8 << 20, ARENA_BYTES = 256 << 20, FIELDS = 9 };

struct logged {
    slice kind;
    bool circular, counted, adaptive;
    double p, p_reference;
};
static struct logged logs[LOGS];

static slice corpus(struct arena *arena)
{
    char *bytes = arena_alloc(arena, BYTES_MAX);
    gzFile file = gzopen("tests/golden/corpus/corpus.gz", "rb");
    ck_assert_ptr_nonnull(file);
    int len = gzread(file, bytes, BYTES_MAX);
    ck_assert_int_gt(len, 0);
    gzclose(file);
    return slice_make(bytes, (size_t)len);
}

static void analyse(slice csv, const slice *field, struct logged *ret)
{
    struct arena arena;
    struct error err;
    struct panel *panel;
    struct verdict verdict;
    const struct panel_options reading = {.engine = ENGINE_CALIBRATED};
    struct detect_options options = detect_options_default();
    options.draws = 499;
    arena_init(&arena, ARENA_BYTES);
    ck_ok(panel_from_csv(csv, &reading, &arena, &panel, NULL, &err));
    ck_ok(engine_run(panel, &options, &arena, &verdict, &err));
    ck_slice(field[5], verdict_slug(verdict.kind));
    ck_slice(field[6], verdict.reason ? reason_slug(verdict.reason) : "-");
    ret->kind = field[3];
    ret->circular = slice_eq(field[2], S("1"));
    ret->counted = slice_eq(field[4], S("1"));
    ret->adaptive = verdict.kind == VERDICT_ADAPTIVE;
    ret->p = verdict.p_value;
    ck_assert(slice_to_f64(field[7], &ret->p_reference));
    ck_assert_msg(fabs(ret->p - ret->p_reference) <= 0.006 + 1e-12, "%.*s: p %g, not %g",
                  SLICE_ARG(field[1]), ret->p, ret->p_reference);
    arena_finish(&arena);
}

static void analyse_all(slice rest)
{
    for (size_t i = 0; i < LOGS; i++) {
        slice line, field[FIELDS];
        uint64_t bytes = 0;
        ck_assert(slice_split(&rest, '\n', &line));
        for (size_t f = 0; f < FIELDS; f++)
            ck_assert(slice_split(&line, '\t', &field[f]));
        ck_assert(slice_to_u64(field[8], &bytes));
        analyse(slice_sub(rest, 0, bytes), field, &logs[i]);
        rest = slice_from(rest, bytes);
    }
    ck_assert_uint_eq(rest.len, 0);
}

/* Of one circular kind against all honest logs. */
static double auc(slice kind, bool reference)
{
    double sum = 0, pairs = 0;
    for (size_t c = 0; c < LOGS; c++) {
        for (size_t h = 0; h < LOGS && slice_eq(logs[c].kind, kind); h++) {
            double a = reference ? logs[c].p_reference : logs[c].p;
            double b = reference ? logs[h].p_reference : logs[h].p;
            if (logs[h].circular)
                continue;
            sum += a < b ? 1 : a > b ? 0 : 0.5;
            pairs++;
        }
    }
    return sum / pairs;
}

START_TEST(every_kind_is_told_apart_as_well_as_by_the_reference)
{
    struct arena arena;
    size_t honest = 0, called = 0, circular = 0, found = 0;
    arena_init(&arena, BYTES_MAX + 4096);
    analyse_all(corpus(&arena));
    for (size_t i = 0; i < LOGS; i++) {
        honest += !logs[i].circular;
        called += !logs[i].circular && logs[i].adaptive;
        circular += logs[i].circular && logs[i].counted;
        found += logs[i].circular && logs[i].counted && logs[i].adaptive;
        if (logs[i].circular)
            ck_assert(auc(logs[i].kind, false) >= auc(logs[i].kind, true) - 0.01);
    }
    ck_assert_uint_eq(honest, 300);
    double rate = (double)called / (double)honest;
    ck_assert(rate <= 0.05 + 2 * sqrt(0.05 * 0.95 / (double)honest));
    ck_assert((double)found / (double)circular >= 0.53);
    arena_finish(&arena);
}
END_TEST

TEST_MAIN("corpus", every_kind_is_told_apart_as_well_as_by_the_reference)
