/* Reads, writes and judges licences; see license.h for the form of the file. */
#include "license.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/json_out.h"
#include "json.h"

#include <assert.h>
#include <stdio.h>

#define FORMAT_NAME "sleuth-license-1"
/* Keeps a signature of ours under something else from ever being a licence. */
#define SIGNED_PREFIX "sleuth licence\n"

enum {
    KEYS_FILE_MAX = 1 << 14,
    ARENA_BYTES = 1 << 18,
    SIGNATURE_TEXT = 86, /* base64url of 64 bytes */
    MACHINE_ID_MAX = 256,
};

static const char *const built_in[] = {
#define LICENSE_KEY(hex) hex,
#include "license_keys.def"
#undef LICENSE_KEY
    NULL,
};

/* --- keys --- */

static status key_add(struct license_keys *keys, slice hex, struct error *err)
{
    if (keys->count == LICENSE_KEYS_MAX)
        return error_set(err, ST_CONFIG, "at most %d keys may sign licences", LICENSE_KEYS_MAX);
    if (!crypt_hex_decode(keys->key[keys->count], CRYPT_SIGN_PUBLIC_BYTES, hex))
        return error_set(err, ST_CONFIG, "a public key is 64 hexadecimal digits");
    keys->count++;
    return ST_OK;
}

static status keys_file(const char *path, struct license_keys *keys, struct arena *arena,
                        struct error *err)
{
    slice text;
    slice line;
    status rc = file_read(path, KEYS_FILE_MAX, arena, &text, err);
    if (rc != ST_OK)
        return rc == ST_NO_MEMORY ? rc : ST_CONFIG;
    for (int number = 1; slice_split(&text, '\n', &line); number++) {
        slice bare;
        (void)slice_split(&line, '#', &bare); /* a line always has a first part */
        bare = slice_trim(bare);
        if (bare.len == 0)
            continue;
        rc = key_add(keys, bare, err);
        if (rc != ST_OK)
            return error_wrap(err, rc, "%s:%d", path, number);
    }
    return ST_OK;
}

status license_keys_load(const char *path, struct license_keys *ret, struct error *err)
{
    struct arena arena;
    *ret = (struct license_keys){0};
    for (size_t i = 0; built_in[i]; i++)
        TRY(key_add(ret, slice_of(built_in[i]), err));
    if (!path || !path[0])
        return ST_OK;
    arena_init(&arena, ARENA_BYTES);
    status rc = keys_file(path, ret, &arena, err);
    arena_finish(&arena);
    return rc;
}

/* --- writing --- */

static void put_time(struct json_out *w, const char *key, int64_t ms)
{
    char text[TIME_TEXT_MAX];
    json_key_str(w, key, time_rfc3339(ms, text));
}

/* The canonical text; without a signature it is what is signed. */
static void put_members(struct buf *out, const struct license *license, slice signature)
{
    struct json_out w;
    char hex[2 * CRYPT_SIGN_PUBLIC_BYTES + 1];
    json_out_init(&w, out, 0);
    json_object(&w);
    json_key_str(&w, "format", S(FORMAT_NAME));
    if (license->host_id[0])
        json_key_str(&w, "hostid", slice_of(license->host_id));
    json_key_str(&w, "id", slice_of(license->id));
    put_time(&w, "issued_at", license->issued_ms);
    json_key_str(&w, "key", crypt_hex(hex, license->public_key, CRYPT_SIGN_PUBLIC_BYTES));
    json_key_str(&w, "licensee", slice_of(license->licensee));
    put_time(&w, "not_after", license->not_after_ms);
    put_time(&w, "not_before", license->not_before_ms);
    json_key_str(&w, "plan", slice_of(plan_slug(license->plan)));
    json_key(&w, "quotas");
    json_object(&w);
    if (license->analyses_per_month != PLAN_UNLIMITED)
        json_key_u64(&w, "analyses_per_month", license->analyses_per_month);
    json_end(&w);
    json_key_u64(&w, "seats", license->seats);
    if (signature.len)
        json_key_str(&w, "signature", signature);
    json_end(&w);
}

static bool is_host_id(const char *text)
{
    unsigned char bytes[(LICENSE_HOST_MAX - 1) / 2];
    return crypt_hex_decode(bytes, sizeof bytes, slice_of(text));
}

static bool whole_seconds(int64_t ms)
{
    return ms > 0 && ms % 1000 == 0;
}

