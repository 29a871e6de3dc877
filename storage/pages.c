/* Walks the pages of an LMDB file without LMDB: range, double use, order, counts, lost pages.
 *
 * LMDB trusts its file: a damaged offset makes it read or write anywhere. This reads whole pages
 * with pread, checks every number before it is used, and therefore survives any damage. Source of
 * the layout: struct MDB_page, MDB_node, MDB_db and MDB_meta of LMDB 0.9.24, 64-bit, native order:
 *   page  pgno:8 pad:2 flags:2, then lower:2 upper:2 or, on overflow pages, count:4; offsets:2 …
 *   node  lo:2 hi:2 flags:2 ksize:2 key data; in branches lo, hi and flags are the child's number,
 *         in leaves lo and hi are the size of the data; with BIGDATA the data is a page number
 *   meta  magic:4 version:4 address:8 mapsize:8 free:48 main:48 last_page:8 txn:8 */
#include "storage/internal.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    PAGE_HEADER = 16,
    NODE_HEADER = 8,
    DB_BYTES = 48,
    META_BYTES = 4 + 4 + 8 + 8 + 2 * DB_BYTES + 8 + 8,
    META_PAGES = 2,
    PAGE_BYTES_MIN = 512,
    PAGE_BYTES_MAX = 65536,
    DEPTH_MAX = 32, /* of LMDB's own cursors */
    PAGE_BRANCH = 0x01,
    PAGE_LEAF = 0x02,
    PAGE_OVERFLOW = 0x04,
    PAGE_META = 0x08,
    NODE_BIGDATA = 0x01,
    NODE_SUBDATA = 0x02,
    DB_INTEGERKEY = 0x08,
};
#define META_MAGIC   UINT32_C(0xBEEFC0DE)
#define META_VERSION 1u
#define NO_PAGE      UINT64_MAX

/* What a page was met as; every page must end as exactly one of the last two. */
enum use { USE_NONE, USE_TREE, USE_FREE };

/* --- reading numbers: pages may hold anything, at any alignment ------------------------------- */

static uint16_t read_u16(const unsigned char *at)
{
    uint16_t value;
    memcpy(&value, at, sizeof value);
    return value;
}

static uint32_t read_u32(const unsigned char *at)
{
    uint32_t value;
    memcpy(&value, at, sizeof value);
    return value;
}

static uint64_t read_u64(const unsigned char *at)
{
    uint64_t value;
    memcpy(&value, at, sizeof value);
    return value;
}

static struct pages_db read_db(const unsigned char *at)
{
    return (struct pages_db){.pad = read_u32(at),
                             .flags = read_u16(at + 4),
                             .depth = read_u16(at + 6),
                             .branch_pages = read_u64(at + 8),
                             .leaf_pages = read_u64(at + 16),
                             .overflow_pages = read_u64(at + 24),
                             .entries = read_u64(at + 32),
                             .root = read_u64(at + 40)};
}

/* --- meta pages ------------------------------------------------------------------------------- */

static bool meta_parse(const unsigned char *page, uint64_t number, struct pages_meta *ret)
{
    const unsigned char *meta = page + PAGE_HEADER;
    if (read_u64(page) != number || read_u16(page + 10) != PAGE_META ||
        read_u32(meta) != META_MAGIC || read_u32(meta + 4) != META_VERSION)
        return false;
    ret->free = read_db(meta + 24);
    ret->main = read_db(meta + 24 + DB_BYTES);
    ret->last_page = read_u64(meta + 24 + 2 * DB_BYTES);
    ret->txn_id = read_u64(meta + 32 + 2 * DB_BYTES);
    ret->page_bytes = ret->free.pad;
    return ret->page_bytes >= PAGE_BYTES_MIN && ret->page_bytes <= PAGE_BYTES_MAX &&
           (ret->page_bytes & (ret->page_bytes - 1)) == 0;
}

/* Commits alternate between the two pages, so their numbers are neighbours (both 0 when new). */
static bool metas_agree(const struct pages_meta meta[static 2])
{
    if (meta[0].page_bytes != meta[1].page_bytes)
        return false;
    if (meta[0].txn_id == 0 && meta[1].txn_id == 0)
        return true;
    if (meta[0].txn_id % 2 != 0 || meta[1].txn_id % 2 != 1)
        return false;
    return meta[0].txn_id + 1 == meta[1].txn_id || meta[1].txn_id + 1 == meta[0].txn_id;
}

