/* Writes SVG: scales with nice ticks, axes, lines, markers, bars and labels, styled by classes. */
#include "detect/svg.h"

#include "detect/number.h"

#include <assert.h>
#include <math.h>

enum { TICK_LENGTH = 4, SPARK_WIDTH = 100, SPARK_HEIGHT = 22 };

/* One decimal is a tenth of a pixel at natural size: enough, and short. */
static void put_coordinate(struct buf *buf, double value)
{
    int64_t tenths = isfinite(value) && fabs(value) < 1e9 ? (int64_t)llround(value * 10) : 0;
    if (tenths < 0)
        buf_put_byte(buf, '-');
    uint64_t size = (uint64_t)(tenths < 0 ? -tenths : tenths);
    buf_printf(buf, "%llu", (unsigned long long)(size / 10));
    if (size % 10)
        buf_printf(buf, ".%llu", (unsigned long long)(size % 10));
}

static void put_attribute(struct buf *buf, const char *name, double value)
{
    buf_printf(buf, " %s=\"", name);
    put_coordinate(buf, value);
    buf_put_byte(buf, '"');
}

void svg_begin(struct buf *buf, const struct svg_head *head)
{
    assert(head->id);
    assert(head->width > 0 && head->height > 0);
    buf_printf(buf, "<svg id=\"%s\" class=\"%s\" viewBox=\"0 0 ", head->id, head->class);
    put_coordinate(buf, head->width);
    buf_put_byte(buf, ' ');
    put_coordinate(buf, head->height);
    buf_printf(buf, "\" role=\"img\" aria-labelledby=\"%s-t %s-d\">", head->id, head->id);
    buf_printf(buf, "<title id=\"%s-t\">", head->id);
    buf_put_html(buf, head->title);
    buf_printf(buf, "</title><desc id=\"%s-d\">", head->id);
    buf_put_html(buf, head->description);
    buf_put_str(buf, "</desc>\n");
}

void svg_end(struct buf *buf)
{
    buf_put_str(buf, "</svg>\n");
}

/* The largest of 1, 2, 5 times a power of ten that is not much above `rough` (> 0). */
static double nice_step(double rough)
{
    double power = pow(10, floor(log10(rough)));
    double fraction = rough / power;
    double nice = fraction < 1.5 ? 1 : fraction < 3.5 ? 2 : fraction < 7.5 ? 5 : 10;
    return nice * power;
}

static int step_decimals(double step)
{
    int decimals = (int)ceil(-log10(step) - 1e-9);
    return decimals < 0 ? 0 : decimals > 9 ? 9 : decimals;
}

/* A range with room in it, whatever comes in. */
static void widen(double *low, double *high)
{
    if (!isfinite(*low) || !isfinite(*high) || *low > *high || fabs(*low) > 1e300 ||
        fabs(*high) > 1e300) {
        *low = 0;
        *high = 1;
    }
    double least = 1e-9 * fmax(fabs(*low), fabs(*high));
    if (*high - *low <= least) {
        double margin = *low == 0 ? 0.5 : fabs(*low) * 0.05;
        *low -= margin;
        *high += margin;
    }
}

struct svg_scale svg_scale_nice(double low, double high, int ticks)
{
    assert(ticks >= 2 && ticks <= 8);
    widen(&low, &high);
    struct svg_scale scale = {.step = nice_step((high - low) / ticks)};
    scale.low = floor(low / scale.step + 1e-9) * scale.step;
    scale.high = ceil(high / scale.step - 1e-9) * scale.step;
    assert(scale.low < scale.high);
    return scale;
}

struct svg_scale svg_scale_whole(double low, double high, int ticks)
{
    assert(ticks >= 2 && ticks <= 8);
    widen(&low, &high);
    struct svg_scale scale = {
        .low = low, .high = high, .step = fmax(1, nice_step((high - low) / ticks))};
    return scale;
}

double svg_at(const struct svg_scale *scale, double value)
{
    double share = (value - scale->low) / (scale->high - scale->low); /* low < high */
    share = share >= 0 ? fmin(share, 1) : 0;                          /* NaN becomes 0 too */
    return scale->from + share * (scale->to - scale->from);
}

void svg_line(struct buf *buf, const char *class, const double from[static 2],
              const double to[static 2])
{
    buf_printf(buf, "<line class=\"%s\"", class);
    put_attribute(buf, "x1", from[0]);
    put_attribute(buf, "y1", from[1]);
    put_attribute(buf, "x2", to[0]);
    put_attribute(buf, "y2", to[1]);
    buf_put_str(buf, "/>\n");
}

