/* Tests of lineages, duplicates and the numbering of rounds. */
#include "lib/import_fixture.h"

static struct ledger_row *add(struct import_fixture *f, const char *run, const char *system,
                              int64_t day, enum run_status state)
{
    struct ledger_row *row;
    struct error err;
    ck_ok(ledger_add(&f->ledger, &row, &err));
    row->run_id = slice_of(run);
    row->system = slice_of(system);
    row->task = S("t");
    row->metric = S("m");
    row->time_ms = day * 86400000;
    row->status = state;
    row->has_value = state == RUN_COMPLETED;
    row->source_sha256 = slice_of(run);
    return row;
}

START_TEST(rounds_are_the_rank_of_completed_runs_by_time)
{
    struct import_fixture f;
    fixture_begin(&f);
    (void)add(&f, "c", "s", 3, RUN_COMPLETED);
    (void)add(&f, "a", "s", 1, RUN_COMPLETED);
    (void)add(&f, "b", "s", 2, RUN_FAILED);
    fixture_finish(&f);
    ck_slice(f.ledger.rows[0].run_id, "a");
    ck_assert_uint_eq(f.ledger.rows[0].round, 1);
    ck_assert_uint_eq(f.ledger.rows[1].round, 0);
    ck_assert_uint_eq(f.ledger.rows[2].round, 2);
    fixture_end(&f);
}
END_TEST

START_TEST(the_same_file_in_two_places_is_one_run)
{
    struct import_fixture f;
    fixture_begin(&f);
    (void)add(&f, "a", "s", 1, RUN_COMPLETED);
    (void)add(&f, "a", "s", 1, RUN_COMPLETED);
    (void)add(&f, "b", "s", 1, RUN_COMPLETED);
    fixture_finish(&f);
    ck_assert_uint_eq(f.ledger.row_count, 2);
    fixture_end(&f);
}
END_TEST

START_TEST(lineage_pattern_joins_checkpoints)
{
    struct import_fixture f;
    fixture_begin(&f);
    f.options.lineage_pattern = S("^([a-z]+)-step");
    (void)add(&f, "a", "acme-step100", 1, RUN_COMPLETED);
    (void)add(&f, "b", "acme-step200", 2, RUN_COMPLETED);
    (void)add(&f, "c", "other", 3, RUN_COMPLETED);
    fixture_finish(&f);
    ck_slice(f.ledger.rows[0].lineage, "acme");
    ck_assert_uint_eq(f.ledger.rows[1].round, 2);
    ck_slice(f.ledger.rows[2].lineage, "other");
    ck_assert_uint_eq(f.ledger.rows[2].round, 1);
    fixture_end(&f);
}
END_TEST

START_TEST(bad_lineage_pattern_is_named)
{
    struct import_fixture f;
    struct error err;
    fixture_begin(&f);
    f.options.lineage_pattern = S("(");
    (void)add(&f, "a", "s", 1, RUN_COMPLETED);
    ck_status(ledger_finish(&f.ledger, &f.options, &err), ST_INVALID);
    ck_assert_ptr_nonnull(strstr(err.text, "'('"));
    fixture_end(&f);
}
END_TEST

START_TEST(runs_of_one_day_can_be_one_round)
{
    struct import_fixture f;
    fixture_begin(&f);
    f.options.round_by = ROUND_BY_DAY;
    add(&f, "a", "s", 1, RUN_COMPLETED)->time_ms += 5;
    (void)add(&f, "b", "s", 1, RUN_COMPLETED);
    (void)add(&f, "c", "s", 2, RUN_COMPLETED);
    fixture_finish(&f);
    ck_assert_uint_eq(f.ledger.rows[1].round, 1);
    ck_assert_uint_eq(f.ledger.rows[2].round, 2);
    fixture_end(&f);
}
END_TEST

TEST_MAIN("ledger_rounds", rounds_are_the_rank_of_completed_runs_by_time,
          the_same_file_in_two_places_is_one_run, lineage_pattern_joins_checkpoints,
          bad_lineage_pattern_is_named, runs_of_one_day_can_be_one_round)