status pages_meta_read(int fd, const char *path, struct pages_meta *ret, struct error *err)
{
    unsigned char page[PAGE_HEADER + META_BYTES];
    struct pages_meta meta[META_PAGES];
    struct stat file;
    uint32_t page_bytes = 0;
    for (unsigned i = 0; i < META_PAGES; i++) {
        ssize_t n = pread(fd, page, sizeof page, (off_t)i * page_bytes);
        if (n < 0)
            return error_set(err, ST_IO, "cannot read '%s': %s", path, errno_text(errno));
        if (n != sizeof page || !meta_parse(page, i, &meta[i]))
            return error_set(err, ST_CORRUPT, "'%s' is no store, or its meta page %u is damaged",
                             path, i);
        page_bytes = meta[i].page_bytes;
    }
    if (!metas_agree(meta))
        return error_set(err, ST_CORRUPT, "the meta pages of '%s' do not fit together", path);
    const struct pages_meta *newest = &meta[meta[1].txn_id > meta[0].txn_id];
    /* The size after the meta pages: a live writer lengthens the file first. */
    if (fstat(fd, &file) != 0)
        return error_set(err, ST_IO, "cannot read '%s': %s", path, errno_text(errno));
    uint64_t pages_in_file = (uint64_t)file.st_size / page_bytes;
    if (newest->last_page >= pages_in_file)
        return error_set(err, ST_CORRUPT,
                         "'%s' is cut short: %" PRIu64 " pages are there, %" PRIu64 " are needed",
                         path, pages_in_file, newest->last_page + 1);
    *ret = *newest;
    return ST_OK;
}

/* --- the walk --------------------------------------------------------------------------------- */

/* One page on the way from a root to a leaf. */
struct frame {
    unsigned char *page;
    uint64_t number;
    size_t count, next; /* nodes, and the one to visit next */
    slice low, high;    /* keys of the page are >= low and < high; empty ptr = open */
    bool is_leaf;
};

struct tree {
    const char *name;
    struct pages_db db;      /* as recorded */
    struct pages_db counted; /* as found */
    bool is_free_list, is_main;
};

struct walker {
    int fd;
    const struct pages_meta *meta;
    struct store_check *check;
    unsigned char *uses; /* one byte per page */
    struct frame frames[DEPTH_MAX];
    unsigned char *pages;              /* DEPTH_MAX of them, and one for overflow headers */
    struct tree subs[TABLE_COUNT + 8]; /* named trees found in the main one */
    char names[TABLE_COUNT + 8][32];
    size_t sub_count;
};

/* Marks a page as used; false (and a report) when it is out of range or used already. */
static bool page_claim(struct walker *w, const char *tree, uint64_t number, enum use use)
{
    if (number < META_PAGES || number > w->meta->last_page) {
        check_report(w->check, "page %" PRIu64 " in '%s' is out of range", number, tree);
        return false;
    }
    if (w->uses[number] != USE_NONE) {
        check_report(w->check, "page %" PRIu64 " in '%s' is used twice", number, tree);
        return false;
    }
    w->uses[number] = (unsigned char)use;
    return true;
}

static bool page_read(struct walker *w, uint64_t number, unsigned char *page)
{
    uint32_t bytes = w->meta->page_bytes;
    if (pread(w->fd, page, bytes, (off_t)(number * bytes)) == (ssize_t)bytes)
        return true;
    check_report(w->check, "page %" PRIu64 " cannot be read: %s", number, errno_text(errno));
    return false;
}

struct node {
    slice key;
    uint16_t flags;
    uint64_t child;            /* branches */
    const unsigned char *data; /* leaves */
    size_t data_bytes;         /* as recorded, also for big data */
    size_t data_in_page;
    size_t bytes; /* that the node takes, filled up to an even number */
};