void svg_rect(struct buf *buf, const char *class, const double corner[static 2],
              const double size[static 2])
{
    buf_printf(buf, "<rect class=\"%s\"", class);
    put_attribute(buf, "x", corner[0]);
    put_attribute(buf, "y", corner[1]);
    put_attribute(buf, "width", fmax(size[0], 0));
    put_attribute(buf, "height", fmax(size[1], 0));
    buf_put_str(buf, "/>\n");
}

static void text_open(struct buf *buf, const char *class, const double at[static 2],
                      enum svg_anchor anchor)
{
    static const char *const names[] = {"start", "middle", "end"};
    buf_printf(buf, "<text class=\"%s\"", class);
    put_attribute(buf, "x", at[0]);
    put_attribute(buf, "y", at[1]);
    if (anchor != SVG_START)
        buf_printf(buf, " text-anchor=\"%s\"", names[anchor]);
    buf_put_byte(buf, '>');
}

void svg_text(struct buf *buf, const char *class, const double at[static 2], enum svg_anchor anchor,
              slice text)
{
    text_open(buf, class, at, anchor);
    buf_put_html(buf, text);
    buf_put_str(buf, "</text>\n");
}

/* Labels of big numbers share one suffix, so that neighbours stay short: "50k", "1.5M". */
static double tick_unit(const struct svg_scale *scale, const char **ret_suffix)
{
    static const struct {
        double size;
        const char *suffix;
    } units[] = {{1e9, "G"}, {1e6, "M"}, {1e3, "k"}};
    double largest = fmax(fabs(scale->low), fabs(scale->high));
    for (size_t i = 0; i < ARRAY_COUNT(units); i++)
        if (largest >= 10 * units[i].size && scale->step >= units[i].size / 100) {
            *ret_suffix = units[i].suffix;
            return units[i].size;
        }
    *ret_suffix = "";
    return 1;
}

static void put_tick(struct buf *buf, const struct svg_scale *scale, double value)
{
    const char *suffix;
    double unit = tick_unit(scale, &suffix);
    if (fabs(value) < scale->step * 1e-6)
        value = 0;
    if (scale->step < 1e-6 || fabs(value) >= 1e13)
        number_sig(buf, value, 3);
    else
        number_fixed(buf, value / unit, step_decimals(scale->step / unit));
    if (value != 0)
        buf_put_str(buf, suffix);
}

/* Ticks are counted, not added up, so that rounding cannot lose the last one. */
static int tick_count(const struct svg_scale *scale)
{
    double count = floor((scale->high - scale->low) / scale->step + 1e-6) + 1;
    return count > SVG_TICKS_MAX ? SVG_TICKS_MAX : (int)count;
}

/* A whole-number scale may start between two ticks. */
static double tick_first(const struct svg_scale *scale)
{
    return ceil(scale->low / scale->step - 1e-6) * scale->step;
}

void svg_axis_x(struct buf *buf, const struct svg_frame *frame, slice title)
{
    const struct svg_scale *x = &frame->x;
    const struct svg_scale *y = &frame->y;
    double base = y->from;
    svg_line(buf, "ax", (double[]){x->from, base}, (double[]){x->to, base});
    for (int i = 0; i < tick_count(x); i++) {
        double value = tick_first(x) + i * x->step;
        if (value > x->high + x->step * 1e-6)
            break;
        double at = svg_at(x, value);
        svg_line(buf, "ax", (double[]){at, base}, (double[]){at, base + TICK_LENGTH});
        text_open(buf, "tk", (double[]){at, base + TICK_LENGTH + 12}, SVG_MIDDLE);
        put_tick(buf, x, value);
        buf_put_str(buf, "</text>\n");
    }
    if (title.len)
        svg_text(buf, "at", (double[]){x->to, base + 31}, SVG_END, title);
}

void svg_axis_y(struct buf *buf, const struct svg_frame *frame, slice title)
{
    const struct svg_scale *x = &frame->x;
    const struct svg_scale *y = &frame->y;
    for (int i = 0; i < tick_count(y); i++) {
        double value = tick_first(y) + i * y->step;
        if (value > y->high + y->step * 1e-6)
            break;
        double at = svg_at(y, value);
        svg_line(buf, "gr", (double[]){x->from, at}, (double[]){x->to, at});
        text_open(buf, "tk", (double[]){x->from - 6, at + 4}, SVG_END);
        put_tick(buf, y, value);
        buf_put_str(buf, "</text>\n");
    }
    if (title.len)
        svg_text(buf, "at", (double[]){0, fmin(y->from, y->to) - 10}, SVG_START, title);
}

