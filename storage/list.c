/* One page of rows: from a cursor, in either order, filtered, bounded in rows read.
 *
 * The cursor handed out is the base64url of the key of the last row seen, without the prefix that
 * the caller's rights decide: a forged cursor can move within the caller's own rows only. */
#include "storage/internal.h"

#include <assert.h>

static status cursor_decode(const struct store_page *page, struct key *from)
{
    unsigned char bytes[KEY_MAX];
    size_t len = page->cursor.len / 4 * 3 + (page->cursor.len % 4 ? page->cursor.len % 4 - 1 : 0);
    if (len == 0 || len > KEY_MAX - from->len || !crypt_base64url_decode(bytes, len, page->cursor))
        return ST_INVALID;
    key_bytes(from, slice_make(bytes, len));
    return ST_OK;
}

static status cursor_encode(struct store_txn *txn, slice tail, struct arena *arena, slice *ret)
{
    char *text = arena_array(arena, crypt_base64_len(tail.len) + 1, 1);
    if (!text)
        return txn_no_memory(txn, arena);
    *ret = crypt_base64url(text, tail.ptr, tail.len);
    return ST_OK;
}

/* The row itself, or the one that an index entry names. */
static status row_fetch(struct walk *walk, const struct list *list, struct arena *arena, void *ret)
{
    struct store_ref ref;
    if (list->table == list->target)
        return walk_row(walk, arena, ret);
    TRY(walk_row(walk, &walk->txn->scratch, &ref));
    struct key key = key_of_bytes(ref.data);
    status rc = row_get(walk->txn, list->target, &key, arena, ret);
    if (rc == ST_NOT_FOUND)
        return txn_fail(walk->txn, ST_CORRUPT, "table '%s' names a row that '%s' does not have",
                        store_tables[list->table].name, store_tables[list->target].name);
    return rc;
}

enum { ROWS_FIRST = 8 }; /* most pages are short: room for all rows would be 40 KiB to zero */

/* Room for one more row. */
static bool rows_grow(struct arena *arena, size_t size, const struct store_page *page, size_t *cap,
                      void **rows)
{
    if (page->count < *cap)
        return true;
    size_t wanted = *cap ? *cap * 4 : ROWS_FIRST;
    if (wanted > page->limit)
        wanted = page->limit;
    void *more = arena_array(arena, wanted, size);
    if (!more)
        return false;
    if (page->count)
        memcpy(more, *rows, page->count * size);
    *rows = more;
    *cap = wanted;
    return true;
}

static status page_fill(struct walk *walk, const struct list *list, struct store_page *page,
                        struct arena *arena, void **rows)
{
    size_t size = store_tables[list->target].record->size, scanned = 0, cap = 0;
    if (!rows_grow(arena, size, page, &cap, rows))
        return txn_no_memory(walk->txn, arena);
    while (page->count < page->limit && scanned++ < STORE_SCAN_MAX && walk_next(walk)) {
        if (!rows_grow(arena, size, page, &cap, rows))
            return txn_no_memory(walk->txn, arena);
        struct arena_mark mark = arena_mark(arena);
        void *row = (char *)*rows + page->count * size;
        TRY(row_fetch(walk, list, arena, row));
        if (!page->keep || page->keep(row, page->arg))
            page->count++;
        else
            arena_rewind(arena, mark);
    }
    TRY(walk->txn->failed);
    if (page->count < page->limit && scanned <= STORE_SCAN_MAX)
        return ST_OK; /* the walk came to its end */
    struct key last = walk->at;
    if (!walk_next(walk)) /* nothing behind: no further page */
        return walk->txn->failed;
    return cursor_encode(walk->txn, slice_from(key_slice(&last), list->prefix->len), arena,
                         &page->next);
}

status list_rows(struct store_txn *txn, const struct list *list, struct store_page *page,
                 struct arena *arena, void **ret)
{
    struct key prefix = *list->prefix, from = *list->prefix;
    struct walk walk;
    txn_assert(txn);
    page->next = (slice){"", 0};
    page->count = 0;
    if (page->limit == 0 || page->limit > STORE_PAGE_MAX)
        page->limit = STORE_PAGE_MAX;
    if (page->cursor.len)
        TRY(cursor_decode(page, &from));
    key_bytes(&prefix, page->prefix);
    *ret = NULL;
    walk_begin(&walk, txn, list->table, &prefix);
    walk.newest_first = page->newest_first;
    if (page->cursor.len)
        walk_from(&walk, key_slice(&from));
    status rc = page_fill(&walk, list, page, arena, ret);
    walk_end(&walk);
    return rc == ST_OK ? txn->failed : rc;
}
