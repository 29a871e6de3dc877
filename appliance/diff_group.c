/* Tasks that changed alike, put together for a reader: one harness update is one line, not one per
 * task of a suite. */
#include "diff.h"

/* The text is never shown; its address is the mark. */
const slice diff_varies = SLICE_INIT("(varies)");

/* Values that belong to a task even when the same thing happened to all of them. */
static bool is_own_value(slice field)
{
    static const slice own[] = {SLICE_INIT("n"), SLICE_INIT("stderr"), SLICE_INIT("task_hash"),
                                SLICE_INIT("task_config_sha256")};
    for (size_t i = 0; i < ARRAY_COUNT(own); i++)
        if (slice_eq(field, own[i]))
            return true;
    return false;
}

static bool same_value(slice a, slice b)
{
    return (a.ptr == NULL) == (b.ptr == NULL) && slice_eq(a, b);
}

static bool same_change(const struct diff_change *a, const struct diff_change *b)
{
    if (!slice_eq(a->field, b->field) || a->effect != b->effect || a->text != b->text ||
        !slice_eq(a->row->run_id, b->row->run_id) || a->row->time_ms != b->row->time_ms)
        return false;
    return is_own_value(a->field) || (same_value(a->from, b->from) && same_value(a->to, b->to));
}

/* --- telling groups apart --------------------------------------------------------------------- */

static uint64_t mix(uint64_t hash, slice text)
{
    for (size_t i = 0; i < text.len; i++)
        hash = (hash ^ (unsigned char)text.ptr[i]) * UINT64_C(0x100000001B3);
    return (hash ^ text.len) * UINT64_C(0x9E3779B97F4A7C15);
}

static uint64_t hash_task(const struct diff_task *task, enum diff_effect least)
{
    uint64_t hash = mix(task->run_count, task->lineage);
    for (size_t i = 0; i < task->change_count; i++) {
        const struct diff_change *change = &task->changes[i];
        if (change->effect >= least)
            hash = mix(mix(hash, change->field), change->row->run_id);
    }
    return hash;
}

/* The next change that is shown, from *at on; NULL at the end. */
static const struct diff_change *next_shown(const struct diff_task *task, enum diff_effect least,
                                            size_t *at)
{
    while (*at < task->change_count && task->changes[*at].effect < least)
        ++*at;
    return *at < task->change_count ? &task->changes[(*at)++] : NULL;
}

static bool same_task(const struct diff_task *a, const struct diff_task *b, enum diff_effect least)
{
    size_t i = 0, j = 0;
    if (a->run_count != b->run_count || a->comparable != b->comparable ||
        !slice_eq(a->lineage, b->lineage))
        return false;
    for (;;) {
        const struct diff_change *left = next_shown(a, least, &i);
        const struct diff_change *right = next_shown(b, least, &j);
        if (!left || !right)
            return !left && !right;
        if (!same_change(left, right))
            return false;
    }
}

/* --- values of a group ------------------------------------------------------------------------ */

/* "100–1319", for numbers; else the mark. */
static slice widen(slice range, slice value, struct arena *arena)
{
    double low, high, number;
    slice rest = range, first = range;
    size_t dash;
    if (range.ptr == diff_varies.ptr || same_value(range, value))
        return range;
    if (slice_find(range, S("–"), &dash)) {
        first = slice_sub(range, 0, dash);
        rest = slice_from(range, dash + S("–").len);
    }
    if (!slice_to_f64(first, &low) || !slice_to_f64(rest, &high) || !slice_to_f64(value, &number))
        return diff_varies;
    if (number >= low && number <= high)
        return range;
    return number < low
               ? arena_printf(arena, SLICE_FMT "–" SLICE_FMT, SLICE_ARG(value), SLICE_ARG(rest))
               : arena_printf(arena, SLICE_FMT "–" SLICE_FMT, SLICE_ARG(first), SLICE_ARG(value));
}

static void add_values(struct diff_group *group, const struct diff_task *task,
                       enum diff_effect least, struct arena *arena)
{
    size_t at = 0;
    for (size_t i = 0; i < group->change_count; i++) {
        const struct diff_change *change = next_shown(task, least, &at);
        struct diff_change *shown = &group->changes[i];
        shown->from = widen(shown->from, change->from, arena);
        shown->to = widen(shown->to, change->to, arena);
    }
}

/* --- groups ----------------------------------------------------------------------------------- */

struct grouping {
    struct diff *diff;
    enum diff_effect least;
    struct arena *arena;
    size_t *slots; /* open addressing, group index + 1 */
    size_t slot_count;
    size_t *caps; /* of the tasks of each group */
};

static struct diff_group *find_group(const struct grouping *g, const struct diff_task *task,
                                     size_t *ret_slot)
{
    size_t at = (size_t)hash_task(task, g->least) & (g->slot_count - 1);
    for (; g->slots[at]; at = (at + 1) & (g->slot_count - 1)) {
        struct diff_group *group = &g->diff->groups[g->slots[at] - 1];
        if (same_task(group->tasks[0], task, g->least))
            return group;
    }
    *ret_slot = at;
    return NULL;
}

static struct diff_group *begin_group(const struct grouping *g, const struct diff_task *task,
                                      size_t slot)
{
    struct diff *diff = g->diff;
    struct diff_group *group = &diff->groups[diff->group_count++];
    const struct diff_change *change;
    g->slots[slot] = diff->group_count;
    *group =
        (struct diff_group){.changes = arena_array(g->arena, task->change_count, sizeof *change)};
    if (!group->changes)
        return NULL;
    for (size_t at = 0; (change = next_shown(task, g->least, &at));)
        group->changes[group->change_count++] = *change;
    return group;
}

static bool add_task(const struct grouping *g, const struct diff_task *task)
{
    size_t slot = 0;
    struct diff_group *group = find_group(g, task, &slot);
    if (group)
        add_values(group, task, g->least, g->arena);
    else
        group = begin_group(g, task, slot);
    if (!group)
        return false;
    void *list = (void *)group->tasks;
    size_t *cap = &g->caps[group - g->diff->groups];
    if (!arena_grow(g->arena, &list, cap, group->task_count, sizeof *group->tasks))
        return false;
    group->tasks = (const struct diff_task **)list;
    group->tasks[group->task_count++] = task;
    return true;
}

status diff_group_tasks(struct diff *diff, enum diff_effect least, struct arena *arena,
                        struct error *err)
{
    struct grouping g = {.diff = diff, .least = least, .arena = arena, .slot_count = 16};
    while (g.slot_count < 2 * diff->task_count)
        g.slot_count *= 2;
    g.slots = arena_array(arena, g.slot_count, sizeof *g.slots);
    g.caps = arena_array(arena, diff->task_count, sizeof *g.caps);
    diff->groups = arena_array(arena, diff->task_count, sizeof *diff->groups);
    diff->group_count = 0;
    if (!g.slots || !g.caps || !diff->groups)
        return arena_check(arena, err);
    for (size_t i = 0; i < diff->task_count; i++)
        if (!add_task(&g, &diff->tasks[i]))
            return arena_check(arena, err);
    return arena_check(arena, err);
}
