/* `sleuth serve --dev`: a throw-away instance with an administrator and a test key. */
#ifndef DEV_H
#define DEV_H

#include "base/status.h"

struct app;

enum { DEV_DIR_MAX = 64 };

/* A fresh directory under $TMPDIR or /tmp. */
status dev_dir_make(char dir[static DEV_DIR_MAX], struct error *err);
/* Removes it with everything in it; an empty name is allowed. */
void dev_dir_remove(const char *dir);
/* Makes the administrator and the key through the ordinary routes, prints both on stdout. */
status dev_set_up(struct app *app, struct error *err);

#endif
