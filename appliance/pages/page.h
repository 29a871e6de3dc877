/* The frame of every HTML page: head, navigation, language, footer. Pages fill the main part.
 *
 * Pages are built in the reply stage; text goes through page_text (escaped) and page_say (a
 * translated literal), markup through page_raw with literals only. */
#ifndef PAGES_PAGE_H
#define PAGES_PAGE_H

#include "call.h"

enum page_place { PLACE_PUBLIC, PLACE_APP }; /* which navigation stands on the page */

struct page_head {
    const char *title;      /* N_(); the browser's title and the one h1 unless no_heading */
    const char *path;       /* "/pricing": marks the entry in the navigation */
    const char *scripts[4]; /* asset names after app.js; NULL ends */
    enum page_place place;
    bool no_heading;        /* the page brings its own h1 */
    bool with_report_style; /* the style sheet of reports (report.css) */
};

struct page {
    struct call *call;
    struct buf out;
    enum lang lang;
    enum page_place place;
};

enum { PAGE_BYTES_MAX = 2 << 20 };

/* The language of a page: /zh/ or /en/ in front of the path, else ?lang=, the cookie,
 * Accept-Language. */
enum lang page_lang(const struct call *call);

void page_open(struct page *page, struct call *call, const struct page_head *head);
/* Closes the frame and hands the page to reply. */
status page_close(struct page *page, int http_status, struct error *err);

void page_raw(struct page *page, const char *markup);
void page_text(struct page *page, slice text);         /* escaped */
void page_say(struct page *page, const char *english); /* translated, escaped */
/* Translated format, then formatted; only numbers and our own words as arguments. */
void page_sayf(struct page *page, const char *english, ...) __attribute__((format(printf, 2, 3)));
/* <tag class="…">translated</tag> */
void page_element(struct page *page, const char *tag, const char *class_name, const char *english);
/* "1,234" */
void page_number(struct page *page, uint64_t number);
/* Date of a moment, with the full time in <time datetime>. 0 = an em dash. */
void page_time(struct page *page, int64_t unix_ms);

/* A verdict as a word with its colour; never green, whatever it says. */
void page_verdict(struct page *page, slice verdict, slice risk);

/* For pages that need somebody signed in: true, or a redirect to /login?next=… stands in the reply.
 */
bool page_signed_in(struct call *call);

/* A call of the API, not a page or a file of one: what usage counts as an API call. */
bool page_is_api(slice endpoint);

/* An error for somebody who looks at a page; ready in reply. */
status page_problem(struct call *call, int http_status, slice title, slice text);

/* The row of a page that is read with GET. */
#define PAGE_ROUTE(route_path, check_stage, reply_stage)                                           \
    {                                                                                              \
        .method = METHOD_GET, .path = route_path, .need = NEED_NOTHING,                            \
        .flags = ROUTE_HTML | ROUTE_NO_ALIAS | ROUTE_UNCOUNTED, .check = check_stage,              \
        .reply = reply_stage                                                                       \
    }

#endif
