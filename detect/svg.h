/* A small SVG writer: scales with nice ticks, axes, lines, points, bars, bands, labels.
 *
 * Every look comes from CSS classes (style.c), so that one drawing serves light, dark and print,
 * and a strict Content-Security-Policy needs no exception. Coordinates are view-box units, y
 * downward, printed with one decimal; the same input gives the same bytes. Text that comes from
 * outside is escaped here. Thread-safe: no shared state. */
#ifndef DETECT_SVG_H
#define DETECT_SVG_H

#include "base/buf.h"

enum {
    SVG_TICKS_MAX = 12,
    SVG_SERIES = 8, /* colours, dashes and markers repeat after this many */
};

/* One axis: the data range and where it lies on the drawing. */
struct svg_scale {
    double low, high; /* data units; low < high */
    double step;      /* distance of ticks, data units, > 0 */
    double from, to;  /* view-box units of low and high */
};

struct svg_head {
    const char *id;    /* unique within the page; names the title and description too */
    const char *class; /* of the svg element */
    double width, height;
    slice title;       /* one line, read aloud first */
    slice description; /* what a seeing reader takes from it */
};

/* The plotting rectangle with its two scales. */
struct svg_frame {
    struct svg_scale x, y;
};

enum svg_anchor { SVG_START, SVG_MIDDLE, SVG_END };

/* Opens the element with role, title and description; svg_end closes it. */
void svg_begin(struct buf *buf, const struct svg_head *head);
void svg_end(struct buf *buf);

/* A scale that covers [low, high] and ends on ticks: the step is 1, 2 or 5 times a power of ten
 * (Heckbert 1990, "Nice numbers for graph labels", Graphics Gems). An empty or non-finite range
 * is widened around its value. ticks: about how many intervals, 2..8. */
struct svg_scale svg_scale_nice(double low, double high, int ticks);
/* The same for rounds: ticks only at whole numbers, and no margin. */
struct svg_scale svg_scale_whole(double low, double high, int ticks);
/* Data to view box; a value outside of the range is moved to its end. */
double svg_at(const struct svg_scale *scale, double value);

/* Grid lines, tick labels and axis titles (either may be empty). */
void svg_axis_x(struct buf *buf, const struct svg_frame *frame, slice title);
void svg_axis_y(struct buf *buf, const struct svg_frame *frame, slice title);

/* class: a fixed name of style.c, never text from outside. */
void svg_line(struct buf *buf, const char *class, const double from[static 2],
              const double to[static 2]);
void svg_rect(struct buf *buf, const char *class, const double corner[static 2],
              const double size[static 2]);
void svg_text(struct buf *buf, const char *class, const double at[static 2], enum svg_anchor anchor,
              slice text);

/* Through all finite points in order; a missing value (NaN) breaks the line, a point between two
 * gaps becomes a short dash so that it is seen. */
void svg_path(struct buf *buf, const char *class, const struct svg_frame *frame, const double *x,
              const double *y, size_t count);

/* The marker of a series (0..): circle, square, triangle, diamond, cross, plus,
 * triangle down, bar. The shape tells the series apart without colour. tooltip: may be empty. */
void svg_marker(struct buf *buf, size_t series, const double at[static 2], slice tooltip);

/* The marker of a series at all finite points, as one element without tooltips: small. */
void svg_dots(struct buf *buf, size_t series, const struct svg_frame *frame, const double *x,
              const double *y, size_t count);

/* A line without axes, 100 by 22 units; a missing value leaves a gap. The label is read aloud. */
void svg_sparkline(struct buf *buf, const double *y, size_t count, slice label);

#endif
