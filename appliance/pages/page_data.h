/* Answers of the API inside of a page, and their members as text, tables and facts.
 *
 * A page asks the route itself, so that page and API cannot say different things, and a page shows
 * only what its reader could fetch. */
#ifndef PAGES_PAGE_DATA_H
#define PAGES_PAGE_DATA_H

#include "json.h"
#include "pages/parts.h"

/* Work stage of a page with a session: the answer of GET `path` (a route's pattern; parameters of
 * the same name are the page's) with that query ("limit=50", NULL = the page's own query) as a
 * tree in the call's arena. Errors are those of the route: the page then becomes an error page. */
status page_data(struct call *call, const char *path, const char *query, const struct json **ret,
                 struct error *err);
/* The same, not parsed: for answers that are no JSON. */
status page_answer(struct call *call, const char *path, const char *query, slice *ret,
                   struct error *err);
/* page_data; *ret = NULL when the answer is ST_NOT_FOUND, ST_FORBIDDEN, ST_PLAN, ST_CONFLICT or
 * ST_DISABLED: for parts of a page that not everybody has. */
status page_data_maybe(struct call *call, const char *path, const char *query,
                       const struct json **ret, struct error *err);

/* Does this build have a row of that pattern, whatever its method? */
bool page_data_has(const char *path);

/* Text of a string, a number as written, empty for null and absent. path: "a.b". */
slice page_member(const struct json *object, const char *path);
bool page_member_true(const struct json *object, const char *path);
uint64_t page_member_u64(const struct json *object, const char *path); /* 0 when absent */
/* Words of a list with ", " between, in the arena. */
slice page_member_list(struct page *page, const struct json *object, const char *path);

/* What a slug of the API is called on a page; an unknown one stays as it is. */
void page_word(struct page *page, slice slug);
/* A time as the API writes it, to the second; an em dash when empty. */
void page_time_text(struct page *page, slice rfc3339);

enum page_cell {
    CELL_TEXT,
    CELL_CODE,
    CELL_WORD, /* a slug of the API as a word of the page's language */
    CELL_NUMBER,
    CELL_BYTES,
    CELL_TIME,
    CELL_YES,  /* a mark when true */
    CELL_LIST, /* words of a list */
    CELL_CALL, /* put(page, row) */
};
struct page_column {
    const char *head; /* N_(); as in parts.h */
    enum page_cell kind;
    const char *member;
    void (*put)(struct page *page, const struct json *row);
};
/* columns end with a NULL head. */
void page_data_table(struct page *page, const char *caption, const struct page_column *columns,
                     const struct json *rows);
/* A fact out of an object; nothing when it is absent. */
void page_data_fact(struct page *page, const char *term, const struct json *object,
                    const char *member, enum page_cell kind);
bool page_data_is_empty(const struct json *list);

/* The verdict of a project as a word in a frame; an em dash when there is none. */
void page_project_verdict(struct page *page, slice verdict);

/* The row of a page that asks the API; work and reply stage. */
#define PAGE_DATA_ROUTE(route_path, work_stage, reply_stage)                                       \
    {                                                                                              \
        .method = METHOD_GET, .path = route_path, .need = NEED_NOTHING,                            \
        .flags = ROUTE_HTML | ROUTE_NO_ALIAS | ROUTE_UNCOUNTED, .work = work_stage,                \
        .reply = reply_stage                                                                       \
    }

#endif
