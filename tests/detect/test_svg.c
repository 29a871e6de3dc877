/* Tests of detect/svg.c: scales, escaping, gaps, determinism. */
#include "detect/svg.h"

#include "lib/main.h"

#include <math.h>

static bool has(const struct buf *buf, const char *needle)
{
    size_t at;
    return slice_find(buf_slice(buf), slice_of(needle), &at);
}

static struct svg_frame frame_of(double low, double high)
{
    struct svg_frame frame = {svg_scale_whole(1, 10, 5), svg_scale_nice(low, high, 4)};
    frame.x.from = 40;
    frame.x.to = 350;
    frame.y.from = 190;
    frame.y.to = 20;
    return frame;
}

START_TEST(nice_scales_end_on_ticks_and_cover_the_data)
{
    static const double ranges[][2] = {{0.61, 0.74},     {0, 1},         {-3, 17},
                                       {51234, 98765},   {1e-12, 3e-12}, {-1e20, 1e20},
                                       {0.1, 0.1 + 1e-9}};
    for (size_t i = 0; i < ARRAY_COUNT(ranges); i++) {
        struct svg_scale scale = svg_scale_nice(ranges[i][0], ranges[i][1], 5);
        ck_assert(scale.low <= ranges[i][0] + scale.step * 1e-6);
        ck_assert(scale.high >= ranges[i][1] - scale.step * 1e-6);
        double ticks = (scale.high - scale.low) / scale.step;
        ck_assert(fabs(ticks - round(ticks)) < 1e-6);
        ck_assert(ticks >= 1 && ticks <= SVG_TICKS_MAX);
    }
}
END_TEST

START_TEST(empty_and_broken_ranges_become_usable)
{
    static const double ranges[][2] = {
        {5, 5}, {0, 0},   {NAN, 1},           {INFINITY, -INFINITY}, {-INFINITY, INFINITY},
        {2, 1}, {-4, -4}, {-1.7e308, 1.7e308}};
    for (size_t i = 0; i < ARRAY_COUNT(ranges); i++) {
        struct svg_scale scale = svg_scale_nice(ranges[i][0], ranges[i][1], 5);
        ck_assert(isfinite(scale.low) && isfinite(scale.high));
        ck_assert(scale.low < scale.high && scale.step > 0);
    }
}
END_TEST

START_TEST(values_outside_of_the_scale_stay_on_the_drawing)
{
    struct svg_scale scale = {.low = 0, .high = 1, .step = 1, .from = 10, .to = 110};
    ck_assert(svg_at(&scale, 0.5) == 60);
    ck_assert(svg_at(&scale, -9) == 10);
    ck_assert(svg_at(&scale, 9) == 110);
    ck_assert(svg_at(&scale, NAN) == 10);
}
END_TEST

START_TEST(outside_text_is_escaped)
{
    struct buf buf;
    buf_init(&buf, 65536);
    svg_begin(&buf, &(struct svg_head){.id = "p1",
                                       .class = "plot",
                                       .width = 10,
                                       .height = 10,
                                       .title = S("<script>alert(1)</script>"),
                                       .description = S("a \"quoted\" & <b>bold</b> text")});
    svg_text(&buf, "tk", (double[]){1, 2}, SVG_MIDDLE, S("</text><script>"));
    svg_marker(&buf, 0, (double[]){1, 2}, S("</title><script>"));
    svg_sparkline(&buf, (double[]){1, 2}, 2, S("\" onload=\"x"));
    svg_end(&buf);
    ck_assert(!has(&buf, "<script"));
    ck_assert(!has(&buf, "\" onload"));
    ck_assert(has(&buf, "role=\"img\" aria-labelledby=\"p1-t p1-d\""));
    ck_assert(!has(&buf, "style="));
    buf_finish(&buf);
}
END_TEST

START_TEST(a_missing_value_breaks_the_line)
{
    struct svg_frame frame = frame_of(0, 1);
    struct buf buf;
    buf_init(&buf, 65536);
    double x[] = {1, 2, 3, 4, 5};
    double y[] = {0, 1, NAN, 1, NAN};
    svg_path(&buf, "ln", &frame, x, y, 5);
    /* two points, a gap, and one point alone that is drawn as a dash: two sub-paths */
    size_t moves = 0;
    for (size_t i = 0; i < buf.len; i++)
        moves += buf.ptr[i] == 'M';
    ck_assert_uint_eq(moves, 2);
    ck_assert(!has(&buf, "nan"));
    buf_finish(&buf);
}
END_TEST

START_TEST(dots_skip_missing_values_and_keep_the_shape_of_their_series)
{
    struct svg_frame frame = frame_of(0, 1);
    struct buf buf;
    buf_init(&buf, 65536);
    svg_dots(&buf, 1, &frame, (double[]){1, 2, 3}, (double[]){0, NAN, 1}, 3);
    ck_slice(buf_slice(&buf), "<path class=\"m m1\" d=\"M40 190m-3.2 -3.2h6.4v6.4h-6.4z"
                              "M108.9 20m-3.2 -3.2h6.4v6.4h-6.4z\"/>\n");
    buf_finish(&buf);
}
END_TEST

START_TEST(axes_label_their_ticks)
{
    struct svg_frame frame = frame_of(0.6, 0.75);
    struct buf buf;
    buf_init(&buf, 65536);
    svg_axis_x(&buf, &frame, S("round"));
    svg_axis_y(&buf, &frame, S("performance"));
    ck_assert(has(&buf, ">0.60<") && has(&buf, ">0.75<"));
    ck_assert(has(&buf, ">2<") && has(&buf, ">10<"));
    ck_assert(has(&buf, ">round<") && has(&buf, ">performance<"));
    buf.len = 0;
    frame.y = svg_scale_nice(0, 60000, 4);
    frame.y.from = 190;
    frame.y.to = 20;
    svg_axis_y(&buf, &frame, S(""));
    ck_assert(has(&buf, ">20k<") && has(&buf, ">0<"));
    buf_finish(&buf);
}
END_TEST

START_TEST(the_same_drawing_gives_the_same_bytes)
{
    struct buf first, second;
    buf_init(&first, 65536);
    buf_init(&second, 65536);
    for (int i = 0; i < 2; i++) {
        struct buf *buf = i ? &second : &first;
        struct svg_frame frame = frame_of(-1, 1);
        svg_axis_y(buf, &frame, S("y"));
        svg_path(buf, "ln", &frame, (double[]){1, 2, 3}, (double[]){-0.5, 0.25, 1. / 3}, 3);
        svg_rect(buf, "br", (double[]){1. / 3, 2}, (double[]){-4, 5});
        svg_line(buf, "rf", (double[]){-0.04, 0}, (double[]){1e300, 1});
    }
    ck_assert(slice_eq(buf_slice(&first), buf_slice(&second)));
    ck_assert(!has(&first, "\"-4"));
    ck_assert(has(&first, "x1=\"0\""));
    buf_finish(&first);
    buf_finish(&second);
}
END_TEST

TEST_MAIN("svg", nice_scales_end_on_ticks_and_cover_the_data, empty_and_broken_ranges_become_usable,
          values_outside_of_the_scale_stay_on_the_drawing, outside_text_is_escaped,
          a_missing_value_breaks_the_line,
          dots_skip_missing_values_and_keep_the_shape_of_their_series, axes_label_their_ticks,
          the_same_drawing_gives_the_same_bytes)