/* The node behind offset slot i; false when it does not lie inside of the page. */
static bool node_at(const struct walker *w, const struct frame *frame, size_t i, struct node *ret)
{
    size_t size = w->meta->page_bytes;
    size_t upper = read_u16(frame->page + 14);
    size_t at = read_u16(frame->page + PAGE_HEADER + 2 * i);
    if (at < upper || at + NODE_HEADER > size || at % 2 != 0)
        return false;
    const unsigned char *node = frame->page + at;
    size_t key_bytes = read_u16(node + 6);
    if (at + NODE_HEADER + key_bytes > size)
        return false;
    *ret = (struct node){.key = slice_make(node + NODE_HEADER, key_bytes)};
    uint64_t low = read_u16(node) | (uint64_t)read_u16(node + 2) << 16;
    if (frame->is_leaf) {
        ret->flags = read_u16(node + 4);
        ret->data = node + NODE_HEADER + key_bytes;
        ret->data_bytes = (size_t)low;
        ret->data_in_page = ret->flags & NODE_BIGDATA ? 8 : ret->data_bytes;
    } else {
        ret->child = low | (uint64_t)read_u16(node + 4) << 32;
    }
    ret->bytes = (NODE_HEADER + key_bytes + ret->data_in_page + 1) & ~(size_t)1;
    return ret->bytes <= size - at;
}

/* The nodes fill the page from `upper` to its end without gaps. */
static bool nodes_fill_page(const struct walker *w, const struct frame *frame)
{
    size_t size = w->meta->page_bytes, upper = read_u16(frame->page + 14), sum = 0, lowest = size;
    for (size_t i = 0; i < frame->count; i++) {
        struct node node;
        size_t at = read_u16(frame->page + PAGE_HEADER + 2 * i);
        if (!node_at(w, frame, i, &node))
            return false;
        sum += node.bytes;
        lowest = at < lowest ? at : lowest;
    }
    return lowest == upper && sum == size - upper;
}

static int key_cmp(const struct tree *tree, slice a, slice b)
{
    if (!tree->is_free_list)
        return slice_cmp(a, b);
    uint64_t x = a.len == 8 ? read_u64((const unsigned char *)a.ptr) : 0;
    uint64_t y = b.len == 8 ? read_u64((const unsigned char *)b.ptr) : 0;
    return (x > y) - (x < y);
}

/* Keys ascend and stay between the separators above. The first key of a branch is not used. */
static bool keys_ascend(const struct walker *w, const struct tree *tree, const struct frame *frame)
{
    slice before = frame->low;
    for (size_t i = 0; i < frame->count; i++) {
        struct node node;
        if (!node_at(w, frame, i, &node))
            return false;
        if (i == 0 && !frame->is_leaf)
            continue;
        if (frame->is_leaf && (node.key.len == 0 || node.key.len > KEY_MAX))
            return false;
        if (tree->is_free_list && node.key.len != 8)
            return false;
        bool equal_is_fine = i == 0 || (i == 1 && !frame->is_leaf);
        int order = before.ptr ? key_cmp(tree, before, node.key) : -1;
        if (order > 0 || (order == 0 && !equal_is_fine))
            return false;
        if (frame->high.ptr && key_cmp(tree, node.key, frame->high) >= 0)
            return false;
        before = node.key;
    }
    return true;
}

static bool page_header_ok(const struct walker *w, const struct frame *frame)
{
    const unsigned char *page = frame->page;
    uint16_t flags = read_u16(page + 10), lower = read_u16(page + 12), upper = read_u16(page + 14);
    if (read_u64(page) != frame->number || (flags != PAGE_BRANCH && flags != PAGE_LEAF))
        return false;
    return lower >= PAGE_HEADER && lower % 2 == 0 && lower <= upper && upper <= w->meta->page_bytes;
}

