/* A comparison as JSON, as text for a terminal, and as an HTML section. */
#include "diff.h"

#include "base/clock.h"

enum { TITLE_TASKS = 4, SCRATCH_BYTES = 4096 };

static const char *effect_name(enum diff_effect effect)
{
    static const char *const names[] = {"expected", "note", "breaks"};
    return names[effect];
}

/* --- JSON ----------------------------------------------------------------------------------------
 */

static void value_json(struct json_out *w, const char *key, slice value)
{
    if (value.ptr)
        json_key_str(w, key, value);
    else
        json_key_null(w, key); /* not recorded */
}

static void change_json(struct json_out *w, const struct diff_change *change, enum lang lang)
{
    json_object(w);
    json_key_str(w, "run_id", change->row->run_id);
    json_key_str(w, "previous_run_id", change->previous->run_id);
    json_key_time(w, "time", change->row->time_ms);
    json_key_str(w, "field", change->field);
    value_json(w, "from", change->from);
    value_json(w, "to", change->to);
    json_key_str(w, "role", slice_of(field_role_name(change->role)));
    json_key_str(w, "kind", slice_of(change->kind));
    json_key_str(w, "effect", slice_of(effect_name(change->effect)));
    json_key_str(w, "text", slice_of(tr(lang, change->text)));
    json_end(w);
}

void diff_json(struct json_out *w, const struct diff *diff, enum lang lang)
{
    json_object(w);
    json_key_bool(w, "comparable", diff->comparable);
    json_key(w, "tasks");
    json_array(w);
    for (size_t i = 0; i < diff->task_count; i++) {
        const struct diff_task *task = &diff->tasks[i];
        json_object(w);
        json_key_str(w, "task", task->task);
        json_key_str(w, "lineage", task->lineage);
        json_key_str(w, "metric", task->metric);
        json_key_bool(w, "comparable", task->comparable);
        json_key_u64(w, "runs", task->run_count);
        json_key_u64(w, "failed", task->failed_count);
        json_key(w, "changes");
        json_array(w);
        for (size_t j = 0; j < task->change_count; j++)
            change_json(w, &task->changes[j], lang);
        json_end(w);
        json_end(w);
    }
    json_end(w);
    json_key(w, "warnings");
    json_array(w);
    for (size_t i = 0; i < diff->warning_count; i++) {
        json_object(w);
        json_key_str(w, "code", slice_of(diff->warnings[i].code));
        json_key_str(w, "text",
                     lang == LANG_ZH ? diff->warnings[i].text_zh : diff->warnings[i].text);
        json_end(w);
    }
    json_end(w);
    json_key_bool(w, "truncated", diff->truncated);
    json_end(w);
}

/* --- shared sentences
 * ------------------------------------------------------------------------------ */

const char *diff_headline(const struct diff *diff)
{
    if (diff->task_count == 0)
        return N_("There are no runs to compare.");
    if (!diff->comparable)
        return N_("Some scores cannot be compared: they were not measured in the same way.");
    return N_("No recorded change makes these scores incomparable.");
}

slice diff_shorten(slice text, size_t columns)
{
    if (text.len <= columns)
        return text;
    size_t cut = columns;
    while (cut > 0 && ((unsigned char)text.ptr[cut] & 0xC0) == 0x80)
        cut--;
    return slice_sub(text, 0, cut);
}

/* The group's tasks have one lineage; metrics may differ. */
static void put_metrics(struct buf *buf, const struct diff_group *group, enum lang lang)
{
    size_t count = 1;
    for (size_t i = 1; i < group->task_count; i++)
        count += !slice_eq(group->tasks[i]->metric, group->tasks[0]->metric);
    if (count == 1)
        buf_put(buf, diff_shorten(group->tasks[0]->metric, 60));
    else
        buf_put_str(buf, tr(lang, N_("several metrics")));
}

void diff_group_title(struct buf *buf, const struct diff_group *group, enum lang lang)
{
    size_t shown = 0, more = 0;
    for (size_t i = 0; i < group->task_count; i++) {
        slice task = group->tasks[i]->task;
        if (i && slice_eq(group->tasks[i - 1]->task, task))
            continue; /* another metric of it */
        if (shown == TITLE_TASKS) {
            more++;
            continue;
        }
        if (shown++)
            buf_put_str(buf, tr(lang, N_(", ")));
        buf_put(buf, diff_shorten(task, 60));
    }
    if (more)
        buf_printf(buf, tr(lang, N_(" and %zu more tasks")), more);
    buf_put_str(buf, " · ");
    put_metrics(buf, group, lang);
    buf_put_str(buf, " · ");
    buf_put(buf, diff_shorten(group->tasks[0]->lineage, 60));
}

