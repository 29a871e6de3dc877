/* The disk's model; see model.h. */
#include "model.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PAGE = 4096, SECTOR = 512, FILES_MAX = 1 << 14, NAMES_MAX = 1 << 14, PENDING_MAX = 1 << 20 };

const char *const variant_names[CUT_VARIANTS] = {"none", "all", "last only", "random pages",
                                                 "torn sectors"};

static void die(const char *what, const char *subject)
{
    (void)fprintf(stderr, "powercut: %s: %s\n", what, subject);
    exit(2);
}

static void *reserve(size_t count, size_t bytes)
{
    void *room = calloc(count, bytes);
    if (!room)
        die("not enough memory", "model");
    return room;
}

uint64_t chance(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * UINT64_C(2685821657736338717);
}

/* --- the trace -------------------------------------------------------------------------------- */

static slice take(const char **at, const char *end, size_t len)
{
    if ((size_t)(end - *at) < len)
        die("the trace is cut short", "");
    slice part = slice_make(*at, len);
    *at += len;
    return part;
}

static void event_read(const char **at, const char *end, struct event *ret)
{
    struct event_head head;
    memcpy(&head, take(at, end, sizeof head).ptr, sizeof head);
    if (head.magic != EVENT_MAGIC || head.kind == 0 || head.kind >= EVENT_KINDS)
        die("not a trace", "");
    *ret = (struct event){
        .kind = (enum event_kind)head.kind, .inode = head.inode, .offset = head.offset};
    ret->name = take(at, end, head.name_len);
    ret->other = take(at, end, head.other_len);
    ret->data = take(at, end, head.data_len);
}

