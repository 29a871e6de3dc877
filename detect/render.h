/* Reports for people and programs: JSON, text, Markdown, HTML, CSV. Part of detect/detect.h.
 *
 * Pure functions of report and context; what they print depends on nothing else. */
#ifndef DETECT_RENDER_H
#define DETECT_RENDER_H

#include "base/buf.h"
#include "base/crypt.h"
#include "base/text.h"

struct detect_report;
struct panel_options;

/* A person who stands by a report; empty name = an empty place to sign. */
struct report_person {
    slice role; /* "preparer", "reviewer", "approver" */
    slice name;
    slice time; /* RFC 3339 */
};

/* Completeness of the log: what was seen and what did not become a row. */
struct report_runs {
    uint64_t seen, failed, excluded, gaps; /* gaps: rounds missing between the first and last */
    slice excluded_why;                    /* one sentence; may be empty */
};

/* How the engine did on simulated logs of about this shape (`make validate`). */
struct report_measured {
    size_t systems_low, systems_high, rounds;
    size_t honest_count, circular_count; /* simulated logs */
    double false_positive_rate;          /* share of honest logs that were flagged */
    double power;                        /* share of circular logs that were found */
    slice corpus;                        /* which run, engine and seed */
};
/* The nearest shape, its rounds within a factor of 1.5; NULL when none was simulated. */
const struct report_measured *report_measured(size_t systems, size_t rounds);

/* A section that the caller has rendered already, in every format that it may be asked for: text
 * without control bytes, Markdown and HTML escaped, one JSON value for the member `key`. */
struct report_part {
    const char *key;
    slice text, markdown, html, json;
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
    slice retention;                           /* "report, until 2036-11-23" */
    slice link_self, link_html;                /* JSON links */
    const struct panel_options *panel_options; /* how the log was read; NULL = defaults */
    const struct report_part *first;           /* in front of the sections; NULL = none */
    const struct report_part *last;            /* behind them; NULL = none */
    const struct report_runs *runs;            /* NULL = unknown */
    const struct report_person *people;
    size_t person_count;
    int64_t elapsed_ms; /* negative = left out */
    bool from_cache;
    bool livemode;
    bool color; /* text only: ANSI colours */
    bool ascii; /* text only: no characters beyond ASCII in plots and tables */
    int width;  /* text only: columns, 66..200; 0 = 80 */
};

enum {
    REPORT_HTML_MAX = 150 * 1024, /* a page never grows beyond; long tables are cut, and say so */
    REPORT_STYLE_HASH_MAX = 64,   /* 'sha256-…' with its quotes and a NUL */
    REPORT_KEY_ID_BYTES = 16,     /* hex digits */
};

/* The body of POST /api/detect and of `--format json`. First the canonical members, which depend
 * only on input, options, language and engine version; then what varies from request to request
 * (id, created_at, elapsed_ms, from_cache, links, livemode). context may be NULL. */
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

/* The sections of report_html without its page, for the result page of the web app; needs
 * report_style() on the page, as an asset or inline. The root element has the class "rp". */
status report_html_fragment(const struct detect_report *report, enum lang lang,
                            const struct report_context *context, struct buf *out,
                            struct error *err);
/* The style sheet, and its Content-Security-Policy source ("'sha256-…'") for the inline use. */
slice report_style(void);
slice report_html_style_hash(char ret[static REPORT_STYLE_HASH_MAX]);

/* One line that stands for the verdict in lists and titles; static. */
const char *report_headline(const struct detect_report *report, enum lang lang);

/* --- Sealed reports ------------------------------------------------------------------------------
 *
 * A sealed file is one line of JSON with a fixed layout:
 *
 *   {"report":CANONICAL,"seal":{"algorithm":"Ed25519","key_id":…,"public_key":…,…,"signature":HEX}}
 *
 * CANONICAL is what report_canonical prints: the members of report_json that depend only on input,
 * options, language and engine version, input_sha256 among them. The signature covers every byte
 * of the file before `,"signature":"`, so the statement of the seal (who, when, which input name,
 * grade and binary) is signed together with the report, and nobody needs to normalise JSON.
 * key_id is the first 16 hex digits of the BLAKE2b-256 hash of the public key.
 *
 * verify: split, check the signature. recompute: read the options from CANONICAL, run the input,
 * print CANONICAL again and compare the bytes. */
struct report_seal {
    slice canonical; /* the report object, bytes as signed */
    slice statement; /* the seal object up to the signature, without closing brace */
    slice key_id;    /* 16 hex digits, already compared with the public key */
    slice sealed_at; /* RFC 3339; may be empty */
    unsigned char public_key[CRYPT_SIGN_PUBLIC_BYTES];
};

status report_canonical(const struct detect_report *report, enum lang lang,
                        const struct report_context *context, struct buf *out, struct error *err);
/* Signs; sealed_at is context->created_at, key_id comes from the key. */
status report_seal(const struct detect_report *report, enum lang lang,
                   const struct report_context *context,
                   const unsigned char secret[static CRYPT_SIGN_SECRET_BYTES], struct buf *out,
                   struct error *err);
/* The same over bytes that report_canonical printed earlier and that were kept unchanged. */
status report_seal_canonical(slice canonical, const struct report_context *context,
                             const unsigned char secret[static CRYPT_SIGN_SECRET_BYTES],
                             struct buf *out, struct error *err);
/* Splits and verifies a sealed file. public_key: the key to trust, or NULL = the one inside (then
 * only integrity is proven, not origin). ST_INVALID when it is no sealed report, ST_VERIFY when the
 * signature, the key id or the key does not match. Slices borrow from file. */
status report_verify(slice file, const unsigned char *public_key, struct report_seal *ret,
                     struct error *err);
/* The key id of a public key. */
slice report_key_id(char ret[static REPORT_KEY_ID_BYTES + 1],
                    const unsigned char public_key[static CRYPT_SIGN_PUBLIC_BYTES]);

#endif
