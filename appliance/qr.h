/* QR codes (ISO/IEC 18004) of short texts, for cameras: byte mode, error correction level M,
 * versions 1 to 10. Any thread, no shared state. */
#ifndef QR_H
#define QR_H

#include "base/buf.h"

enum {
    QR_VERSION_MAX = 10,
    QR_SIDE_MAX = 17 + 4 * QR_VERSION_MAX,
    QR_TEXT_MAX = 213, /* bytes that version 10 holds at level M */
};

struct qr {
    size_t side;                         /* modules in a row, without the quiet zone */
    bool dark[QR_SIDE_MAX][QR_SIDE_MAX]; /* [row][column] */
};

/* The smallest version that holds the text. False when it is longer than QR_TEXT_MAX. */
bool qr_encode(slice text, struct qr *ret);
/* The dark modules as data of an SVG path, one unit a module, (0, 0) the upper left. */
void qr_put_path(struct buf *out, const struct qr *qr);

#endif
