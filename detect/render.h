/* Reports for people and programs: JSON, text, Markdown, HTML, CSV. Part of detect/detect.h.
 *
 * Pure functions of report and context; what they print depends on nothing else. */
#ifndef DETECT_RENDER_H
#define DETECT_RENDER_H

#include "base/buf.h"
#include "base/text.h"

struct detect_report;

/* A person who stands by a report; empty name = an empty place to sign. */
struct report_person {
    slice role; /* "preparer", "reviewer", "approver" */
    slice name;
    slice time; /* RFC 3339 */
};

/* What the library cannot know. Empty slices are left out (or null). */
struct report_context {
    slice id;
    slice created_at; /* RFC 3339 */
    slice input_name;
    slice input_sha256; /* lower-case hex */
    slice binary_sha256;
    slice key_id; /* of the signing key */
    slice label;
    slice grade;   /* input grade A, B, C */
    slice command; /* recomputes this report byte for byte */
    slice clock_source;
    slice supersedes, superseded_by;
    const struct report_person *people;
    size_t person_count;
    int64_t elapsed_ms; /* negative = left out */
    bool from_cache;
    bool livemode;
    bool color; /* text only: ANSI colours */
    int width;  /* text only: columns; 0 = 80 */
};

/* The body of POST /api/detect (api.md section 2) and of `--format json`. */
status report_json(const struct detect_report *report, enum lang lang,
                   const struct report_context *context, struct buf *out, struct error *err);
status report_text(const struct detect_report *report, enum lang lang,
                   const struct report_context *context, struct buf *out, struct error *err);
status report_markdown(const struct detect_report *report, enum lang lang,
                       const struct report_context *context, struct buf *out, struct error *err);
status report_html(const struct detect_report *report, enum lang lang,
                   const struct report_context *context, struct buf *out, struct error *err);
status report_csv(const struct detect_report *report, enum lang lang,
                  const struct report_context *context, struct buf *out, struct error *err);

#endif