/* Reads and checks page `number` at that depth (0 = root); false when it must not be entered. */
static bool frame_enter(struct walker *w, struct tree *tree, size_t depth, uint64_t number,
                        slice low, slice high)
{
    struct frame *frame = &w->frames[depth];
    unsigned char *page = w->pages + depth * w->meta->page_bytes;
    if (!page_claim(w, tree->name, number, USE_TREE) || !page_read(w, number, page))
        return false;
    *frame = (struct frame){.page = page, .number = number, .low = low, .high = high};
    w->check->pages++;
    if (page_header_ok(w, frame)) {
        frame->is_leaf = read_u16(page + 10) == PAGE_LEAF;
        frame->count = (size_t)(read_u16(page + 12) - PAGE_HEADER) / 2;
        bool full_depth = depth + 1 == tree->db.depth;
        bool filled = frame->is_leaf ? frame->count > 0 : frame->count > 1;
        if (frame->is_leaf == full_depth && filled && nodes_fill_page(w, frame) &&
            keys_ascend(w, tree, frame)) {
            tree->counted.leaf_pages += frame->is_leaf;
            tree->counted.branch_pages += !frame->is_leaf;
            return true;
        }
    }
    check_report(w->check, "page %" PRIu64 " in '%s' is damaged", number, tree->name);
    return false;
}

/* A run of pages that holds one large value. */
static bool overflow_claim(struct walker *w, struct tree *tree, const struct node *node,
                           uint64_t *ret_first)
{
    unsigned char *head = w->pages + (size_t)DEPTH_MAX * w->meta->page_bytes;
    uint64_t first = read_u64(node->data);
    uint64_t count = (PAGE_HEADER - 1 + (uint64_t)node->data_bytes) / w->meta->page_bytes + 1;
    if (first > w->meta->last_page || !page_read(w, first, head) || read_u64(head) != first ||
        read_u16(head + 10) != PAGE_OVERFLOW || read_u32(head + 12) != count) {
        check_report(w->check, "large value at page %" PRIu64 " in '%s' is damaged", first,
                     tree->name);
        return false;
    }
    for (uint64_t i = 0; i < count; i++)
        if (!page_claim(w, tree->name, first + i, USE_TREE))
            return false;
    w->check->pages += count;
    tree->counted.overflow_pages += count;
    *ret_first = first;
    return true;
}

static bool free_pages_claim(struct walker *w, struct tree *tree, const unsigned char *list,
                             size_t bytes)
{
    uint64_t count = bytes >= 8 ? read_u64(list) : UINT64_MAX;
    if (count > bytes / 8 - 1 || bytes % 8 != 0) {
        check_report(w->check, "a list of free pages is damaged");
        return false;
    }
    for (uint64_t i = 0; i < count; i++) {
        uint64_t number = read_u64(list + 8 + 8 * i);
        if (i > 0 && number >= read_u64(list + 8 * i)) {
            check_report(w->check, "a list of free pages is out of order");
            return false;
        }
        (void)page_claim(w, tree->name, number, USE_FREE); /* reported there */
    }
    return true;
}

/* The list may be a large value: it is read from the file as a whole. */
static void free_list_entry(struct walker *w, struct tree *tree, const struct node *node)
{
    uint64_t first;
    if (!(node->flags & NODE_BIGDATA)) {
        (void)free_pages_claim(w, tree, node->data, node->data_in_page);
        return;
    }
    if (!overflow_claim(w, tree, node, &first))
        return;
    unsigned char *list =
        malloc(node->data_bytes); /* bounded by the file: its pages were claimed */
    off_t at = (off_t)(first * w->meta->page_bytes + PAGE_HEADER);
    if (!list || pread(w->fd, list, node->data_bytes, at) != (ssize_t)node->data_bytes)
        check_report(w->check, "a list of free pages cannot be read");
    else
        (void)free_pages_claim(w, tree, list, node->data_bytes);
    free(list);
}

static void main_entry(struct walker *w, const struct node *node)
{
    if (node->flags != NODE_SUBDATA || node->data_bytes != DB_BYTES ||
        w->sub_count == ARRAY_COUNT(w->subs) || node->key.len >= sizeof w->names[0]) {
        check_report(w->check, "an entry of the list of tables is damaged");
        return;
    }
    char *name = w->names[w->sub_count];
    memcpy(name, node->key.ptr, node->key.len);
    name[node->key.len] = '\0';
    w->subs[w->sub_count++] = (struct tree){.name = name, .db = read_db(node->data)};
}