static void put_point(struct buf *buf, char command, double x, double y)
{
    buf_put_byte(buf, command);
    put_coordinate(buf, x);
    buf_put_byte(buf, ' ');
    put_coordinate(buf, y);
}

static bool is_point(const double *x, const double *y, size_t count, size_t i)
{
    return i < count && isfinite(x[i]) && isfinite(y[i]);
}

void svg_path(struct buf *buf, const char *class, const struct svg_frame *frame, const double *x,
              const double *y, size_t count)
{
    buf_printf(buf, "<path class=\"%s\" d=\"", class);
    for (size_t i = 0; i < count; i++) {
        if (!is_point(x, y, count, i))
            continue;
        bool follows = i > 0 && is_point(x, y, count, i - 1);
        double at_x = svg_at(&frame->x, x[i]);
        double at_y = svg_at(&frame->y, y[i]);
        if (!follows && !is_point(x, y, count, i + 1)) { /* alone between two gaps */
            put_point(buf, 'M', at_x - 3, at_y);
            put_point(buf, 'L', at_x + 3, at_y);
        } else {
            put_point(buf, follows ? 'L' : 'M', at_x, at_y);
        }
    }
    buf_put_str(buf, "\"/>\n");
}

/* Shapes around the origin, about 8 units wide, in the order of svg_marker's description. */
static const char *const marker_paths[SVG_SERIES] = {
    "M-3.5 0a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0 -7 0z",
    "M-3.2 -3.2h6.4v6.4h-6.4z",
    "M0 -4.2l4.2 7.4h-8.4z",
    "M0 -4.6l4.6 4.6l-4.6 4.6l-4.6 -4.6z",
    ("M-4 -2.4l1.6 -1.6l2.4 2.4l2.4 -2.4l1.6 1.6l-2.4 2.4l2.4 2.4l-1.6 1.6l-2.4 -2.4l-2.4 "
     "2.4l-1.6 -1.6l2.4 -2.4z"),
    "M-1.2 -4.2h2.4v3h3v2.4h-3v3h-2.4v-3h-3v-2.4h3z",
    "M0 4.2l4.2 -7.4h-8.4z",
    "M-4.2 -1.4h8.4v2.8h-8.4z",
};

void svg_marker(struct buf *buf, size_t series, const double at[static 2], slice tooltip)
{
    size_t look = series % SVG_SERIES;
    buf_printf(buf, "<path class=\"m m%zu\" transform=\"translate(", look);
    put_coordinate(buf, at[0]);
    buf_put_byte(buf, ' ');
    put_coordinate(buf, at[1]);
    buf_printf(buf, ")\" d=\"%s\"", marker_paths[look]);
    if (tooltip.len == 0) {
        buf_put_str(buf, "/>\n");
        return;
    }
    buf_put_str(buf, "><title>");
    buf_put_html(buf, tooltip);
    buf_put_str(buf, "</title></path>\n");
}

void svg_dots(struct buf *buf, size_t series, const struct svg_frame *frame, const double *x,
              const double *y, size_t count)
{
    size_t look = series % SVG_SERIES;
    buf_printf(buf, "<path class=\"m m%zu\" d=\"", look);
    for (size_t i = 0; i < count; i++) {
        if (!is_point(x, y, count, i))
            continue;
        put_point(buf, 'M', svg_at(&frame->x, x[i]), svg_at(&frame->y, y[i]));
        buf_printf(buf, "m%s", marker_paths[look] + 1); /* the same shape, relative to here */
    }
    buf_put_str(buf, "\"/>\n");
}

void svg_sparkline(struct buf *buf, const double *y, size_t count, slice label)
{
    double low = INFINITY;
    double high = -INFINITY;
    for (size_t i = 0; i < count; i++)
        if (isfinite(y[i])) {
            low = fmin(low, y[i]);
            high = fmax(high, y[i]);
        }
    widen(&low, &high);
    struct svg_scale across = {
        .low = 0, .high = count > 1 ? (double)(count - 1) : 1, .from = 2, .to = SPARK_WIDTH - 2};
    struct svg_scale up = {.low = low, .high = high, .from = SPARK_HEIGHT - 3, .to = 3};
    buf_printf(buf, "<svg class=\"spark\" viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"",
               SPARK_WIDTH, SPARK_HEIGHT);
    buf_put_html(buf, label);
    buf_put_str(buf, "\"><path class=\"ln\" d=\"");
    bool follows = false;
    for (size_t i = 0; i < count; i++) {
        if (isfinite(y[i]))
            put_point(buf, follows ? 'L' : 'M', svg_at(&across, (double)i), svg_at(&up, y[i]));
        follows = isfinite(y[i]);
    }
    buf_put_str(buf, "\"/></svg>");
}
