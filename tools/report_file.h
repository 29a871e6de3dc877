/* A report in a file, sealed or plain, and the options that it was made with. */
#ifndef TOOLS_REPORT_FILE_H
#define TOOLS_REPORT_FILE_H

#include "tools/detection.h"

#include "json.h"

struct report_file {
    slice bytes;
    bool sealed;
    struct report_seal seal;   /* when sealed; already verified */
    slice canonical;           /* the members that a recomputation must give again */
    const struct json *report; /* parsed */
    bool is_record; /* sealed, but of a project: a frozen protocol or a project's report */
};

/* Reads the file; a sealed one is verified against public_key (NULL = the key inside).
 * ST_VERIFY when the seal is broken, ST_INVALID when it is no report. */
status report_file_read(struct cli *cli, const char *path, const unsigned char *public_key,
                        struct report_file *ret, struct error *err);

/* The settings that recompute the report, from its "options". */
status report_file_settings(struct cli *cli, const struct report_file *file,
                            struct detect_settings *ret, struct error *err);

/* True when `canonical`, printed again, is what the file holds. */
bool report_file_holds(const struct report_file *file, slice canonical);

/* A public key as 64 hex digits, or a file that holds them. */
status public_key_read(struct cli *cli, const char *text,
                       unsigned char ret[static CRYPT_SIGN_PUBLIC_BYTES], struct error *err);

#endif