static void leaf_visit(struct walker *w, struct tree *tree, const struct frame *frame)
{
    for (size_t i = 0; i < frame->count; i++) {
        struct node node;
        uint64_t first;
        if (!node_at(w, frame, i, &node))
            return; /* cannot happen: keys_ascend saw every node */
        tree->counted.entries++;
        if (tree->is_main)
            main_entry(w, &node);
        else if (tree->is_free_list)
            free_list_entry(w, tree, &node);
        else if (node.flags == NODE_BIGDATA)
            (void)overflow_claim(w, tree, &node, &first); /* reported there */
        else if (node.flags != 0)
            check_report(w->check, "a value in '%s' has unknown flags", tree->name);
    }
}

/* Goes down to the next child; false when the frame at that depth is used up. */
static bool branch_step(struct walker *w, struct tree *tree, size_t *depth)
{
    struct frame *frame = &w->frames[*depth];
    struct node node, right;
    while (frame->next < frame->count) {
        size_t i = frame->next++;
        if (!node_at(w, frame, i, &node))
            continue;
        slice low = i == 0 ? frame->low : node.key;
        slice high = frame->high;
        if (frame->next < frame->count && node_at(w, frame, frame->next, &right))
            high = right.key;
        if (frame_enter(w, tree, *depth + 1, node.child, low, high)) {
            ++*depth;
            return true;
        }
    }
    return false;
}

static void tree_compare(struct walker *w, const struct tree *tree)
{
    const struct pages_db *db = &tree->db, *found = &tree->counted;
    if (db->branch_pages != found->branch_pages || db->leaf_pages != found->leaf_pages ||
        db->overflow_pages != found->overflow_pages || db->entries != found->entries)
        check_report(w->check,
                     "'%s' should have %" PRIu64 " entries, %" PRIu64 " were found, or its page "
                     "counts differ",
                     tree->name, db->entries, found->entries);
}

static void tree_walk(struct walker *w, struct tree *tree)
{
    size_t depth = 0;
    uint16_t flags = tree->is_free_list ? DB_INTEGERKEY : 0;
    uint32_t pad = tree->is_free_list ? w->meta->page_bytes : 0;
    if (tree->db.flags != flags || tree->db.pad != pad || tree->db.depth > DEPTH_MAX ||
        (tree->db.root == NO_PAGE) != (tree->db.depth == 0)) {
        check_report(w->check, "the head of '%s' is damaged", tree->name);
        return;
    }
    if (tree->db.root != NO_PAGE &&
        frame_enter(w, tree, 0, tree->db.root, (slice){0}, (slice){0})) {
        for (;;) {
            if (w->frames[depth].is_leaf)
                leaf_visit(w, tree, &w->frames[depth]);
            else if (branch_step(w, tree, &depth))
                continue;
            if (depth == 0)
                break;
            depth--;
        }
    }
    tree_compare(w, tree);
}

static void report_lost(struct walker *w)
{
    uint64_t lost = 0;
    for (uint64_t i = META_PAGES; i <= w->meta->last_page; i++)
        lost += w->uses[i] == USE_NONE;
    if (lost > 0 && w->check->problems == 0) /* behind a damaged page everything looks lost */
        check_report(w->check, "%" PRIu64 " pages are neither used nor free", lost);
}

status pages_walk(int fd, const struct pages_meta *meta, struct store_check *check,
                  struct error *err)
{
    struct walker *w = calloc(1, sizeof *w);
    unsigned char *uses = calloc(meta->last_page + 1, 1);
    unsigned char *pages = calloc(DEPTH_MAX + 1, meta->page_bytes);
    status rc = ST_OK;
    if (!w || !uses || !pages) {
        rc = error_set(err, ST_NO_MEMORY, "not enough memory");
        goto out;
    }
    *w = (struct walker){.fd = fd, .meta = meta, .check = check, .uses = uses, .pages = pages};
    struct tree free_list = {.name = "free list", .db = meta->free, .is_free_list = true};
    struct tree main_tree = {.name = "list of tables", .db = meta->main, .is_main = true};
    check->pages += META_PAGES;
    tree_walk(w, &main_tree);
    for (size_t i = 0; i < w->sub_count; i++)
        tree_walk(w, &w->subs[i]);
    tree_walk(w, &free_list);
    report_lost(w);
out:
    free(pages);
    free(uses);
    free(w);
    return rc;
}
