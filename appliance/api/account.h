/* What the routes about one's own account share: sessions that begin, passwords that are proved.
 *
 * The handlers of account.c, signup.c, second_factor.c and me.c keep one struct account as their
 * state: what they read and what they make. */
#ifndef API_ACCOUNT_H
#define API_ACCOUNT_H

#include "call.h"
#include "credentials.h"
#include "storage/storage.h"

enum { ACCOUNT_NAME_MAX = 100 };

/* A session about to exist; the cookie's text exists only here and in the answer. */
struct new_session {
    struct token_text token;
    unsigned char csrf[CRYPT_KEY_BYTES];
    char id[STORE_ID_MAX];
};

struct account {
    slice email, password, name, language, token, old_password;
    slice totp; /* code of the second factor, or a recovery code */
    struct store_user user;
    bool known;     /* the address belongs to a user */
    bool proved;    /* the password was right */
    slice new_hash; /* Argon2id of a new password */
    struct crypt_hash token_hash;
    struct new_session session;
};

/* A zeroed state in an arena that is wiped; NULL only when it is exhausted. */
struct account *account_state(struct call *call);

/* check: token, CSRF secret and id of a session, at random. */
void session_prepare(struct call *call, struct new_session *ret);
/* apply: writes the prepared session of in->user. */
status session_store(struct call *call, const struct account *in);
/* reply: {"user":{…},"csrf_token":"…"} with the cookie. */
status reply_signed_in(struct call *call, int http_status, const struct account *in,
                       struct error *err);
/* reply: the cookie goes. */
void cookie_clear(struct call *call);
/* reply: {"status":"success"} */
status ok_reply(struct call *call, struct error *err);

/* A number that stands for a text, keyed: subject of the throttle of tries. */
uint64_t hash_number(const struct call *call, slice text);
/* reply: the password of in->user was right, so that earlier tries do not count any more. */
void tries_forget(struct call *call, const struct account *in);
/* check: {"password"} of the caller into the state and throttle; then own_password_work. */
status own_password_begin(struct call *call, struct account *in, struct error *err);
/* work: in->proved says whether `password` is the account's; an unknown account costs as much as a
 * wrong password. */
void account_prove(struct call *call, struct account *in, slice password);
/* work: ST_UNAUTHENTICATED unless in->password is the password of in->user. */
status own_password_work(struct call *call, struct error *err);
/* The 401 of a wrong address or password. */
status refuse_password(struct call *call, struct error *err);
/* work: the quality of a new password and its Argon2id into in->new_hash. */
status hash_new_password(struct call *call, struct account *in, slice password, struct error *err);

/* apply: `given` against the second factor of `user`, which is changed so that nothing opens twice
 * (the caller puts it). ST_OK without a second factor; else ST_UNAUTHENTICATED totp_required or
 * invalid_totp. Re-runnable: reads no clock. second_factor.c */
status second_factor_use(struct call *call, struct store_user *user, slice given,
                         struct error *err);

#endif