void diff_group_state(struct buf *buf, const struct diff_group *group, enum lang lang)
{
    const struct diff_task *task = group->tasks[0];
    if (task->run_count < 2) {
        buf_put_str(buf,
                    tr(lang, task->run_count ? N_("one completed run: nothing to compare it with")
                                             : N_("no completed run")));
        return;
    }
    buf_put_str(buf, tr(lang, task->comparable ? N_("comparable") : N_("NOT comparable")));
    buf_put_str(buf, " · ");
    buf_printf(buf, tr(lang, N_("%zu runs")), task->run_count);
}

const char *diff_mark(enum diff_effect effect)
{
    static const char *const marks[] = {"", "· ", "✗ "};
    return marks[effect];
}

slice diff_time_text(int64_t ms, char buf[static TIME_TEXT_MAX])
{
    slice text = time_rfc3339(ms, buf);
    if (text.len < 16)
        return text;
    buf[10] = ' ';
    return slice_sub(text, 0, 16);
}

slice diff_value_text(slice value, enum lang lang)
{
    if (value.ptr == diff_varies.ptr)
        return slice_of(tr(lang, N_("(another in each task)")));
    if (slice_eq(value, S("null")))
        return slice_of(tr(lang, N_("none")));
    return value.ptr ? value : slice_of(tr(lang, N_("(not recorded)")));
}

/* --- text
 * ------------------------------------------------------------------------------------------ */

/* Control bytes of names from outside never reach the terminal. */
static void put_plain(struct buf *buf, slice text, size_t columns)
{
    slice cut = diff_shorten(text, columns);
    for (size_t i = 0; i < cut.len; i++) {
        unsigned char byte = (unsigned char)cut.ptr[i];
        buf_put_byte(buf, byte < 0x20 || byte == 0x7F ? '?' : (char)byte);
    }
    if (cut.len < text.len)
        buf_put_str(buf, "…");
}

static void change_text(struct buf *buf, const struct diff_change *change, enum lang lang)
{
    buf_put_str(buf, change->effect == DIFF_EXPECTED ? "      " : "    ");
    buf_put_str(buf, diff_mark(change->effect));
    put_plain(buf, change->field, 40);
    buf_put_str(buf, ": ");
    put_plain(buf, diff_value_text(change->from, lang), 32);
    buf_put_str(buf, " → ");
    put_plain(buf, diff_value_text(change->to, lang), 32);
    if (change->effect != DIFF_EXPECTED) {
        buf_put_str(buf, "\n        ");
        buf_put_str(buf, tr(lang, change->text));
    }
    buf_put_byte(buf, '\n');
}

/* With the scores before and after, which only one task has. */
static void run_heading(struct buf *buf, const struct diff_change *change, bool scores,
                        enum lang lang)
{
    const struct ledger_row *row = change->row, *before = change->previous;
    char text[TIME_TEXT_MAX];
    buf_put_str(buf, "  ");
    buf_put(buf, time_rfc3339(change->row->time_ms, text));
    buf_put_str(buf, "  ");
    put_plain(buf, row->run_id, 50);
    if (scores && before->has_value && row->has_value) {
        buf_put_str(buf, "  ");
        buf_printf(buf, tr(lang, N_("(score %.4g → %.4g)")), before->value, row->value);
    }
    buf_put_byte(buf, '\n');
}

static void group_text(struct buf *buf, const struct diff_group *group, struct buf *scratch,
                       enum lang lang)
{
    scratch->len = 0;
    diff_group_title(scratch, group, lang);
    buf_put_byte(buf, '\n');
    put_plain(buf, buf_slice(scratch), SCRATCH_BYTES);
    buf_put_str(buf, "\n  ");
    diff_group_state(buf, group, lang);
    buf_put_byte(buf, '\n');
    const struct ledger_row *shown = NULL;
    for (size_t i = 0; i < group->change_count; i++) {
        const struct diff_change *change = &group->changes[i];
        if (change->row != shown)
            run_heading(buf, change, group->task_count == 1, lang);
        shown = change->row;
        change_text(buf, change, lang);
    }
    if (group->change_count == 0 && group->tasks[0]->run_count > 1)
        buf_printf(buf, "  %s\n",
                   tr(lang, N_("nothing that was recorded changed between the runs")));
}

/* What the marks mean, when there are any. */
static void legend(struct buf *buf, const struct diff *diff, enum lang lang, bool html)
{
    bool marked = false;
    for (size_t i = 0; i < diff->group_count; i++)
        for (size_t j = 0; j < diff->groups[i].change_count && !marked; j++)
            marked = diff->groups[i].changes[j].effect != DIFF_EXPECTED;
    if (marked)
        buf_printf(
            buf, html ? "<p>%s</p>\n" : "\n%s\n",
            tr(lang, N_("✗ = scores before and after cannot be compared, · = worth knowing")));
}

