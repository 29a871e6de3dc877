/* Judges a data directory that came back after a power cut, as the replayer judges an image.
 *
 *   look ROOT FINAL ACKS SCRATCH     ROOT/data as found, FINAL/data as it was at the end
 *
 * All acknowledgements of ACKS are due. Prints the first problem; ends with 0 when there is none,
 * 1 for a damaged store, 2 for a loss. */
#include "hold/powercut/judge.h"

#include "base/crypt.h"
#include "base/file.h"

#include <fts.h>
#include <stdio.h>
#include <stdlib.h>

enum { FILES_MAX = 1 << 14, FILE_BYTES_MAX = 64 << 20 };

/* Everything below root becomes a name of the image, files with their bytes. */
static void read_dir(char *root, struct arena *arena, struct image *ret)
{
    struct error err;
    char *const paths[] = {root, NULL};
    size_t skip = strlen(root) + 1;
    ret->model = calloc(1, sizeof *ret->model);
    ret->changed = calloc(FILES_MAX, sizeof *ret->changed);
    ret->names = calloc(FILES_MAX, sizeof *ret->names);
    FTS *walk = fts_open(paths, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
    if (!walk || !ret->model || !ret->changed || !ret->names)
        exit(64);
    ret->model->files = ret->changed;
    for (FTSENT *entry; (entry = fts_read(walk));) {
        struct name *name = &ret->names[ret->name_count];
        bool is_file = entry->fts_info == FTS_F;
        if ((!is_file && entry->fts_info != FTS_D) || entry->fts_level == 0)
            continue;
        *name = (struct name){arena_copy(arena, slice_of(entry->fts_path + skip)), -1};
        if (is_file) {
            slice bytes;
            if (file_read(entry->fts_path, FILE_BYTES_MAX, arena, &bytes, &err) != ST_OK) {
                (void)printf("%s\n", err.text);
                exit(1);
            }
            name->file = (int)ret->name_count;
            ret->changed[ret->name_count] = (struct file){
                .bytes = (unsigned char *)(uintptr_t)bytes.ptr, .len = bytes.len, .cap = 1};
        }
        if (++ret->name_count == FILES_MAX)
            exit(64);
    }
    (void)fts_close(walk);
}

int main(int count, char **words)
{
    struct error err;
    struct arena arena;
    struct image image = {0}, final = {0};
    struct acks acks;
    struct verdict verdict = {0};
    if (count != 5 || crypt_init(&err) != ST_OK)
        return 64;
    arena_init(&arena, (size_t)1 << 30);
    read_dir(words[1], &arena, &image);
    read_dir(words[2], &arena, &final);
    acks_load(words[3], /* trace= */ NULL, &acks);
    struct judging judging = {.image = &image,
                              .final = &final,
                              .acks = &acks,
                              .due = acks.count,
                              .scratch = words[4],
                              .verdict = &verdict};
    judge(&judging);
    if (verdict.faults || verdict.lost)
        (void)printf("%s\n", verdict.why);
    return verdict.lost ? 2 : verdict.faults ? 1 : 0;
}
