/* The drawings of a report as HTML figures: SVG, caption, and the data as a table.
 *
 * Each writes nothing when its data is missing. Sizes are bounded by HTML_*_MAX, whatever the log
 * holds; what was left out is said in the caption. */
#ifndef DETECT_PLOTS_H
#define DETECT_PLOTS_H

#include "detect/html.h"
#include "detect/svg.h"

/* Which systems are drawn, in which order: the suspected one first. */
struct cast {
    size_t systems[HTML_SERIES_MAX];
    size_t count;
    size_t left_out;
};
struct cast plots_cast(const struct detect_report *report);

/* plots_rounds.c: performance and settings over rounds, labels over rounds */
void plots_key(struct page *page, const struct cast *cast);
void plots_performance(struct page *page, const struct cast *cast);
void plots_settings(struct page *page, const struct cast *cast);
void plots_labels(struct page *page, const struct cast *cast);
void plots_steps(struct page *page); /* length of the mean settings' step into each period */

/* plots_test.c: what the test saw */
void plots_null(struct page *page);
void plots_scatter(struct page *page);
void plots_changes(struct page *page);

/* plots_marks.c: small drawings without a figure around them */
void plots_icon(struct page *page);      /* of the verdict */
void plots_frequency(struct page *page); /* 1,000 honest logs, those that look like this */
void plots_cbs(struct page *page);       /* composite score with its zones */
void plots_indicator(struct page *page, enum indicator_id id); /* value, threshold, interval */

/* plots.c: shared by the above */
struct figure {
    char id[24];
    const char *title;   /* English; one %s when it holds a name */
    slice name;          /* cleaned (names.h); empty = none */
    const char *caption; /* English; a sentence on how to read it */
    slice description;   /* for readers who do not see it */
    slice heading;       /* set by figure_begin: title and name */
};
enum { PLOT_WIDTH = 360, PLOT_HEIGHT = 220, PLOT_LEFT = 46, PLOT_RIGHT = 350, PLOT_TOP = 26 };
void figure_begin(struct page *page, struct figure *figure, double height);
void figure_drawn(struct page *page,
                  const struct figure *figure); /* ends the SVG, writes caption */
void figure_end(struct page *page);

/* Places a frame's scales on the drawing. */
void frame_place(struct svg_frame *frame, double bottom);
/* Smallest and largest finite value; false when there is none. */
bool range_of(const double *values, size_t count, double *low, double *high);
/* The same of `count` cells from `first` on, for numbers of the grid. */
bool range_of_cells(const struct grid *grid, const double *values, size_t first, size_t count,
                    double *low, double *high);
/* Means of neighbours so that at most `most` points remain; returns how many. x and y in place. */
size_t thin_out(double *x, double *y, size_t count, size_t most);

#endif
