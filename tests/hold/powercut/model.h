/* A disk as a power cut may find it: what is durable, what is not yet, and images made of both.
 *
 * The model is harsher than any file system in use: without a barrier of its own, any 4096-byte
 * page or 512-byte sector of a write, any change of a size and any change of a name may be there or
 * not, in any order. A sync of a file says nothing of its name, one of a directory nothing of its
 * parent. A sector is written whole or not at all. */
#ifndef POWERCUT_MODEL_H
#define POWERCUT_MODEL_H

#include "trace.h"

#include "base/slice.h"

struct event {
    enum event_kind kind;
    slice name, other, data;
    uint64_t inode, offset;
};

/* The whole trace, mapped. Exits with a message when it cannot be read. */
struct trace {
    struct event *events;
    size_t count;
};
void trace_load(const char *path, struct trace *ret);

struct file {
    uint64_t inode;
    bool gone; /* its inode number was given to a newer file */
    unsigned char *bytes;
    size_t len, cap;
    uint64_t hash; /* of the bytes; 0 = not known */
};

/* An entry of a directory. Directories have numbers of their own, so that one may be renamed with
 * all that is in it. */
enum { ROOT_DIR = 0 };
struct name {
    int parent; /* number of the directory it stands in */
    slice leaf;
    int file; /* index of a file, or -1 */
    int dir;  /* number of a directory, or -1 */
};

/* Something that is not durable yet: what an event did to a file, or to entries. */
struct pending {
    const struct event *event;
    int file;             /* of WRITE and SIZE */
    struct name from, to; /* entries before and after, as the running system saw them */
};

struct model {
    struct file *files;
    size_t file_count;
    struct name *names; /* durable */
    size_t name_count;
    struct name *live; /* as the running system sees them */
    size_t live_count;
    int dir_count;
    struct pending *pending;
    size_t pending_count;
};
void model_init(struct model *model);
/* The next event happened. */
void model_step(struct model *model, const struct event *event);

enum variant { CUT_NONE, CUT_ALL, CUT_LAST, CUT_PAGES, CUT_SECTORS, CUT_VARIANTS };
extern const char *const variant_names[CUT_VARIANTS];

/* The disk after a cut. */
struct image {
    struct model *model;
    struct name *names;
    size_t name_count;
    struct file *changed; /* parallel to model->files; bytes NULL = as durable */
};
/* Random choices are made from `seed`. Freed by image_free. */
void image_make(struct model *model, enum variant variant, uint64_t seed, struct image *ret);
void image_free(struct image *image);
/* The bytes behind a path, all of whose directories exist; ptr NULL = there is none. */
slice image_file(const struct image *image, slice path);
/* Number of a directory, -1 = there is none. */
int image_dir(const struct image *image, slice path);
/* Of names and contents. */
uint64_t image_hash(const struct image *image);

uint64_t chance(uint64_t *state); /* xorshift64*, reproducible */

#endif
