/* The configuration file as the command line changes it: edited, tried, then replaced. */
#ifndef TOOLS_CONFIG_FILE_H
#define TOOLS_CONFIG_FILE_H

#include "tools/cli.h"

#include "config.h"

/* The configuration that a server started with the same flags would use. path NULL = --config. */
status config_now(struct cli *cli, const char *path, struct config *ret, struct error *err);
/* The file that is changed: --config, else the default. */
const char *config_path(const struct cli *cli);
/* Checks that `name` is a setting that may be written; else a suggestion, or that it is a secret.
 */
status config_option_find(struct cli *cli, const char *name, const struct config_option **ret,
                          struct error *err);
/* The file's text with `option` set; *text is replaced (arena). */
status config_text_set(struct cli *cli, slice *text, const struct config_option *option,
                       const char *value, struct error *err);
/* Empty when there is no file yet. */
status config_text_read(struct cli *cli, slice *ret, struct error *err);
/* Validates the text in place of the file (conf.d and environment count) and replaces it; with
 * --dry-run prints the text instead. */
status config_text_write(struct cli *cli, slice text, struct error *err);

#endif
