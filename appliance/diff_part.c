/* Cuts a comparison to what a report can hold and renders it. */
#include "diff_part.h"

#include "base/clock.h"

/* --- cutting ---------------------------------------------------------------------------------- */

static size_t count_effect(const struct diff_task *task, enum diff_effect effect)
{
    size_t count = 0;
    for (size_t i = 0; i < task->change_count; i++)
        count += task->changes[i].effect == effect;
    return count;
}

/* Copies the changes of one effect, or of both kinds, in their order, while there is room. */
static void cut_task(const struct diff_task *task, bool notes, size_t *room, struct diff_task *ret,
                     struct diff *whole)
{
    ret->change_count = 0;
    for (size_t i = 0; i < task->change_count; i++) {
        const struct diff_change *change = &task->changes[i];
        if (change->effect == DIFF_EXPECTED || (change->effect == DIFF_NOTE && !notes))
            continue;
        if (*room == 0) {
            whole->truncated = true;
            return;
        }
        ret->changes[ret->change_count++] = *change;
        --*room;
    }
}

static status cut(const struct diff *diff, struct arena *arena, struct diff *ret, struct error *err)
{
    size_t room = DIFF_PART_CHANGES_MAX, breaks = 0, shown = 0;
    for (size_t i = 0; i < diff->task_count; i++) {
        breaks += count_effect(&diff->tasks[i], DIFF_BREAKS);
        shown += count_effect(&diff->tasks[i], DIFF_BREAKS);
        shown += count_effect(&diff->tasks[i], DIFF_NOTE);
    }
    bool notes = shown <= DIFF_PART_CHANGES_MAX || breaks == 0;
    *ret = *diff;
    if (ret->warning_count > DIFF_PART_TASKS_MAX)
        ret->warning_count = DIFF_PART_TASKS_MAX;
    ret->truncated = diff->truncated || (!notes && shown > breaks);
    ret->tasks = arena_array(arena, diff->task_count, sizeof *ret->tasks);
    if (!ret->tasks)
        return arena_check(arena, err);
    ret->task_count = 0;
    for (size_t i = 0; i < diff->task_count; i++) {
        if (ret->task_count == DIFF_PART_TASKS_MAX) {
            ret->truncated = true;
            break;
        }
        struct diff_task *task = &ret->tasks[ret->task_count++];
        size_t most = diff->tasks[i].change_count < room ? diff->tasks[i].change_count : room;
        *task = diff->tasks[i];
        task->changes = arena_array(arena, most, sizeof *task->changes);
        if (!task->changes)
            return arena_check(arena, err);
        cut_task(&diff->tasks[i], notes, &room, task, ret);
    }
    return ST_OK;
}

/* --- groups for a reader ---------------------------------------------------------------------- */

static size_t count_changes(const struct diff *diff)
{
    size_t count = 0;
    for (size_t i = 0; i < diff->group_count; i++)
        count += diff->groups[i].change_count;
    return count;
}

/* Groups of the whole comparison, then cut: a suite of 57 tasks that changed together is one. */
static status cut_groups(const struct diff *diff, struct arena *arena, struct diff *ret,
                         struct error *err)
{
    size_t room = DIFF_PART_CHANGES_MAX;
    *ret = *diff;
    TRY(diff_group_tasks(ret, DIFF_NOTE, arena, err));
    if (count_changes(ret) > room && !diff->comparable) {
        TRY(diff_group_tasks(ret, DIFF_BREAKS, arena, err));
        ret->truncated = true;
    }
    if (ret->note_count > DIFF_PART_TASKS_MAX || ret->group_count > DIFF_PART_TASKS_MAX)
        ret->truncated = true;
    if (ret->note_count > DIFF_PART_TASKS_MAX)
        ret->note_count = DIFF_PART_TASKS_MAX;
    if (ret->group_count > DIFF_PART_TASKS_MAX)
        ret->group_count = DIFF_PART_TASKS_MAX;
    for (size_t i = 0; i < ret->group_count; i++) {
        struct diff_group *group = &ret->groups[i];
        ret->truncated = ret->truncated || group->change_count > room;
        group->change_count = group->change_count < room ? group->change_count : room;
        room -= group->change_count;
    }
    return ST_OK;
}

/* --- Markdown --------------------------------------------------------------------------------- */

/* Characters that mean something in Markdown, and controls. */
static void put_escaped(struct buf *buf, slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char byte = (unsigned char)text.ptr[i];
        if (byte < 0x20 || byte == 0x7F) {
            buf_put_byte(buf, '?');
            continue;
        }
        if (byte < 0x80 && strchr("\\`*_{}[]<>()#+-.!|~&", byte))
            buf_put_byte(buf, '\\');
        buf_put_byte(buf, (char)byte);
    }
}

static void put_value(struct buf *buf, slice value, enum lang lang)
{
    put_escaped(buf, diff_shorten(diff_value_text(value, lang), 60));
}