void diff_text(struct buf *buf, const struct diff *diff, enum lang lang)
{
    struct buf scratch;
    buf_init(&scratch, SCRATCH_BYTES);
    buf_put_str(buf, tr(lang, diff_headline(diff)));
    buf_put_byte(buf, '\n');
    for (size_t i = 0; i < diff->note_count; i++) {
        scratch.len = 0;
        diff_note_put(&scratch, &diff->notes[i], lang);
        buf_put_str(buf, "! ");
        put_plain(buf, buf_slice(&scratch), SCRATCH_BYTES);
        buf_put_byte(buf, '\n');
    }
    for (size_t i = 0; i < diff->group_count; i++)
        group_text(buf, &diff->groups[i], &scratch, lang);
    legend(buf, diff, lang, /* html= */ false);
    if (diff->truncated)
        buf_printf(buf, "\n%s\n", tr(lang, N_("More changes were found than are shown.")));
    buf_finish(&scratch);
}

/* --- HTML
 * ------------------------------------------------------------------------------------------ */

static void cell(struct buf *buf, slice text)
{
    buf_put_str(buf, "<td>");
    buf_put_html(buf, diff_shorten(text, 200));
    buf_put_str(buf, "</td>");
}

static void change_html(struct buf *buf, const struct diff_change *change, enum lang lang)
{
    char text[TIME_TEXT_MAX];
    buf_printf(buf, "<tr class=\"%s\">", effect_name(change->effect));
    cell(buf, diff_time_text(change->row->time_ms, text));
    cell(buf, change->row->run_id);
    buf_printf(buf, "<td>%s", diff_mark(change->effect)); /* colour alone is not seen by all */
    buf_put_html(buf, diff_shorten(change->field, 200));
    buf_put_str(buf, "</td>");
    cell(buf, diff_value_text(change->from, lang));
    cell(buf, diff_value_text(change->to, lang));
    cell(buf, slice_of(tr(lang, change->text)));
    buf_put_str(buf, "</tr>\n");
}

static void group_html(struct buf *buf, const struct diff_group *group, struct buf *scratch,
                       enum lang lang)
{
    static const char *const heads[] = {N_("Time (UTC)"), N_("Run"), N_("Field"),
                                        N_("From"),       N_("To"),  N_("Meaning")};
    if (group->change_count == 0)
        return;
    scratch->len = 0;
    diff_group_title(scratch, group, lang);
    buf_put_str(buf, "<table><caption>");
    buf_put_html(buf, buf_slice(scratch));
    buf_put_str(buf, ": ");
    diff_group_state(buf, group, lang);
    buf_put_str(buf, "</caption><thead><tr>");
    for (size_t i = 0; i < ARRAY_COUNT(heads); i++)
        buf_printf(buf, "<th scope=\"col\">%s</th>", tr(lang, heads[i]));
    buf_put_str(buf, "</tr></thead><tbody>\n");
    for (size_t i = 0; i < group->change_count; i++)
        change_html(buf, &group->changes[i], lang);
    buf_put_str(buf, "</tbody></table>\n");
}

enum { SHOWN_NOTES = 4 }; /* more fold, so that the verdict below stays in sight */

static void notes_html(struct buf *buf, const struct diff *diff, struct buf *scratch,
                       enum lang lang)
{
    bool many = diff->note_count > SHOWN_NOTES;
    if (many)
        buf_printf(buf, "<details><summary>%s (%zu)</summary>", tr(lang, N_("Notes on the runs")),
                   diff->note_count);
    if (diff->note_count)
        buf_put_str(buf, "<ul>");
    for (size_t i = 0; i < diff->note_count; i++) {
        scratch->len = 0;
        diff_note_put(scratch, &diff->notes[i], lang);
        buf_put_str(buf, "<li>");
        buf_put_html(buf, buf_slice(scratch));
        buf_put_str(buf, "</li>");
    }
    if (diff->note_count)
        buf_put_str(buf, many ? "</ul></details>\n" : "</ul>\n");
}

void diff_html(struct buf *buf, const struct diff *diff, enum lang lang)
{
    struct buf scratch;
    buf_init(&scratch, SCRATCH_BYTES);
    buf_printf(buf, "<section class=\"diff\"><h2>%s</h2>\n<p>%s</p>\n",
               tr(lang, N_("What changed between the runs")), tr(lang, diff_headline(diff)));
    notes_html(buf, diff, &scratch, lang);
    for (size_t i = 0; i < diff->group_count; i++)
        group_html(buf, &diff->groups[i], &scratch, lang);
    legend(buf, diff, lang, /* html= */ true);
    if (diff->truncated)
        buf_printf(buf, "<p>%s</p>\n", tr(lang, N_("More changes were found than are shown.")));
    buf_put_str(buf, "</section>\n");
    buf_finish(&scratch);
}
