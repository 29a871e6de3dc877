/* Judges a data directory that came back after a power cut, as the replayer judges an image.
 *
 *   look ROOT FINAL ACKS DUE SCRATCH   ROOT/data as found, FINAL/data as it was at the end
 *
 * The first DUE acknowledgements of ACKS had been given; of the others the effect may be there or
 * not. Prints the first problem; ends with 0 when there is none,
 * 1 for a damaged store, 2 for a loss. */
#include "hold/powercut/judge.h"

#include "base/crypt.h"
#include "base/file.h"

#include <fts.h>
#include <stdio.h>
#include <stdlib.h>

enum { FILES_MAX = 1 << 14, FILE_BYTES_MAX = 64 << 20 };

static slice bytes_of(const char *path, struct arena *arena)
{
    struct error err;
    slice bytes;
    if (file_read(path, FILE_BYTES_MAX, arena, &bytes, &err) != ST_OK) {
        (void)printf("%s\n", err.text);
        exit(1);
    }
    return bytes;
}

/* One entry of the tree; directories are numbered in the order in which they are met. */
static void read_entry(FTSENT *entry, struct arena *arena, struct image *ret)
{
    struct name *name = &ret->names[ret->name_count];
    if (entry->fts_level == 0 || (entry->fts_info != FTS_F && entry->fts_info != FTS_D))
        return;
    *name = (struct name){.parent = (int)entry->fts_parent->fts_number,
                          .leaf = arena_copy(arena, slice_of(entry->fts_name)),
                          .file = -1,
                          .dir = -1};
    if (entry->fts_info == FTS_D) {
        name->dir = ++ret->model->dir_count;
        entry->fts_number = name->dir;
    } else {
        slice bytes = bytes_of(entry->fts_path, arena);
        name->file = (int)ret->name_count;
        ret->changed[ret->name_count] = (struct file){
            .bytes = (unsigned char *)(uintptr_t)bytes.ptr, .len = bytes.len, .cap = 1};
    }
    if (++ret->name_count == FILES_MAX)
        exit(64);
}

static void read_dir(char *root, struct arena *arena, struct image *ret)
{
    char *const paths[] = {root, NULL};
    ret->model = calloc(1, sizeof *ret->model);
    ret->changed = calloc(FILES_MAX, sizeof *ret->changed);
    ret->names = calloc(FILES_MAX, sizeof *ret->names);
    FTS *walk = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
    if (!walk || !ret->model || !ret->changed || !ret->names)
        exit(64);
    ret->model->files = ret->changed;
    for (FTSENT *entry; (entry = fts_read(walk));)
        read_entry(entry, arena, ret);
    (void)fts_close(walk);
}

int main(int count, char **words)
{
    struct error err;
    struct arena arena;
    struct image image = {0}, final = {0};
    struct acks acks;
    struct verdict verdict = {0};
    uint64_t due;
    if (count != 6 || !slice_to_u64(slice_of(words[4]), &due) || crypt_init(&err) != ST_OK)
        return 64;
    arena_init(&arena, (size_t)1 << 30);
    read_dir(words[1], &arena, &image);
    read_dir(words[2], &arena, &final);
    acks_load(words[3], /* trace= */ NULL, &acks);
    struct judging judging = {.image = &image,
                              .final = &final,
                              .acks = &acks,
                              .due = due < acks.count ? due : acks.count,
                              .scratch = words[5],
                              .verdict = &verdict};
    judge(&judging);
    if (verdict.faults || verdict.lost)
        (void)printf("%s\n", verdict.why);
    return verdict.lost ? 2 : verdict.faults ? 1 : 0;
}
