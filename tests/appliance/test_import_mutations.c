/* Damaged logs are never misread in silence: whatever the ledger says of a mutated document is what
 * its generator knows, or what literally stands in the place now; what is absent is unknown, and a
 * file that gives no row is excluded with a reason. Seeded: every run tests the same documents. */
#include "lib/import_truth.h"
#include "lib/import_writers.h"
#include "lib/zip_fixture.h"

enum { DOCUMENTS = 2000, CUTS = 4, NOISY = 2000 };

static const struct format {
    const char *name;
    void (*write)(struct doc *d);
    bool whole; /* one JSON object: a cut document is no document */
    bool table; /* cells and commas */
} formats[] = {
    {"lm_eval", write_lm_eval, true, false},
    {"inspect", write_inspect, true, false},
    {"opencompass", write_opencompass, false, true},
    {"mlflow", write_mlflow, false, true},
    {"wandb flat", write_wandb_flat, false, true},
    {"wandb recipe", write_wandb_recipe, false, false},
    {"eee", write_eee, true, false},
    {"ledger", write_ledger, false, false},
};

/* --- a document, written and read ------------------------------------------------------------- */

static void document_begin(struct doc *d, const struct format *format, uint64_t *seed,
                           size_t change_count)
{
    *d = (struct doc){.quote = '"'};
    buf_init(&d->text, 1 << 16);
    for (int run = 0; run < RUNS; run++)
        d->runs[run] = truth_make(seed, run);
    d->numeric[VALUE] = d->numeric[SPREAD] = d->numeric[COUNT] = d->numeric[PROTOCOL] = true;
    for (size_t i = 0; i < change_count; i++)
        d->change[truth_below(seed, RUNS)][truth_below(seed, FIELDS)] =
            (enum change)(1 + truth_below(seed, CHANGES - 1));
    format->write(d);
}

static void read_bytes(struct import_fixture *f, const struct doc *d, slice bytes)
{
    fixture_begin(f);
    f->options.metric = slice_of(d->wanted);
    fixture_read(f, d->path, bytes);
    fixture_finish(f);
}

/* --- what a row may say ------------------------------------------------------------------------
 */

static bool same(double a, double b)
{
    return a <= b && a >= b;
}

static bool is_other(const struct doc *d, slice text)
{
    for (const char *const *other = d->other; *other; other++)
        if (slice_eq(text, slice_of(*other)))
            return true;
    return false;
}

static bool text_fits(const struct doc *d, int run, enum field f, slice got)
{
    if (slice_eq(got, slice_of(d->runs[run].text[f])))
        return true;
    switch (truth_change(d, run, f)) {
    case RETYPE:
        return slice_eq(got, S("42")) || is_other(d, got);
    case ARRAY:
        return slice_eq(got, S("[42]")) || is_other(d, got);
    case DROP:
    case EMPTY:
        return is_other(d, got);
    case KEEP:
    case CHANGES:
        break;
    }
    return !d->written[f] && is_other(d, got);
}

/* Kept numbers are there; numbers that are gone are not invented. */
static bool number_fits(const struct doc *d, int run, enum field f, bool has, bool equal)
{
    enum change change = truth_change(d, run, f);
    if (!d->written[f])
        return !has;
    if (change == KEEP)
        return has && equal;
    return !has || (change == RETYPE && equal);
}

static bool protocol_fits(const struct doc *d, int run, const struct ledger_row *row)
{
    const struct ledger_field *field = fields_find(&row->protocol, slice_of(d->protocol));
    enum change change = truth_change(d, run, PROTOCOL);
    if (!field)
        return change != KEEP;
    if (slice_eq(field->text, slice_of(d->runs[run].text[PROTOCOL])))
        return change == KEEP || change == RETYPE;
    return (change == EMPTY && field->kind == FIELD_NULL) ||
           (change == ARRAY &&
            (slice_has_prefix(field->text, S("sha256:")) || slice_eq(field->text, S("[42]"))));
}

static bool time_fits(const struct doc *d, int run, const struct ledger_row *row)
{
    enum change change = truth_change(d, run, TIME);
    if (row->time_ms == d->runs[run].time_ms)
        return true;
    if (change == RETYPE)
        return row->time_ms == 42000;
    return (change == DROP || change == EMPTY) &&
           slice_has_suffix(row->note, S("retrieved_timestamp"));
}

