/* Makes bundles on the command line: from Zenodo, from files and directories, from stored rows. No
 * server is needed for the first two. */
#ifndef TOOLS_DATASET_PACK_H
#define TOOLS_DATASET_PACK_H

#include "tools/cli.h"

#include "pack.h"
#include "source.h"

/* A bundle that is being written: to a name when it is complete, or to nameless temporary space. */
struct pack_file_out {
    const char *path; /* NULL: temporary */
    char part[4096];  /* path + ".part" until it is complete */
    int fd;
};
status pack_out_open(const char *path, struct pack_file_out *ret, struct error *err);
/* Gives a complete bundle its name; removes an incomplete one. */
status pack_out_close(struct pack_file_out *out, bool complete, struct error *err);

/* The end of a bundle, signed with the key of --sign FILE when that was given. */
status pack_finish(struct cli *cli, struct pack_writer *writer, struct error *err);
/* Can --sign FILE be used? Before long work. */
status pack_signer_check(struct cli *cli, struct error *err);

/* The record's chosen files, downloaded into the bundle and compared. --files GLOB chooses. */
status pack_from_zenodo(struct cli *cli, const struct source *source, int fd, struct pack *ret,
                        struct error *err);
/* Files and directories; with `checked`, SHA256SUMS or md5sums beside the files must name and match
 * every one of them (ST_VERIFY). */
status pack_from_paths(struct cli *cli, const char *const *paths, size_t count, bool checked,
                       int fd, struct pack *ret, struct error *err);
/* All files of a stored data set. */
status pack_from_store(struct cli *cli, const char *name, int fd, struct pack *ret,
                       struct error *err);

/* source_parse for words that may be paths. */
status source_of_word(const char *word, struct source *ret, struct error *err);
/* The bytes of `zenodo://…` or `dataset:…` in the arena; a path is left alone: the
 * caller reads it. *ret_is_source says which. The arena must not be cli's own. */
status source_text(struct cli *cli, const char *word, struct arena *arena, bool *ret_is_source,
                   slice *ret, struct error *err);

/* What a record of Zenodo holds, before anything is downloaded. */
status zenodo_show(struct cli *cli, const struct source *source, struct error *err);

#endif
