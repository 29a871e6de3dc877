/* Walks files and directories for an import: sorted, bounded, without following links. */
#include "import/import.h"

#include "base/file.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>

struct path_list {
    slice *at;
    size_t count, cap;
    struct arena *arena;
};

static status list_add(struct path_list *list, slice path, struct error *err)
{
    if (list->count == IMPORT_ENTRIES_MAX)
        return error_set(err, ST_TOO_LARGE, "more than %d files in one directory tree",
                         IMPORT_ENTRIES_MAX);
    void *at = list->at;
    if (!arena_grow(list->arena, &at, &list->cap, list->count, sizeof *list->at))
        return arena_check(list->arena, err);
    list->at = at;
    list->at[list->count++] = path;
    return ST_OK;
}

/* Logs by their endings; everything else in a directory is not ours to judge. */
static bool is_log_name(slice name)
{
    if (slice_has_prefix(name, S("samples_")))
        return false; /* per-sample dumps of lm-evaluation-harness */
    return slice_has_suffix(name, S(".json")) || slice_has_suffix(name, S(".jsonl")) ||
           slice_has_suffix(name, S(".csv")) || slice_has_suffix(name, S(".eval")) ||
           slice_has_suffix(name, S(".zip")) || slice_has_suffix(name, S(".tar")) ||
           slice_has_suffix(name, S(".tar.gz")) || slice_has_suffix(name, S(".tgz"));
}

/* Breadth first, so that no recursion depends on the tree: directories join the end of a queue. */
static status list_directory(struct path_list *dirs, struct path_list *files, slice dir,
                             struct error *err)
{
    DIR *stream = opendir(dir.ptr);
    status rc = ST_OK;
    if (!stream)
        return error_set(err, ST_IO, "cannot open '%s': %s", dir.ptr, errno_text(errno));
    for (struct dirent *entry; rc == ST_OK && (entry = readdir(stream));) {
        struct stat info;
        if (entry->d_name[0] == '.')
            continue;
        slice path = arena_printf(files->arena, "%s/%s", dir.ptr, entry->d_name);
        if (!path.ptr)
            rc = arena_check(files->arena, err);
        else if (lstat(path.ptr, &info) != 0 || S_ISLNK(info.st_mode))
            continue;
        else if (S_ISDIR(info.st_mode))
            rc = list_add(dirs, path, err);
        else if (S_ISREG(info.st_mode) && is_log_name(slice_of(entry->d_name)))
            rc = list_add(files, path, err);
    }
    (void)closedir(stream); /* read only: nothing to lose */
    return rc;
}

static int path_order(const void *a, const void *b)
{
    return slice_cmp(*(const slice *)a, *(const slice *)b);
}

/* A file that is too large is refused like one that is not understood: the others still count. */
static status read_one(struct import *import, const char *path, struct error *err)
{
    struct arena arena;
    slice bytes;
    arena_init(&arena, (size_t)IMPORT_FILE_BYTES_MAX * 2);
    status rc = file_read(path, IMPORT_FILE_BYTES_MAX, &arena, &bytes, err);
    if (rc == ST_OK) {
        rc = import_bytes(import, slice_of(path), bytes, err);
    } else if (rc == ST_TOO_LARGE) {
        struct error why = *err;
        rc = ledger_exclude(import->ledger, slice_of(path), &why, err);
    }
    arena_finish(&arena);
    return rc;
}

status import_list(const char *path, struct arena *arena, struct import_listing *ret,
                   struct error *err)
{
    struct path_list dirs = {.arena = arena};
    struct path_list files = {.arena = arena};
    size_t len = strlen(path);
    while (len > 1 && path[len - 1] == '/')
        len--;
    slice root = arena_copy(arena, slice_make(path, len));
    if (!root.ptr)
        return arena_check(arena, err);
    TRY(list_add(&dirs, root, err));
    for (size_t i = 0; i < dirs.count; i++)
        TRY(list_directory(&dirs, &files, dirs.at[i], err));
    if (files.count)
        qsort(files.at, files.count, sizeof *files.at, path_order);
    *ret = (struct import_listing){files.at, files.count, dirs.at, dirs.count};
    return ST_OK;
}

static status walk(struct import *import, const char *root, struct arena *arena, struct error *err)
{
    struct import_listing list;
    TRY(import_list(root, arena, &list, err));
    for (size_t i = 0; i < list.file_count; i++)
        TRY(read_one(import, list.files[i].ptr, err));
    return ST_OK;
}

status import_path(struct import *import, const char *path, struct error *err)
{
    struct stat info;
    struct arena arena;
    if (strcmp(path, "-") != 0 && stat(path, &info) != 0)
        return error_set(err, ST_NOT_FOUND, "cannot open '%s': %s", path, errno_text(errno));
    if (strcmp(path, "-") == 0 || !S_ISDIR(info.st_mode))
        return read_one(import, path, err);
    arena_init(&arena, 64 << 20);
    status rc = walk(import, path, &arena, err);
    arena_finish(&arena);
    return rc;
}
