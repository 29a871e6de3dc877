/* An import fixture whose runs are compared. */
#ifndef TESTS_LIB_DIFF_FIXTURE_H
#define TESTS_LIB_DIFF_FIXTURE_H

#include "diff.h"

#include "lib/import_fixture.h"

/* What all that was read comes to; nothing may be read into it any more. */
static inline struct diff *fixture_diff(struct import_fixture *f)
{
    struct diff *diff;
    struct error err = {0};
    fixture_finish(f);
    ck_ok(diff_ledger(&f->ledger, &f->arena, &diff, &err));
    return diff;
}

#endif
