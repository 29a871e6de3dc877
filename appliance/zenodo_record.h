/* A record of Zenodo (InvenioRDM) as one struct, whichever of the three dialects it came in:
 *
 * legacy    the default of zenodo.org: top-level doi, conceptdoi, conceptrecid; files is a list
 *           with key, "md5:…" and links.self
 * RDM       application/vnd.inveniordm.v1+json: pids, parent, files.entries by name, person_or_org
 * deposit   filename, filesize, a bare checksum, links.download
 *
 * Everything lives in the arena or borrows from the JSON text. Any thread. */
#ifndef ZENODO_RECORD_H
#define ZENODO_RECORD_H

#include "base/arena.h"
#include "base/json_out.h"

enum {
    ZENODO_FILES_MAX = 2000,
    ZENODO_NAMES_MAX = 500,       /* creators, keywords */
    ZENODO_TEXT_MAX = 64 << 10,   /* description without its markup */
    ZENODO_RECORD_MAX = 512 << 10 /* bytes of the JSON */
};

struct zenodo_file {
    slice key;
    uint64_t size;
    slice md5;  /* 32 lower-case hex digits; empty = none is published */
    slice type; /* "csv": the ending of the key */
    slice url;  /* of the content; empty when the record does not say */
};

struct zenodo_record {
    slice id;         /* of this version */
    slice concept_id; /* of all versions; empty = unknown */
    slice doi, concept_doi;
    slice title, publication_date, version, license, access_right;
    slice description; /* text: markup is gone, entities are characters */
    slice resource_type;
    slice files_url; /* where the list of files is; empty = unknown */
    slice *creators; /* "Doe, Jane" */
    size_t creator_count;
    slice *keywords;
    size_t keyword_count;
    struct zenodo_file *files;
    size_t file_count;
};

/* ST_UPSTREAM, code "zenodo_error": not JSON, not a record, or a value of the wrong kind. */
status zenodo_record_parse(slice json, struct arena *arena, struct zenodo_record *ret,
                           struct error *err);
/* The answer of links.files: replaces the record's files. */
status zenodo_files_parse(slice json, struct arena *arena, struct zenodo_record *record,
                          struct error *err);
/* The record of a list of versions ({hits:{hits:[…]}}) whose metadata.version is `version`, with or
 * without "v" in front: its id. ST_NOT_FOUND. */
status zenodo_versions_find(slice json, slice version, struct arena *arena, slice *ret_id,
                            struct error *err);

enum zenodo_pick {
    ZENODO_FIRST_CSV,   /* as POST /api/analyze_zenodo has always done */
    ZENODO_LARGEST_CSV, /* everywhere else */
};
/* The file of that key; with an empty key the one that `pick` says. NULL when there is none. */
const struct zenodo_file *zenodo_file_find(const struct zenodo_record *record, slice key,
                                           enum zenodo_pick pick);

/* --- citation --- */

/* A BibTeX entry (@dataset or @misc) / an array of one CSL-JSON item. */
void zenodo_bibtex(const struct zenodo_record *record, struct buf *out);
void zenodo_csl(const struct zenodo_record *record, struct json_out *w);

#endif