static bool state_fits(const struct doc *d, int run, const struct ledger_row *row)
{
    enum change change = truth_change(d, run, STATE);
    if (row->status == d->runs[run].state)
        return true;
    /* W&B without its column says so; a ledger's rows are of completed runs unless they tell */
    return (change == DROP || change == EMPTY) && row->status == RUN_COMPLETED &&
           (slice_has_prefix(row->note, S("state not exported")) || strstr(d->path, "ledger"));
}

static bool explains(const struct doc *d, int run, const struct ledger_row *row)
{
    const struct truth *t = &d->runs[run];
    bool no_score = !row->has_value && !row->has_stderr && row->n < 0;
    return number_fits(d, run, VALUE, row->has_value, same(row->value, t->value)) &&
           (no_score ||
            (number_fits(d, run, SPREAD, row->has_stderr, same(row->stderr_value, t->spread)) &&
             number_fits(d, run, COUNT, row->n >= 0, row->n == t->n))) &&
           text_fits(d, run, SYSTEM, row->system) && text_fits(d, run, TASK, row->task) &&
           (!d->written[RUN] || text_fits(d, run, RUN, row->run_id)) && time_fits(d, run, row) &&
           state_fits(d, run, row) && protocol_fits(d, run, row);
}

static void show(const struct format *format, const struct import_fixture *f, slice bytes)
{
    struct buf out;
    buf_init(&out, 1 << 20);
    ledger_write_jsonl(&f->ledger, &out);
    (void)fprintf(stderr, "%s\n%.*s\n%.*s\n", format->name, SLICE_ARG(bytes),
                  SLICE_ARG(buf_slice(&out)));
    buf_finish(&out);
}

/* Either rows that one of the two runs explains, each at most once, or a reason. */
static void check_read(const struct format *format, const struct doc *d,
                       const struct import_fixture *f, slice bytes)
{
    bool used[RUNS] = {false};
    bool fits = f->ledger.row_count > 0 ||
                (f->ledger.excluded_count == 1 && f->ledger.excluded[0].reason.len > 0);
    for (size_t i = 0; i < f->ledger.row_count; i++) {
        int run = 0;
        while (run < RUNS && (used[run] || !explains(d, run, &f->ledger.rows[i])))
            run++;
        fits = fits && run < RUNS;
        if (run < RUNS)
            used[run] = true;
    }
    if (!fits)
        show(format, f, bytes);
    ck_assert_msg(fits, "%s: misread", format->name);
}

/* --- noise: what stands there now ---------------------------------------------------------------
 */

/* The next run of bytes without punctuation; false at the end. */
static bool next_word(slice *rest, slice *ret)
{
    static const char ends[] = ",:{}[]\"' \n";
    size_t len = 0;
    if (rest->len == 0)
        return false;
    while (len < rest->len && !memchr(ends, rest->ptr[len], sizeof ends - 1))
        len++;
    *ret = slice_sub(*rest, 0, len);
    *rest = slice_from(*rest, len + 1);
    return true;
}

static bool has_word(slice text, slice wanted)
{
    slice word;
    while (next_word(&text, &word))
        if (slice_eq(word, wanted))
            return true;
    return false;
}

/* Is the number a word of the text? With `before`: one that the noise made. */
static bool has_number(slice text, const slice *before, double number)
{
    slice word;
    double value;
    while (next_word(&text, &word))
        if (slice_to_f64(word, &value) && same(value, number) &&
            (!before || !has_word(*before, word)))
            return true;
    return false;
}

/* Text that the noise made: it stands there now and did not before. */
static bool is_made(slice now, slice before, slice text)
{
    return text.len > 0 && slice_find(now, text, NULL) &&
           (!slice_find(before, text, NULL) || !has_word(before, text));
}

struct noisy {
    const struct doc *d;
    slice now, before;
    int run;
};

static bool noisy_number(const struct noisy *n, bool has, double got, double truth)
{
    return !has || same(got, truth) || has_number(n->now, &n->before, got);
}

static bool noisy_text(const struct noisy *n, enum field f, slice got)
{
    return slice_eq(got, slice_of(n->d->runs[n->run].text[f])) || is_other(n->d, got) ||
           is_made(n->now, n->before, got);
}

/* The field's own text was hit: as a word where it is one, else (times) anywhere. */
static bool was_hit(const struct noisy *n, enum field f)
{
    slice text = slice_of(n->d->runs[n->run].text[f]);
    return has_word(n->before, text) ? !has_word(n->now, text) : !slice_find(n->now, text, NULL);
}