void trace_load(const char *path, struct trace *ret)
{
    struct stat info;
    size_t cap = 1024;
    int fd = open(path, O_RDONLY);
    if (fd < 0 || fstat(fd, &info) != 0 || info.st_size == 0)
        die("cannot read", path);
    const char *at = mmap(NULL, (size_t)info.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (at == MAP_FAILED)
        die("cannot map", path);
    (void)close(fd);
    *ret = (struct trace){.events = reserve(cap, sizeof *ret->events)};
    for (const char *end = at + info.st_size; at < end; ret->count++) {
        if (ret->count == cap)
            ret->events = realloc(ret->events, (cap *= 2) * sizeof *ret->events);
        if (!ret->events)
            die("not enough memory", "trace");
        event_read(&at, end, &ret->events[ret->count]);
    }
}

/* --- files ------------------------------------------------------------------------------------ */

static void file_size(struct file *file, size_t len)
{
    if (len > file->cap) {
        size_t cap = len + len / 2 + PAGE;
        file->bytes = realloc(file->bytes, cap);
        if (!file->bytes)
            die("not enough memory", "file");
        file->cap = cap;
    }
    if (len > file->len)
        memset(file->bytes + file->len, 0, len - file->len);
    file->len = len;
}

static void file_write(struct file *file, uint64_t offset, slice data)
{
    if (data.len == 0)
        return;
    if (offset + data.len > file->len)
        file_size(file, offset + data.len);
    memcpy(file->bytes + offset, data.ptr, data.len);
}

static int file_find(const struct model *model, uint64_t inode)
{
    for (size_t i = model->file_count; i > 0; i--)
        if (model->files[i - 1].inode == inode && !model->files[i - 1].gone)
            return (int)(i - 1);
    return -1;
}

static int file_add(struct model *model, uint64_t inode)
{
    int old = file_find(model, inode);
    if (old >= 0)
        model->files[old].gone = true;
    if (model->file_count == FILES_MAX)
        die("too many files", "model");
    model->files[model->file_count] = (struct file){.inode = inode};
    return (int)model->file_count++;
}

/* --- names ------------------------------------------------------------------------------------ */

static int name_find(const struct name *names, size_t count, int parent, slice leaf)
{
    for (size_t i = 0; i < count; i++)
        if (names[i].parent == parent && slice_eq(names[i].leaf, leaf))
            return (int)i;
    return -1;
}

static void name_put(struct name *names, size_t *count, const struct name *name)
{
    int at = name_find(names, *count, name->parent, name->leaf);
    if (at < 0 && *count == NAMES_MAX)
        die("too many names", "model");
    names[at < 0 ? (int)(*count)++ : at] = *name;
}

static void name_drop(struct name *names, size_t *count, const struct name *name)
{
    int at = name_find(names, *count, name->parent, name->leaf);
    if (at >= 0)
        names[at] = names[--*count];
}

/* The entry of a path; its parent is -1 when a directory on the way is missing, its file and dir
 * are when the entry itself is. */
static struct name name_at(const struct name *names, size_t count, slice path)
{
    struct name name = {.parent = -1, .leaf = S(""), .file = -1, .dir = ROOT_DIR};
    slice leaf;
    while (path.len && slice_split(&path, '/', &leaf)) { /* the root has an empty path */
        int at = name.dir >= 0 ? name_find(names, count, name.dir, leaf) : -1;
        name = (struct name){.parent = name.dir, .leaf = leaf, .file = -1, .dir = -1};
        if (at >= 0)
            name = names[at];
    }
    return name;
}

static void names_apply(struct name *names, size_t *count, const struct pending *op)
{
    enum event_kind kind = op->event->kind;
    if (kind == EVENT_RENAME || kind == EVENT_UNLINK || kind == EVENT_EXCHANGE)
        name_drop(names, count, &op->from);
    if (kind == EVENT_EXCHANGE) {
        struct name other = op->from;
        other.file = op->to.file;
        other.dir = op->to.dir;
        name_put(names, count, &other);
    }
    if (kind == EVENT_UNLINK)
        return;
    struct name name = op->to;
    if (kind != EVENT_CREATE && kind != EVENT_MKDIR) {
        name.file = op->from.file;
        name.dir = op->from.dir;
    }
    name_put(names, count, &name);
}

/* --- one event after the other ---------------------------------------------------------------- */

void model_init(struct model *model)
{
    *model = (struct model){.files = reserve(FILES_MAX, sizeof *model->files),
                            .names = reserve(NAMES_MAX, sizeof *model->names),
                            .live = reserve(NAMES_MAX, sizeof *model->live),
                            .pending = reserve(PENDING_MAX, sizeof *model->pending)};
}

static struct pending *pending_add(struct model *model, const struct event *event, int file)
{
    if (model->pending_count == PENDING_MAX)
        die("too many writes without a barrier", "model");
    struct pending *op = &model->pending[model->pending_count++];
    *op = (struct pending){.event = event, .file = file};
    return op;
}

static void content_apply(struct model *model, const struct pending *op)
{
    model->files[op->file].hash = 0;
    if (op->event->kind == EVENT_WRITE)
        file_write(&model->files[op->file], op->event->offset, op->event->data);
    if (op->event->kind == EVENT_SIZE)
        file_size(&model->files[op->file], op->event->offset);
}

static bool is_content(const struct pending *op)
{
    return op->event->kind == EVENT_WRITE || op->event->kind == EVENT_SIZE;
}

/* Makes durable what `belongs` says; the rest stays pending, in order. */
static void settle(struct model *model, bool (*belongs)(const struct pending *, const void *),
                   const void *arg)
{
    size_t kept = 0;
    for (size_t i = 0; i < model->pending_count; i++) {
        struct pending *op = &model->pending[i];
        if (!belongs(op, arg)) {
            model->pending[kept++] = *op;
            continue;
        }
        if (is_content(op))
            content_apply(model, op);
        else
            names_apply(model->names, &model->name_count, op);
    }
    model->pending_count = kept;
}

static bool is_of_file(const struct pending *op, const void *arg)
{
    return is_content(op) && op->file == *(const int *)arg;
}

static bool is_one(const struct pending *op, const void *arg)
{
    return op->event == arg;
}

/* A rename between directories is settled by a sync of the one it goes to: the old name that may
 * come back is dropped with it, which no caller relies on. */
static bool is_in_dir(const struct pending *op, const void *arg)
{
    int parent = op->event->kind == EVENT_UNLINK ? op->from.parent : op->to.parent;
    return !is_content(op) && parent == *(const int *)arg;
}

static void durable_write(struct model *model)
{
    for (size_t i = model->pending_count; i > 0; i--)
        if (model->pending[i - 1].event->kind == EVENT_WRITE) {
            settle(model, is_one, model->pending[i - 1].event);
            return;
        }
}

static void name_event(struct model *model, const struct event *event)
{
    struct pending *op = pending_add(model, event, -1);
    bool makes = event->kind == EVENT_CREATE || event->kind == EVENT_MKDIR;
    op->from = name_at(model->live, model->live_count, event->name);
    op->to = name_at(model->live, model->live_count, makes ? event->name : event->other);
    if (event->kind == EVENT_CREATE)
        op->to.file = file_add(model, event->inode);
    if (event->kind == EVENT_MKDIR)
        op->to.dir = ++model->dir_count;
    if (op->from.parent < 0 || (event->kind != EVENT_UNLINK && op->to.parent < 0))
        die("a name in a directory that nobody made", "model");
    names_apply(model->live, &model->live_count, op);
}

void model_step(struct model *model, const struct event *event)
{
    int file, dir;
    switch (event->kind) {
    case EVENT_WRITE:
    case EVENT_SIZE:
        file = file_find(model, event->inode);
        if (file < 0)
            die("a write to a file that nobody made", "model");
        pending_add(model, event, file);
        break;
    case EVENT_DURABLE:
        durable_write(model);
        break;
    case EVENT_SYNC:
        file = file_find(model, event->inode);
        settle(model, is_of_file, &file);
        break;
    case EVENT_SYNC_DIR:
        dir = name_at(model->live, model->live_count, event->name).dir;
        settle(model, is_in_dir, &dir);
        break;
    case EVENT_CREATE:
    case EVENT_MKDIR:
    case EVENT_RENAME:
    case EVENT_EXCHANGE:
    case EVENT_UNLINK:
    case EVENT_LINK:
        name_event(model, event);
        break;
    case EVENT_ANSWER:
    case EVENT_KINDS:
        break;
    }
}

/* --- images ----------------------------------------------------------------------------------- */

static struct file *image_changed(struct image *image, int at)
{
    const struct file *durable = &image->model->files[at];
    struct file *copy = &image->changed[at];
    if (copy->cap == 0) {
        copy->cap = durable->len + 64 * PAGE;
        copy->bytes = malloc(copy->cap);
        if (!copy->bytes)
            die("not enough memory", "image");
        copy->len = durable->len;
        if (durable->len)
            memcpy(copy->bytes, durable->bytes, durable->len);
    }
    return copy;
}

/* Each aligned piece of the write is there or not. */
static void write_torn(struct file *file, const struct event *event, size_t piece, uint64_t *state)
{
    for (size_t done = 0; done < event->data.len;) {
        uint64_t at = event->offset + done;
        size_t len = piece - at % piece;
        len = len < event->data.len - done ? len : event->data.len - done;
        if (chance(state) >> 40 & 1)
            file_write(file, at, slice_sub(event->data, done, len));
        done += len;
    }
}

static void image_apply(struct image *image, const struct pending *op, enum variant variant,
                        uint64_t *state)
{
    bool is_random = variant == CUT_PAGES || variant == CUT_SECTORS;
    if (op->event->kind == EVENT_WRITE && is_random)
        write_torn(image_changed(image, op->file), op->event, variant == CUT_PAGES ? PAGE : SECTOR,
                   state);
    else if (is_random && chance(state) >> 40 & 1)
        return;
    else if (op->event->kind == EVENT_WRITE)
        file_write(image_changed(image, op->file), op->event->offset, op->event->data);
    else if (op->event->kind == EVENT_SIZE)
        file_size(image_changed(image, op->file), op->event->offset);
    else
        names_apply(image->names, &image->name_count, op);
}

void image_make(struct model *model, enum variant variant, uint64_t seed, struct image *ret)
{
    uint64_t state = seed | 1;
    *ret = (struct image){.model = model,
                          .names = reserve(NAMES_MAX, sizeof *ret->names),
                          .name_count = model->name_count,
                          .changed = reserve(model->file_count + 1, sizeof *ret->changed)};
    memcpy(ret->names, model->names, model->name_count * sizeof *ret->names);
    for (size_t i = 0; i < model->pending_count && variant != CUT_NONE; i++)
        if (variant != CUT_LAST || i + 1 == model->pending_count)
            image_apply(ret, &model->pending[i], variant, &state);
}

void image_free(struct image *image)
{
    for (size_t i = 0; i < image->model->file_count; i++)
        free(image->changed[i].bytes);
    free(image->changed);
    free(image->names);
}

static slice image_content(const struct image *image, int file)
{
    const struct file *of =
        image->changed[file].cap ? &image->changed[file] : &image->model->files[file];
    return slice_make(of->bytes ? (const char *)of->bytes : "", of->len);
}

slice image_file(const struct image *image, slice path)
{
    struct name name = name_at(image->names, image->name_count, path);
    return name.file < 0 ? (slice){NULL, 0} : image_content(image, name.file);
}

int image_dir(const struct image *image, slice path)
{
    return name_at(image->names, image->name_count, path).dir;
}

static uint64_t mix(uint64_t hash, slice bytes)
{
    size_t i = 0;
    for (uint64_t word; i + 8 <= bytes.len; i += 8) {
        memcpy(&word, bytes.ptr + i, 8);
        hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
        hash ^= hash >> 29;
    }
    for (; i < bytes.len; i++)
        hash = (hash ^ (unsigned char)bytes.ptr[i]) * UINT64_C(0x100000001b3);
    return hash ^ bytes.len;
}

/* What is durable keeps its hash until it changes. */
static uint64_t content_hash(const struct image *image, int at)
{
    struct file *durable = &image->model->files[at];
    if (image->changed[at].cap)
        return mix(0, image_content(image, at));
    if (durable->hash == 0)
        durable->hash = mix(0, image_content(image, at)) | 1;
    return durable->hash;
}

/* The sum over names does not depend on their order. */
uint64_t image_hash(const struct image *image)
{
    uint64_t sum = image->name_count;
    for (size_t i = 0; i < image->name_count; i++) {
        const struct name *name = &image->names[i];
        uint64_t hash =
            mix(UINT64_C(0xcbf29ce484222325) + (uint64_t)(name->parent * 64), name->leaf);
        hash += (uint64_t)(name->dir + 1) * UINT64_C(0x2545f4914f6cdd1d);
        if (name->file >= 0)
            hash += (content_hash(image, name->file) | 1) * UINT64_C(0x9e3779b97f4a7c15);
        sum += hash * (hash | 1);
    }
    return sum;
}