static void put_change(struct buf *buf, const struct diff_change *change, enum lang lang)
{
    char time[TIME_TEXT_MAX];
    buf_put_str(buf, "| ");
    put_escaped(buf, diff_time_text(change->row->time_ms, time));
    buf_put_str(buf, " | ");
    put_escaped(buf, diff_shorten(change->row->run_id, 60));
    buf_put_str(buf, " | ");
    buf_put_str(buf, diff_mark(change->effect));
    put_escaped(buf, diff_shorten(change->field, 60));
    buf_put_str(buf, " | ");
    put_value(buf, change->from, lang);
    buf_put_str(buf, " | ");
    put_value(buf, change->to, lang);
    buf_put_str(buf, " | ");
    put_escaped(buf, slice_of(tr(lang, change->text)));
    buf_put_str(buf, " |\n");
}

static void put_group(struct buf *buf, const struct diff_group *group, struct buf *scratch,
                      enum lang lang)
{
    static const char *const heads[] = {N_("Time (UTC)"), N_("Run"), N_("Field"),
                                        N_("From"),       N_("To"),  N_("Meaning")};
    if (group->change_count == 0)
        return;
    scratch->len = 0;
    diff_group_title(scratch, group, lang);
    buf_put_str(buf, "\n**");
    put_escaped(buf, buf_slice(scratch));
    buf_put_str(buf, "**: ");
    diff_group_state(buf, group, lang);
    buf_put_str(buf, "\n\n|");
    for (size_t i = 0; i < ARRAY_COUNT(heads); i++)
        buf_printf(buf, " %s |", tr(lang, heads[i]));
    buf_put_str(buf, "\n|---|---|---|---|---|---|\n");
    for (size_t i = 0; i < group->change_count; i++)
        put_change(buf, &group->changes[i], lang);
}

static void put_markdown(struct buf *buf, const struct diff *diff, enum lang lang)
{
    struct buf scratch;
    buf_init(&scratch, DIFF_PART_BYTES_MAX);
    buf_printf(buf, "## %s\n\n%s\n", tr(lang, N_("What changed between the runs")),
               tr(lang, diff_headline(diff)));
    for (size_t i = 0; i < diff->note_count; i++) {
        scratch.len = 0;
        diff_note_put(&scratch, &diff->notes[i], lang);
        buf_put_str(buf, i ? "- " : "\n- ");
        put_escaped(buf, buf_slice(&scratch));
        buf_put_byte(buf, '\n');
    }
    for (size_t i = 0; i < diff->group_count; i++)
        put_group(buf, &diff->groups[i], &scratch, lang);
    if (diff->truncated)
        buf_printf(buf, "\n%s\n", tr(lang, N_("More changes were found than are shown.")));
    buf_finish(&scratch);
}

/* The test below asks another question; its answer must not be read as one to this. */
static void put_reservation(const struct diff *diff, enum lang lang, struct buf *text,
                            struct buf *markdown, struct buf *html)
{
    const char *words =
        tr(lang, N_("The verdict asks whether settings followed results. Whatever it says, scores "
                    "before and after a ✗ measure different things."));
    if (diff->comparable)
        return;
    buf_printf(text, "%s\n", words);
    buf_printf(markdown, "\n%s\n", words);
    buf_printf(html, "<p>%s</p>\n", words);
}

/* --- all formats ------------------------------------------------------------------------------ */

status diff_part(const struct diff *diff, enum lang lang, struct arena *arena,
                 struct report_part *ret, struct error *err)
{
    enum { TEXT, MARKDOWN, HTML, JSON, FORMATS };
    struct buf out[FORMATS];
    struct json_out w;
    struct diff shown, people;
    TRY(cut(diff, arena, &shown, err));
    TRY(cut_groups(diff, arena, &people, err));
    for (size_t i = 0; i < FORMATS; i++)
        buf_init_arena(&out[i], arena, DIFF_PART_BYTES_MAX);
    buf_printf(&out[TEXT], "%s\n\n", tr(lang, N_("What changed between the runs")));
    diff_text(&out[TEXT], &people, lang);
    put_markdown(&out[MARKDOWN], &people, lang);
    diff_html(&out[HTML], &people, lang);
    put_reservation(diff, lang, &out[TEXT], &out[MARKDOWN], &out[HTML]);
    json_out_init(&w, &out[JSON], 0);
    diff_json(&w, &shown, lang);
    for (size_t i = 0; i < FORMATS; i++)
        TRY(buf_check(&out[i], err));
    *ret = (struct report_part){.key = "changes",
                                .text = buf_slice(&out[TEXT]),
                                .markdown = buf_slice(&out[MARKDOWN]),
                                .html = buf_slice(&out[HTML]),
                                .json = buf_slice(&out[JSON])};
    return ST_OK;
}