static bool noisy_fits(const struct noisy *n, const struct ledger_row *row)
{
    const struct truth *t = &n->d->runs[n->run];
    const struct ledger_field *field = fields_find(&row->protocol, slice_of(n->d->protocol));
    size_t slash;
    slice metric = row->metric;
    if (slice_find_byte(metric, '/', &slash))
        metric = slice_from(metric, slash + 1);
    /* a name that the noise made is a metric like any other: "acc_stdexr" */
    bool renamed = is_made(n->now, n->before, metric) || is_made(n->now, n->before, row->metric);
    bool value = noisy_number(n, row->has_value, row->value, t->value) ||
                 (renamed && has_number(n->now, NULL, row->value));
    return value && noisy_number(n, row->has_stderr, row->stderr_value, t->spread) &&
           noisy_number(n, row->n >= 0, (double)row->n, (double)t->n) &&
           noisy_text(n, SYSTEM, row->system) && noisy_text(n, TASK, row->task) &&
           (!n->d->written[RUN] || noisy_text(n, RUN, row->run_id)) &&
           (row->time_ms == t->time_ms || was_hit(n, TIME) || row->note.len) &&
           (row->status == t->state || was_hit(n, STATE)) &&
           (!field || slice_eq(field->text, slice_of(t->text[PROTOCOL])) || was_hit(n, PROTOCOL));
}

static size_t commas(slice line)
{
    size_t count = 0;
    for (size_t i = 0; i < line.len; i++)
        count += line.ptr[i] == ',';
    return count;
}

/* In a table one comma lost and one gained shift cells: then the row says what one line of the
 * right width now says. */
static bool stands_in_one_line(const struct noisy *n, const struct ledger_row *row)
{
    slice rest = n->now;
    slice line;
    slice header = n->now;
    const struct ledger_field *field = fields_find(&row->protocol, slice_of(n->d->protocol));
    (void)slice_split(&header, '\n', &line);
    const size_t width = commas(line);
    while (slice_split(&rest, '\n', &line)) {
        bool cells = commas(line) == width &&
                     (slice_find(line, row->task, NULL) || is_other(n->d, row->task)) &&
                     (!row->has_value || has_number(line, NULL, row->value)) &&
                     (!field || slice_find(line, field->text, NULL)) &&
                     (!n->d->written[RUN] || slice_find(line, row->run_id, NULL));
        if (cells)
            return true;
    }
    return false;
}

static void check_noise(const struct format *format, const struct doc *d,
                        const struct import_fixture *f, slice now)
{
    bool fits = f->ledger.row_count > 0 || f->ledger.excluded_count > 0;
    for (size_t i = 0; i < f->ledger.row_count; i++) {
        struct noisy n = {.d = d, .now = now, .before = buf_slice(&d->text)};
        const struct ledger_row *row = &f->ledger.rows[i];
        while (n.run < RUNS && !noisy_fits(&n, row))
            n.run++;
        fits = fits && (n.run < RUNS || (format->table && stands_in_one_line(&n, row)));
    }
    if (!fits)
        show(format, f, now);
    ck_assert_msg(fits, "%s: misread", format->name);
}

static void add_noise(uint64_t *seed, char *bytes, size_t len, size_t hits)
{
    static const char noise[] = "0123456789.,-\"'{}[]:eE \n\xFF"
                                "aZ_/";
    for (size_t i = 0; i < hits; i++)
        bytes[truth_below(seed, len)] = noise[truth_below(seed, sizeof noise - 1)];
}

/* --- the properties ------------------------------------------------------------------------------
 */

START_TEST(whole_documents_are_read_to_the_last_field)
{
    for (size_t i = 0; i < ARRAY_COUNT(formats) * 20; i++) {
        uint64_t seed = i;
        const struct format *format = &formats[i % ARRAY_COUNT(formats)];
        struct doc d;
        struct import_fixture f;
        document_begin(&d, format, &seed, 0);
        read_bytes(&f, &d, buf_slice(&d.text));
        ck_assert_msg(f.ledger.row_count == RUNS, "%s: %zu rows, %s", format->name,
                      f.ledger.row_count,
                      f.ledger.excluded_count ? f.ledger.excluded[0].reason.ptr : "");
        check_read(format, &d, &f, buf_slice(&d.text));
        fixture_end(&f);
        buf_finish(&d.text);
    }
}
END_TEST

