/* Imports made-up logs from memory, for the tests of readers and of what is built on them. */
#ifndef TESTS_LIB_IMPORT_FIXTURE_H
#define TESTS_LIB_IMPORT_FIXTURE_H

#include "import/import.h"
#include "lib/main.h"

struct import_fixture {
    struct arena arena;
    struct ledger ledger;
    struct ledger_options options;
    struct import import;
    struct error err;
};

static inline void fixture_begin(struct import_fixture *f)
{
    *f = (struct import_fixture){0};
    arena_init(&f->arena, 256 << 20);
    ledger_init(&f->ledger, &f->arena);
    f->import = (struct import){.ledger = &f->ledger, .options = &f->options};
}

static inline void fixture_end(struct import_fixture *f)
{
    arena_finish(&f->arena);
}

static inline void fixture_read(struct import_fixture *f, const char *path, slice bytes)
{
    struct error err = {0};
    ck_ok(import_bytes(&f->import, slice_of(path), bytes, &err));
}

static inline void fixture_finish(struct import_fixture *f)
{
    struct error err = {0};
    ck_ok(ledger_finish(&f->ledger, &f->options, &err));
}

/* The only excluded file's reason holds this text. */
static inline void fixture_refused(const struct import_fixture *f, const char *part)
{
    ck_assert_uint_eq(f->ledger.excluded_count, 1);
    ck_assert_msg(slice_find(f->ledger.excluded[0].reason, slice_of(part), NULL), "%s",
                  f->ledger.excluded[0].reason.ptr);
    ck_assert_uint_eq(f->ledger.row_count, 0);
}

static inline const struct ledger_field *protocol_of(const struct ledger_row *row, const char *name)
{
    const struct ledger_field *field = fields_find(&row->protocol, slice_of(name));
    ck_assert_msg(field != NULL, "no protocol field %s", name);
    return field;
}

#endif
