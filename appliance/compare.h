/* What differs between two stored reports: values that decide or were decided, text left out. Pure.
 */
#ifndef COMPARE_H
#define COMPARE_H

#include "base/json_out.h"
#include "base/text.h"
#include "json.h"

enum { COMPARE_DIFFERENCES_MAX = 200 };

enum compare_group { COMPARE_SETTINGS, COMPARE_DATA, COMPARE_RESULTS, COMPARE_GROUP_COUNT };

struct difference {
    enum compare_group group;
    slice field;              /* "psi.score" */
    const struct json *a, *b; /* NULL: only the other has it */
};

struct comparison {
    slice id[2], label[2]; /* set by the caller */
    slice verdict[2];
    bool same_verdict, same_input, same_settings;
    struct difference items[COMPARE_DIFFERENCES_MAX];
    size_t count;
    bool truncated;
};

/* Reports as stored; everything borrows from the trees and the arena. ST_NO_MEMORY. */
status compare_reports(const struct json *a, const struct json *b, struct arena *arena,
                       struct comparison *ret, struct error *err);

void compare_json(struct json_out *w, const struct comparison *comparison); /* members */
void compare_markdown(struct buf *out, const struct comparison *comparison, enum lang lang);
void compare_html(struct buf *out, const struct comparison *comparison, enum lang lang);

#endif