static void mutate(const struct format *format, uint64_t seed)
{
    size_t read = 0;
    for (size_t i = 0; i < DOCUMENTS; i++) {
        struct doc d;
        struct import_fixture f;
        document_begin(&d, format, &seed, 1 + truth_below(&seed, 3));
        read_bytes(&f, &d, buf_slice(&d.text));
        check_read(format, &d, &f, buf_slice(&d.text));
        read += f.ledger.row_count > 0;
        fixture_end(&f);
        buf_finish(&d.text);
    }
    ck_assert_msg(read > DOCUMENTS / 20, "%s: only %zu documents were read", format->name, read);
    ck_assert_msg(read < DOCUMENTS, "%s: nothing was refused", format->name);
}

START_TEST(dropped_and_retyped_fields_are_unknown_or_refused)
{
    for (size_t i = 0; i < ARRAY_COUNT(formats); i++)
        mutate(&formats[i], i << 32);
}
END_TEST

static void cut(const struct format *format, uint64_t seed)
{
    struct doc d;
    document_begin(&d, format, &seed, 0);
    for (size_t len = 0; len < d.text.len; len++) {
        struct import_fixture f;
        slice part = slice_sub(buf_slice(&d.text), 0, len);
        read_bytes(&f, &d, part);
        check_read(format, &d, &f, part);
        /* only the last newline may be missing, and only behind a quote */
        ck_assert_msg(f.ledger.row_count < RUNS || len + 1 == d.text.len, "%s: read whole at %zu",
                      format->name, len);
        ck_assert(!format->whole || f.ledger.row_count == 0);
        fixture_end(&f);
    }
    buf_finish(&d.text);
}

START_TEST(documents_cut_at_any_byte_give_whole_rows_or_none)
{
    for (size_t i = 0; i < ARRAY_COUNT(formats) * CUTS; i++)
        cut(&formats[i % ARRAY_COUNT(formats)], i);
}
END_TEST

/* A tenth of the bytes, or one to three: the latter are the documents that are still read. */
static void make_noise(const struct format *format, uint64_t seed)
{
    size_t read = 0;
    for (size_t i = 0; i < NOISY; i++) {
        struct doc d;
        struct import_fixture f;
        char bytes[4096];
        document_begin(&d, format, &seed, 0);
        ck_assert_uint_le(d.text.len, sizeof bytes);
        memcpy(bytes, d.text.ptr, d.text.len);
        add_noise(&seed, bytes, d.text.len, i % 4 ? i % 4 : d.text.len / 10);
        read_bytes(&f, &d, slice_make(bytes, d.text.len));
        check_noise(format, &d, &f, slice_make(bytes, d.text.len));
        read += f.ledger.row_count > 0;
        fixture_end(&f);
        buf_finish(&d.text);
    }
    ck_assert_msg(read > NOISY / 50, "%s: only %zu documents were read", format->name, read);
}

START_TEST(noise_is_refused_or_read_as_it_stands)
{
    for (size_t i = 0; i < ARRAY_COUNT(formats); i++)
        make_noise(&formats[i], i << 32);
}
END_TEST

/* A ZIP has checksums: noise in it is refused or without effect. */
START_TEST(archives_with_noise_are_refused_or_say_the_same)
{
    uint64_t seed = 99;
    const struct format *format = &formats[1];
    for (size_t i = 0; i < NOISY; i++) {
        struct doc d;
        struct import_fixture f;
        struct zip_fixture zip = {0};
        document_begin(&d, format, &seed, 0);
        (void)snprintf(d.path, sizeof d.path, "log.eval");
        zip_add(&zip, S("header.json"), i % 2 ? ZIP_ZSTD : ZIP_STORED, buf_slice(&d.text));
        slice bytes = zip_end(&zip);
        add_noise(&seed, zip.bytes.ptr, bytes.len, i % 4 ? i % 4 : bytes.len / 10);
        read_bytes(&f, &d, bytes);
        check_read(format, &d, &f, bytes);
        fixture_end(&f);
        buf_finish(&zip.bytes);
        buf_finish(&d.text);
    }
}
END_TEST

TEST_MAIN("import_mutations", whole_documents_are_read_to_the_last_field,
          dropped_and_retyped_fields_are_unknown_or_refused,
          documents_cut_at_any_byte_give_whole_rows_or_none, noise_is_refused_or_read_as_it_stands,
          archives_with_noise_are_refused_or_say_the_same)
