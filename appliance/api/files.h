/* What the routes of files share: own files only, their JSON, the plan's space. */
#ifndef API_FILES_H
#define API_FILES_H

#include "call.h"
#include "content.h"
#include "storage/storage.h"

enum { FILE_HASH_TEXT_MAX = 2 * CRYPT_HASH_BYTES + 1 };

/* Rows are keyed by (user, id): another user's file is as absent as one that never was.
 * ST_NOT_FOUND (file_not_found). Check and apply. */
status file_find(struct call *call, slice id, struct store_stored_file *ret, struct error *err);
/* The same for a file that is there as a whole: ST_CONFLICT (upload_incomplete) otherwise. */
status file_find_complete(struct call *call, slice id, struct store_stored_file *ret,
                          struct error *err);

/* For other routes that read files, in any stage: file_find_complete, and ST_FORBIDDEN when the
 * call's key lacks files:read. Anonymous calls have no files. */
status file_look_up(struct call *call, slice id, struct store_stored_file *ret, struct error *err);

/* Members of the open object. */
void file_put(struct json_out *w, const struct store_stored_file *file);
/* The entity tag: the hash of the content, or the version of an upload. In the arena. */
slice file_tag(struct call *call, const struct store_stored_file *file);
struct crypt_hash file_hash(const struct store_stored_file *file);

/* ST_LIMIT (file_quota_exceeded) when so many more bytes do not fit the user's space. */
status file_check_space(struct call *call, uint64_t more_bytes, struct error *err);

/* ST_VERIFY (digest_mismatch) unless the body is what its Content-Digest says. In a pool. */
status file_check_digest(struct call *call, struct error *err);

/* Apply: the content is on disk. Names the blob, makes the record complete, and writes the audit
 * entry. When the user has that content already, *file becomes that record, *ret_existed is true,
 * and a record of the same id that was uploading is removed. */
status file_keep(struct call *call, struct store_stored_file *file, const struct content *content,
                 bool *ret_existed, struct error *err);

#endif
