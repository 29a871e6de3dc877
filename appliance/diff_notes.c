/* Notes on the runs: the same sentence about many runs and tasks is one line with counts. */
#include "diff_notes.h"

#include <stdlib.h>

/* --- collecting ------------------------------------------------------------------------------- */

static bool same_note(const struct diff_note *a, const struct diff_note *b)
{
    return strcmp(a->code, b->code) == 0 && slice_eq(a->detail, b->detail) &&
           a->failed == b->failed && a->seen == b->seen;
}

/* NULL when there are too many different ones, or no memory. */
static struct diff_note_rows *find_or_add(struct diff_notes *notes, const struct diff_note *note)
{
    if (!notes->at)
        notes->at = arena_array(notes->arena, DIFF_NOTES_MAX, sizeof *notes->at);
    for (size_t i = 0; notes->at && i < notes->count; i++)
        if (same_note(&notes->at[i].note, note))
            return &notes->at[i];
    if (!notes->at || notes->count == DIFF_NOTES_MAX)
        return NULL;
    struct diff_note_rows *added = &notes->at[notes->count++];
    added->note = *note;
    return added;
}

status diff_notes_add(struct diff_notes *notes, const struct diff_note *note,
                      const struct ledger_row *row, struct error *err)
{
    struct diff_note_rows *group = find_or_add(notes, note);
    if (!group)
        return arena_check(notes->arena, err);
    void *list = (void *)group->rows;
    if (!arena_grow(notes->arena, &list, &group->cap, group->count, sizeof *group->rows))
        return arena_check(notes->arena, err);
    group->rows = (const struct ledger_row **)list;
    group->rows[group->count++] = row;
    return ST_OK;
}

/* --- counting --------------------------------------------------------------------------------- */

static int by_run(const void *a, const void *b)
{
    const struct ledger_row *left = *(const struct ledger_row *const *)a;
    const struct ledger_row *right = *(const struct ledger_row *const *)b;
    int order = (left->time_ms > right->time_ms) - (left->time_ms < right->time_ms);
    return order ? order : slice_cmp(left->run_id, right->run_id);
}

/* Rows of one task stand together in a ledger; of one run they do after sorting. */
static void count_rows(struct diff_note_rows *group)
{
    struct diff_note *note = &group->note;
    note->task = group->rows[0]->task;
    for (size_t i = 0; i < group->count; i++)
        note->task_count += i == 0 || !slice_eq(group->rows[i - 1]->task, group->rows[i]->task);
    qsort((void *)group->rows, group->count, sizeof *group->rows, by_run);
    for (size_t i = 0; i < group->count; i++)
        note->run_count += i == 0 || !slice_eq(group->rows[i - 1]->run_id, group->rows[i]->run_id);
    note->first_run = group->rows[0]->run_id;
    note->last_run = group->rows[group->count - 1]->run_id;
}

status diff_notes_finish(struct diff_notes *notes, struct diff *diff, struct error *err)
{
    diff->notes = arena_array(notes->arena, notes->count, sizeof *diff->notes);
    if (!diff->notes)
        return arena_check(notes->arena, err);
    for (size_t i = 0; i < notes->count; i++) {
        count_rows(&notes->at[i]);
        diff->notes[diff->note_count++] = notes->at[i].note;
    }
    return ST_OK;
}

/* --- for a reader ----------------------------------------------------------------------------- */

static int width(slice text)
{
    return (int)diff_shorten(text, 60).len;
}

static void put_runs(struct buf *buf, const struct diff_note *note, enum lang lang)
{
    slice first = note->first_run, last = note->last_run;
    if (note->run_count == 1)
        buf_printf(buf, tr(lang, N_("run '%.*s'")), width(first), first.ptr);
    else if (note->run_count == 2)
        buf_printf(buf, tr(lang, N_("runs '%.*s' and '%.*s'")), width(first), first.ptr,
                   width(last), last.ptr);
    else
        buf_printf(buf, tr(lang, N_("%zu runs from '%.*s' to '%.*s'")), note->run_count,
                   width(first), first.ptr, width(last), last.ptr);
}

static void put_tasks(struct buf *buf, const struct diff_note *note, enum lang lang)
{
    if (note->task_count == 1)
        buf_printf(buf, tr(lang, N_("task '%.*s'")), width(note->task), note->task.ptr);
    else
        buf_printf(buf, tr(lang, N_("%zu tasks")), note->task_count);
}

void diff_note_put(struct buf *buf, const struct diff_note *note, enum lang lang)
{
    const char *comma = tr(lang, N_(", ")), *colon = tr(lang, N_(": "));
    if (strcmp(note->code, "failed_runs") == 0) {
        put_tasks(buf, note, lang);
        buf_put_str(buf, colon);
        buf_printf(buf, tr(lang, N_("%zu of %zu runs did not complete and do not count")),
                   note->failed, note->seen);
        return;
    }
    put_runs(buf, note, lang);
    if (strcmp(note->code, "limit_used") != 0) {
        bool dirty = strcmp(note->code, "dirty_tree") == 0;
        buf_put_str(buf, colon);
        buf_put_str(buf, tr(lang, dirty ? N_("the working tree had changes that no commit records")
                                        : N_("no state is recorded, taken as "
                                             "completed")));
        return;
    }
    buf_put_str(buf, comma);
    put_tasks(buf, note, lang);
    buf_put_str(buf, colon);
    buf_printf(buf, tr(lang, N_("only a part of the test set was scored (limit %.*s)")),
               width(note->detail), note->detail.ptr);
}
