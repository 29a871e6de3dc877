/* Plain text for terminals: wrapped paragraphs, aligned columns, bars and sparklines.
 *
 * Widths are terminal columns (wide characters take two), never bytes. Lines break at blanks and
 * between Chinese characters, but not before closing punctuation. */
#ifndef DETECT_TEXT_OUT_H
#define DETECT_TEXT_OUT_H

#include "base/arena.h"
#include "base/buf.h"

enum { TEXT_WIDTH_DEFAULT = 80, TEXT_WIDTH_MIN = 66, TEXT_WIDTH_MAX = 200 };

/* `text` after `first` (a bullet or blanks), wrapped at `width`; further lines are indented by as
 * many blanks as `first` is wide. Ends with a line feed. */
void text_wrap(struct buf *buf, slice first, slice text, size_t width);

/* text and blanks up to `columns`; longer text stays as it is. */
void text_pad(struct buf *buf, slice text, size_t columns);
void text_pad_left(struct buf *buf, slice text, size_t columns);

/* One character per value, ▁ to █ between the smallest and largest; a blank for a missing value.
 * More values than columns are averaged. */
void text_spark(struct buf *buf, const double *values, size_t count, size_t columns);

/* A bar of `columns` for a share of 0..1: ██████░░░░ */
void text_bar(struct buf *buf, double share, size_t columns);

/* Copies text and replaces the symbols of this layer by ASCII ("▁" by "_", "•" by "*"); letters of
 * any language stay. */
void text_to_ascii(struct buf *buf, slice text);

#endif
