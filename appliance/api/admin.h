/* What the administrator's route tables share. */
#ifndef API_ADMIN_H
#define API_ADMIN_H

#include "credentials.h"
#include "storage/storage.h"

struct call;

/* The user whom the path parameter ":id" means: a number or an e-mail address. */
status admin_find_user(struct call *call, struct store_user *ret, struct error *err);

#endif