static status check_members(const struct license *license, struct error *err)
{
    if (license->id[0] == 0 || license->licensee[0] == 0 ||
        !slice_is_utf8(slice_of(license->licensee)))
        return error_set(err, ST_INVALID, "a licence needs an id and a licensee");
    if (license->seats < 1 || license->seats > LICENSE_SEATS_MAX)
        return error_set(err, ST_INVALID, "a licence has 1 to %d seats", LICENSE_SEATS_MAX);
    if (license->analyses_per_month != PLAN_UNLIMITED &&
        license->analyses_per_month > LICENSE_ANALYSES_MAX)
        return error_set(err, ST_INVALID, "the quota of analyses is too large");
    if (license->host_id[0] && !is_host_id(license->host_id))
        return error_set(err, ST_INVALID, "a host id is 32 hexadecimal digits");
    if (!whole_seconds(license->issued_ms) || !whole_seconds(license->not_before_ms) ||
        !whole_seconds(license->not_after_ms))
        return error_set(err, ST_INVALID, "the times of a licence are whole seconds");
    if (license->not_after_ms <= license->not_before_ms)
        return error_set(err, ST_INVALID, "the licence ends before it begins");
    return ST_OK;
}

status license_sign(struct license *license, const unsigned char seed[static CRYPT_SIGN_SEED_BYTES],
                    struct buf *out, struct error *err)
{
    unsigned char secret[CRYPT_SIGN_SECRET_BYTES];
    unsigned char signature[CRYPT_SIGNATURE_BYTES];
    char text[SIGNATURE_TEXT + 1];
    struct buf message;
    TRY(check_members(license, err));
    crypt_sign_keypair(license->public_key, secret, seed);
    buf_init(&message, LICENSE_TEXT_MAX);
    buf_put(&message, S(SIGNED_PREFIX));
    put_members(&message, license, S(""));
    status rc = buf_check(&message, err);
    if (rc == ST_OK) {
        crypt_sign(signature, secret, buf_slice(&message));
        put_members(out, license, crypt_base64url(text, signature, sizeof signature));
        buf_put_byte(out, '\n');
        rc = buf_check(out, err);
    }
    crypt_wipe(secret, sizeof secret);
    buf_finish(&message);
    return rc;
}

/* --- reading --- */

struct members {
    slice format, host_id, id, issued_at, key, licensee, not_after, not_before, plan, signature;
    const struct json *quotas;
    uint64_t seats;
};

static status read_members(const struct json *root, struct members *in, struct error *err)
{
    const struct json_member members[] = {
        JSON_STR("format", &in->format, 1, 40),
        JSON_STR_OPT("hostid", &in->host_id, 1, LICENSE_HOST_MAX - 1),
        JSON_STR("id", &in->id, 1, LICENSE_ID_MAX - 1),
        JSON_STR("issued_at", &in->issued_at, 1, 40),
        JSON_STR("key", &in->key, 1, 2 * CRYPT_SIGN_PUBLIC_BYTES),
        JSON_STR("licensee", &in->licensee, 1, LICENSE_NAME_MAX - 1),
        JSON_STR("not_after", &in->not_after, 1, 40),
        JSON_STR("not_before", &in->not_before, 1, 40),
        JSON_STR("plan", &in->plan, 1, 20),
        JSON_TREE_OPT("quotas", &in->quotas),
        JSON_U64("seats", &in->seats, 1, LICENSE_SEATS_MAX),
        JSON_STR("signature", &in->signature, SIGNATURE_TEXT, SIGNATURE_TEXT),
    };
    return json_members(root, members, ARRAY_COUNT(members), JSON_STRICT, err);
}

static void take(char *ret, size_t room, slice text)
{
    assert(text.len < room);
    if (text.len > 0) /* an absent member has no bytes to point at */
        memcpy(ret, text.ptr, text.len);
    ret[text.len] = 0;
}

static status fill(const struct members *in, struct license *ret, struct error *err)
{
    *ret = (struct license){.seats = in->seats, .analyses_per_month = PLAN_UNLIMITED};
    const struct json_member quotas[] = {
        JSON_U64_OPT("analyses_per_month", &ret->analyses_per_month, 0, LICENSE_ANALYSES_MAX)};
    if (!slice_eq(in->format, S(FORMAT_NAME)))
        return error_set(err, ST_INVALID, "the format is not '%s'", FORMAT_NAME);
    if (in->quotas)
        TRY(json_members(in->quotas, quotas, ARRAY_COUNT(quotas), JSON_STRICT, err));
    take(ret->id, sizeof ret->id, in->id);
    take(ret->licensee, sizeof ret->licensee, in->licensee);
    take(ret->host_id, sizeof ret->host_id, in->host_id);
    if (!plan_from_slug(in->plan, &ret->plan) || !time_parse(in->issued_at, &ret->issued_ms) ||
        !time_parse(in->not_before, &ret->not_before_ms) ||
        !time_parse(in->not_after, &ret->not_after_ms) ||
        !crypt_hex_decode(ret->public_key, sizeof ret->public_key, in->key))
        return error_set(err, ST_INVALID, "plan, times or key are not well-formed");
    return check_members(ret, err);
}

