/* The order in which verdicts are decided, the overall p-value, and the reasons for no answer. */
#include "detect/engine.h"
#include "detect/number.h"

#include <math.h>

enum { DRAWS_MIN = 100, DIFFERENCES_MAX = 64, VALUES_SHOWN_MAX = 8, VALUES_BYTES_MAX = 4096 };

/* --- Does a recorded field vary? -----------------------------------------------------------------
 */

/* What has been seen of one field, over all rows or in one system. */
struct seen {
    double low, high; /* settings */
    uint32_t label;   /* categories: the last label that is not empty; 0 = none yet */
    bool varies;
};

static void see_number(struct seen *seen, double value)
{
    if (!isfinite(value))
        return;
    seen->low = fmin(seen->low, value);
    seen->high = fmax(seen->high, value);
}

static void see_label(struct seen *seen, uint32_t label)
{
    if (label == 0)
        return;
    seen->varies = seen->varies || (seen->label != 0 && seen->label != label);
    seen->label = label;
}

/* By the same rule as the settings of cells: logarithms where every value is positive. */
static bool has_varied(const struct seen *seen)
{
    double low = seen->low, high = seen->high;
    if (seen->varies || !(low < high))
        return seen->varies;
    if (low > 0) {
        low = log(low);
        high = log(high);
    }
    return high - low > 1e-9 * fmax(1, fmax(fabs(low), fabs(high)));
}

static size_t field_count(const struct panel *panel)
{
    return panel->setting_count + panel->category_count;
}

/* Settings come first, then categories, numbered through. seen has one entry, or one for each
 * system; true when any of them varies. */
static bool field_varies(const struct panel *panel, size_t field, struct seen *seen, size_t count)
{
    for (size_t i = 0; i < count; i++)
        seen[i] = (struct seen){.low = INFINITY, .high = -INFINITY};
    for (size_t i = 0; i < panel->row_count; i++) {
        struct seen *where = &seen[count > 1 ? panel->algorithm[i] : 0];
        if (field < panel->setting_count)
            see_number(where, panel->settings[field].values[i]);
        else
            see_label(where, panel->categories[field - panel->setting_count].labels[i]);
    }
    for (size_t i = 0; i < count; i++) {
        if (has_varied(&seen[i]))
            return true;
    }
    return false;
}

static bool any_field_varies(const struct panel *panel, struct seen *seen, size_t count)
{
    for (size_t f = 0; f < field_count(panel); f++) {
        if (field_varies(panel, f, seen, count))
            return true;
    }
    return false;
}

/* --- The table of differences --------------------------------------------------------------------
 */

struct shown { /* distinct values of one field in one system, in order of appearance */
    slice text[VALUES_SHOWN_MAX];
    size_t count;
    bool more;
};

static void show(struct shown *shown, slice text)
{
    for (size_t i = 0; i < shown->count; i++) {
        if (slice_eq(shown->text[i], text))
            return;
    }
    if (shown->count < VALUES_SHOWN_MAX)
        shown->text[shown->count++] = text;
    else
        shown->more = true;
}

static slice number_text(struct arena *arena, double value)
{
    struct buf buf;
    buf_init_arena(&buf, arena, 64);
    number_sig(&buf, value, 9);
    return buf_slice(&buf);
}

static slice joined(struct arena *arena, const struct shown *shown)
{
    struct buf buf;
    buf_init_arena(&buf, arena, VALUES_BYTES_MAX);
    for (size_t i = 0; i < shown->count; i++) {
        if (i > 0)
            buf_put_str(&buf, ", ");
        buf_put(&buf, shown->text[i]);
    }
    if (shown->more)
        buf_put_str(&buf, ", …");
    return buf_slice(&buf);
}

static void show_row(struct arena *arena, struct shown *shown, const struct panel *panel,
                     size_t field, size_t row)
{
    if (field < panel->setting_count) {
        double value = panel->settings[field].values[row];
        if (isfinite(value))
            show(shown, number_text(arena, value));
        return;
    }
    const struct panel_category *category = &panel->categories[field - panel->setting_count];
    uint32_t label = category->labels[row];
    if (label != 0)
        show(shown, category->table.names[label]);
}

static slice field_values(struct arena *arena, const struct panel *panel, size_t field,
                          slice system)
{
    struct shown shown = {0};
    for (size_t i = 0; i < panel->row_count && !shown.more && !arena->overflow; i++) {
        if (slice_eq(panel->algorithms.names[panel->algorithm[i]], system))
            show_row(arena, &shown, panel, field, i);
    }
    return joined(arena, &shown);
}

