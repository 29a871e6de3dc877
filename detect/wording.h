/* The words of a report in one language: verdict, explanation, what is certain, what was not
 * checked, next steps. Shared by all renderers, so that they cannot disagree.
 *
 * Sentences live in the arena of wording_build and are plain text: names in them have been made
 * safe (names.h), escaping for a format is the renderer's work. Only wording_build needs the
 * report; nothing here decides anything, it only says what the verdict decided. */
#ifndef DETECT_WORDING_H
#define DETECT_WORDING_H

#include "detect/detect.h"

enum {
    SENTENCES_MAX = 24,
    SENTENCE_BYTES_MAX = 1200,
};

struct sentences {
    slice items[SENTENCES_MAX];
    size_t count;
};

/* How a verdict looks: only a detection is coloured; everything else is neutral, never "good". */
enum tone { TONE_NEUTRAL, TONE_MODERATE, TONE_STRONG };

struct wording {
    const struct detect_report *report;
    enum lang lang;
    struct arena *arena;
    enum tone tone;
    const char *icon;       /* "!", "○", "?", "=": never colour alone */
    const char *headline;   /* one line */
    const char *answer;     /* can the score be used: "No", "With conditions", "Cannot tell" */
    const char *answer_why; /* the rest of that sentence */
    slice strength;         /* "strong"; empty without a detection */
    slice frequency;        /* the natural-frequency sentence; empty without a detection */
    slice text;             /* the verdict as a paragraph, frequency included */
    struct sentences explanation; /* mechanism, system, setting, rounds */
    struct sentences findings;    /* certain: counted, not estimated */
    struct sentences unchecked;   /* what this analysis cannot see */
    struct sentences next_steps;
    struct sentences assumptions;
};

/* Fills everything; a full arena shows in arena_check. */
void wording_build(const struct detect_report *report, enum lang lang, struct arena *arena,
                   struct wording *ret);

/* Appends a translated, formatted sentence; cut at SENTENCE_BYTES_MAX, dropped when full. */
void wording_say(struct wording *wording, struct sentences *list, const char *english, ...)
    __attribute__((format(printf, 3, 4)));

/* The parts that wording_build is made of (wording.c calls those of wording_facts.c). */
void wording_explanation(struct wording *wording);
void wording_findings(struct wording *wording);
void wording_unchecked(struct wording *wording);
void wording_assumptions(struct wording *wording);

/* How often the engine is wrong on simulated logs of this shape; says so when that is unknown. */
slice wording_measured(struct wording *wording);

/* What flagged the log. */
bool wording_flags(const struct verdict *verdict, enum mechanism mechanism);
bool wording_is_selective(const struct verdict *verdict); /* attempts were chosen by score */
bool wording_is_panel(const struct verdict *verdict);     /* settings followed results */

/* "= .003"; ".57"; a name as shown; 1,234: NUL-terminated, in the arena. */
const char *wording_p(struct wording *wording, double p);
const char *wording_p_cell(struct wording *wording, double p); /* ".003", "< .001": in tables */
const char *wording_unit(struct wording *wording, double value);
const char *wording_name(struct wording *wording, slice name);
const char *wording_count(struct wording *wording, uint64_t value);
const char *wording_number(struct wording *wording, double value);
const char *wording_percent(struct wording *wording, double share); /* 0.123 → "12 %" */

/* Tables of words. */
const char *mechanism_name(enum mechanism mechanism, enum lang lang);
const char *mechanism_meaning(enum mechanism mechanism, enum lang lang);
const char *indicator_title(enum indicator_id id); /* "PSI", "CCS", "rho_PC" */
const char *indicator_meaning(enum indicator_id id, enum lang lang);

#endif