static bool is_trusted(const struct license_keys *keys, const struct license *license)
{
    for (size_t i = 0; i < keys->count; i++)
        if (memcmp(keys->key[i], license->public_key, CRYPT_SIGN_PUBLIC_BYTES) == 0)
            return true;
    return false;
}

/* The text must be the canonical one, and the signature that of a trusted key. */
static status verify(slice text, slice signature, const struct license_keys *keys,
                     const struct license *license, struct arena *arena, struct error *err)
{
    unsigned char bytes[CRYPT_SIGNATURE_BYTES];
    struct buf again;
    struct buf message;
    buf_init_arena(&again, arena, LICENSE_TEXT_MAX);
    put_members(&again, license, signature);
    buf_init_arena(&message, arena, LICENSE_TEXT_MAX);
    buf_put(&message, S(SIGNED_PREFIX));
    put_members(&message, license, S(""));
    TRY(buf_check(&again, err));
    TRY(buf_check(&message, err));
    if (!slice_eq(text, buf_slice(&again)))
        return error_code(err, ST_VERIFY, "license_changed",
                          "the licence was changed or re-formatted; use the file as it came");
    if (!is_trusted(keys, license))
        return error_code(err, ST_VERIFY, "license_signer",
                          "the licence is signed by a key that is not trusted here");
    if (!crypt_base64url_decode(bytes, sizeof bytes, signature) ||
        !crypt_verify(bytes, license->public_key, buf_slice(&message)))
        return error_code(err, ST_VERIFY, "license_signature",
                          "the signature of the licence does not match its text");
    return ST_OK;
}

static status read_text(slice text, const struct license_keys *keys, struct license *ret,
                        struct arena *arena, struct error *err)
{
    const struct json *root;
    struct members in = {0};
    TRY(json_parse(text, arena, &root, err));
    TRY(read_members(root, &in, err));
    TRY(fill(&in, ret, err));
    return verify(text, in.signature, keys, ret, arena, err);
}

status license_read(slice text, const struct license_keys *keys, struct license *ret,
                    struct error *err)
{
    struct arena arena;
    struct license license;
    if (text.len > LICENSE_TEXT_MAX)
        return error_set(err, ST_INVALID, "this is no licence: it has more than %d bytes",
                         LICENSE_TEXT_MAX);
    /* Editors and mail leave one line end, of either kind. */
    if (slice_has_suffix(text, S("\n")))
        text.len -= slice_has_suffix(text, S("\r\n")) ? 2 : 1;
    arena_init(&arena, ARENA_BYTES);
    status rc = read_text(text, keys, &license, &arena, err);
    arena_finish(&arena);
    if (rc == ST_OK)
        *ret = license;
    else if (rc != ST_VERIFY)
        rc = error_wrap(err, ST_INVALID, "this is no licence");
    return rc;
}

/* --- the machine --- */

slice license_host_id(const char *path, char ret[static LICENSE_HOST_MAX])
{
    struct arena arena;
    struct crypt_hash hash;
    struct error err = {0};
    slice id;
    ret[0] = 0;
    arena_init(&arena, MACHINE_ID_MAX * 4);
    if (file_read(path ? path : "/etc/machine-id", MACHINE_ID_MAX, &arena, &id, &err) == ST_OK &&
        slice_trim(id).len > 0) {
        crypt_hash(&hash, S("sleuth host of a licence"), slice_trim(id));
        (void)crypt_hex(ret, hash.bytes, (LICENSE_HOST_MAX - 1) / 2);
    }
    arena_finish(&arena);
    return slice_of(ret);
}

/* --- what it means at a moment --- */

enum license_state license_state_at(const struct license *license, slice host_id, int64_t now_ms)
{
    if (license->id[0] == 0)
        return LICENSE_NONE;
    if (license->host_id[0] && !slice_eq(slice_of(license->host_id), host_id))
        return LICENSE_FOREIGN;
    if (now_ms < license->not_before_ms)
        return LICENSE_FUTURE;
    if (now_ms < license->not_after_ms)
        return license->not_after_ms - now_ms <= LICENSE_WARN_MS ? LICENSE_EXPIRING : LICENSE_VALID;
    return now_ms - license->not_after_ms < LICENSE_GRACE_MS ? LICENSE_GRACE : LICENSE_EXPIRED;
}

const char *license_state_name(enum license_state state)
{
    static const char *const names[] = {[LICENSE_NONE] = "none",
                                        [LICENSE_FOREIGN] = "other_host",
                                        [LICENSE_FUTURE] = "not_yet_valid",
                                        [LICENSE_VALID] = "valid",
                                        [LICENSE_EXPIRING] = "expiring",
                                        [LICENSE_GRACE] = "grace",
                                        [LICENSE_EXPIRED] = "expired"};
    return names[state];
}

bool license_counts(enum license_state state)
{
    return state == LICENSE_VALID || state == LICENSE_EXPIRING || state == LICENSE_GRACE;
}