static void list_differences(const struct analysis *analysis, struct arena *arena,
                             struct verdict *ret)
{
    const struct panel *panel = analysis->panel;
    const struct grid *grid = analysis->cells->grid;
    struct difference *list = arena_array(arena, DIFFERENCES_MAX, sizeof *list);
    struct seen all;
    size_t count = 0;
    for (size_t f = 0; f < field_count(panel) && list; f++) {
        if (!field_varies(panel, f, &all, 1))
            continue;
        bool setting = f < panel->setting_count;
        slice field =
            setting ? panel->settings[f].name : panel->categories[f - panel->setting_count].name;
        for (size_t k = 0; k < grid->system_count && count < DIFFERENCES_MAX; k++)
            list[count++] = (struct difference){
                .field = field,
                .system = grid->systems[k],
                .values = field_values(arena, panel, f, grid->systems[k]),
            };
    }
    ret->differences = list;
    ret->difference_count = count;
}

/* Nothing moves within a system from round to round: is the protocol fixed, or does it differ in a
 * way that this log cannot judge? */
static void decide_still(const struct analysis *analysis, struct arena *arena, struct verdict *ret)
{
    const struct panel *panel = analysis->panel;
    size_t systems = panel->algorithms.count;
    struct seen all, *seen = arena_array(arena, systems + 1, sizeof *seen);
    ret->kind = VERDICT_FIXED;
    if (!seen || !any_field_varies(panel, &all, 1))
        return;
    ret->kind = VERDICT_INSUFFICIENT;
    ret->reason = any_field_varies(panel, seen, systems) ? REASON_DIFFERS_WITHIN_ROUNDS
                                                         : REASON_DIFFERS_BETWEEN_SYSTEMS;
    list_differences(analysis, arena, ret);
}

/* --- p-values ------------------------------------------------------------------------------------
 */

static void set_mechanisms(const struct analysis *analysis, struct verdict *ret)
{
    double p[MECHANISM_COUNT], adjusted[MECHANISM_COUNT];
    size_t which[MECHANISM_COUNT], count = 0;
    for (size_t m = 0; m < MECHANISM_COUNT; m++) {
        bool selective = m == MECHANISM_SELECTIVE;
        double value = selective ? ret->selection.p : analysis->combined.p_mechanism[m];
        if (selective ? !ret->selection.present : !analysis->tested || isnan(value))
            continue;
        which[count] = m;
        p[count++] = value;
    }
    holm(p, count, adjusted);
    for (size_t i = 0; i < count; i++)
        ret->mechanisms[which[i]] = (struct mechanism_result){.presence = PRESENCE_COMPUTED,
                                                              .p = p[i],
                                                              .p_holm = adjusted[i],
                                                              .flagged = adjusted[i] <= ret->alpha};
    const struct protocol *protocol = &analysis->protocol;
    if (analysis->tested && protocol->setting_count > 0 && !protocol->quadratic_removed) {
        ret->mechanisms[MECHANISM_LOSE_SHIFT].presence = PRESENCE_NULL;
        ret->mechanisms[MECHANISM_RATCHET].presence = PRESENCE_NULL;
    }
}

static double overall_p(const struct analysis *analysis, const struct verdict *verdict)
{
    bool selective = verdict->selection.present;
    if (analysis->tested && selective)
        return cauchy_pair(verdict->p_panel, verdict->selection.p);
    if (analysis->tested)
        return verdict->p_panel;
    return selective ? verdict->selection.p : 1;
}

/* --- The verdict ---------------------------------------------------------------------------------
 */

static enum verdict_reason why_insufficient(const struct analysis *analysis,
                                            const struct verdict *verdict)
{
    if (too_few_rounds(verdict->round_count, verdict->n_eff))
        return REASON_TOO_FEW_ROUNDS;
    if (!analysis->tested)
        return REASON_TOO_FEW_RESIDUALS;
    return verdict->draws < DRAWS_MIN ? REASON_NO_DRAWS : REASON_NONE;
}

void verdict_decide(const struct analysis *analysis, struct arena *arena, struct verdict *ret)
{
    bool attempts = ret->selection.present;
    set_mechanisms(analysis, ret);
    ret->p_value = overall_p(analysis, ret);
    if (!analysis->moves && !attempts) {
        decide_still(analysis, arena, ret);
        return;
    }
    enum verdict_reason reason = attempts ? REASON_NONE : why_insufficient(analysis, ret);
    bool overwhelming = ret->draws >= DRAWS_MIN && ret->p_value <= ret->alpha / 10;
    if (reason != REASON_NONE && !overwhelming) {
        ret->kind = VERDICT_INSUFFICIENT;
        ret->reason = reason;
        return;
    }
    ret->kind = ret->p_value <= ret->alpha ? VERDICT_ADAPTIVE : VERDICT_NO_EVIDENCE;
    if (ret->kind == VERDICT_ADAPTIVE)
        ret->strength = ret->p_value <= ret->alpha / 10 ? STRENGTH_STRONG : STRENGTH_MODERATE;
}
