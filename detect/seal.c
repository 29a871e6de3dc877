/* Seals a report with Ed25519 and checks a sealed file; the layout is described in render.h. */
#include "base/json_out.h"
#include "detect/detect.h"

#include <assert.h>

static const slice file_start = SLICE_INIT("{\"report\":");
static const slice seal_start = SLICE_INIT(",\"seal\":{\"algorithm\":\"Ed25519\",");
static const slice signature_start = SLICE_INIT(",\"signature\":\"");
static const slice file_end = SLICE_INIT("\"}}");

enum { SIGNATURE_HEX = 2 * CRYPT_SIGNATURE_BYTES, PUBLIC_HEX = 2 * CRYPT_SIGN_PUBLIC_BYTES };

slice report_key_id(char ret[static REPORT_KEY_ID_BYTES + 1],
                    const unsigned char public_key[static CRYPT_SIGN_PUBLIC_BYTES])
{
    struct crypt_hash hash;
    crypt_hash(&hash, (slice){NULL, 0}, slice_make(public_key, CRYPT_SIGN_PUBLIC_BYTES));
    return crypt_hex(ret, hash.bytes, REPORT_KEY_ID_BYTES / 2);
}

/* --- sealing ---------------------------------------------------------------------------------- */

static void put_given(struct json_out *out, const char *key, slice text)
{
    if (text.len)
        json_key_str(out, key, text);
}

static void put_people(struct json_out *out, const struct report_context *context)
{
    json_key(out, "people");
    json_array(out);
    for (size_t i = 0; i < context->person_count; i++) {
        json_object(out);
        put_given(out, "role", context->people[i].role);
        put_given(out, "name", context->people[i].name);
        put_given(out, "time", context->people[i].time);
        json_end(out);
    }
    json_end(out);
}

/* The statement, written as an object of which the opening brace is cut: the caller has it. */
static void put_statement(struct buf *out, const struct report_context *context,
                          const unsigned char public_key[static CRYPT_SIGN_PUBLIC_BYTES])
{
    char key_id[REPORT_KEY_ID_BYTES + 1];
    char hex[PUBLIC_HEX + 1];
    struct json_out json;
    json_out_init(&json, out, 0);
    json_object(&json);
    json_key_str(&json, "algorithm", S("Ed25519"));
    json_key_str(&json, "key_id", report_key_id(key_id, public_key));
    json_key_str(&json, "public_key", crypt_hex(hex, public_key, CRYPT_SIGN_PUBLIC_BYTES));
    put_given(&json, "sealed_at", context->created_at);
    put_given(&json, "clock_source", context->clock_source);
    put_given(&json, "report_id", context->id);
    put_given(&json, "input_name", context->input_name);
    put_given(&json, "input_grade", context->grade);
    put_given(&json, "label", context->label);
    put_given(&json, "binary_sha256", context->binary_sha256);
    put_given(&json, "command", context->command);
    put_given(&json, "supersedes", context->supersedes);
    if (context->person_count)
        put_people(&json, context);
    /* left open: the signature is the last member */
}

/* Adds the seal behind what was put since start. */
static status put_seal(struct buf *out, size_t start, const struct report_context *context,
                       const unsigned char secret[static CRYPT_SIGN_SECRET_BYTES],
                       struct error *err)
{
    static const struct report_context nothing = {.elapsed_ms = -1};
    unsigned char signature[CRYPT_SIGNATURE_BYTES];
    char hex[SIGNATURE_HEX + 1];
    /* libsodium keeps the public key in the second half of the secret one */
    const unsigned char *public_key = secret + CRYPT_SIGN_SECRET_BYTES - CRYPT_SIGN_PUBLIC_BYTES;
    buf_put_str(out, ",\"seal\":");
    put_statement(out, context ? context : &nothing, public_key);
    TRY(buf_check(out, err));
    crypt_sign(signature, secret, slice_make(out->ptr + start, out->len - start));
    buf_put(out, signature_start);
    buf_put(out, crypt_hex(hex, signature, sizeof signature));
    buf_put(out, file_end);
    buf_put_byte(out, '\n');
    return buf_check(out, err);
}

status report_seal(const struct detect_report *report, enum lang lang,
                   const struct report_context *context,
                   const unsigned char secret[static CRYPT_SIGN_SECRET_BYTES], struct buf *out,
                   struct error *err)
{
    size_t start = out->len;
    buf_put(out, file_start);
    TRY(report_canonical(report, lang, context, out, err));
    return put_seal(out, start, context, secret, err);
}

status report_seal_canonical(slice canonical, const struct report_context *context,
                             const unsigned char secret[static CRYPT_SIGN_SECRET_BYTES],
                             struct buf *out, struct error *err)
{
    size_t start = out->len;
    buf_put(out, file_start);
    buf_put(out, canonical);
    return put_seal(out, start, context, secret, err);
}

/* --- verifying -------------------------------------------------------------------------------- */

/* The last place of needle: names inside of the report may hold anything, but a quote in them is
 * escaped, so a seal cannot be imitated behind the real one. */
static bool find_last(slice text, slice needle, size_t *ret_at)
{
    for (size_t at = text.len; at-- > 0;)
        if (slice_has_prefix(slice_from(text, at), needle)) {
            *ret_at = at;
            return true;
        }
    return false;
}

/* The string member "name" of the statement: fixed keys and hex values, no escapes. */
static slice statement_text(slice statement, slice name)
{
    size_t at;
    slice value;
    if (!slice_find(statement, name, &at))
        return (slice){NULL, 0};
    slice rest = slice_from(statement, at + name.len);
    return slice_split(&rest, '"', &value) ? value : (slice){NULL, 0};
}

static status not_sealed(struct error *err)
{
    return error_code(err, ST_INVALID, "not_a_sealed_report",
                      "this file is not a sealed report, or it was formatted anew after sealing");
}

/* Cuts the file into what was signed, the parts of it, and the signature. */
static status split(slice file, struct report_seal *ret, slice *ret_signed,
                    unsigned char ret_signature[static CRYPT_SIGNATURE_BYTES], struct error *err)
{
    size_t seal_at;
    file = slice_trim(file);
    size_t tail = signature_start.len + SIGNATURE_HEX + file_end.len;
    if (!slice_has_prefix(file, file_start) || file.len < file_start.len + seal_start.len + tail)
        return not_sealed(err);
    slice last = slice_from(file, file.len - tail);
    slice covered = slice_sub(file, 0, file.len - tail);
    slice hex = slice_sub(last, signature_start.len, SIGNATURE_HEX);
    if (!slice_has_prefix(last, signature_start) || !slice_has_suffix(last, file_end) ||
        !crypt_hex_decode(ret_signature, CRYPT_SIGNATURE_BYTES, hex) ||
        !find_last(covered, seal_start, &seal_at) || seal_at < file_start.len)
        return not_sealed(err);
    *ret_signed = covered;
    ret->canonical = slice_sub(covered, file_start.len, seal_at - file_start.len);
    ret->statement = slice_from(covered, seal_at + S(",\"seal\":").len);
    ret->key_id = statement_text(ret->statement, S("\"key_id\":\""));
    ret->sealed_at = statement_text(ret->statement, S("\"sealed_at\":\""));
    slice key = statement_text(ret->statement, S("\"public_key\":\""));
    return crypt_hex_decode(ret->public_key, CRYPT_SIGN_PUBLIC_BYTES, key) ? ST_OK
                                                                           : not_sealed(err);
}

status report_verify(slice file, const unsigned char *public_key, struct report_seal *ret,
                     struct error *err)
{
    struct report_seal seal = {.canonical = {NULL, 0}};
    unsigned char signature[CRYPT_SIGNATURE_BYTES];
    char key_id[REPORT_KEY_ID_BYTES + 1];
    slice covered;
    TRY(split(file, &seal, &covered, signature, err));
    if (!slice_eq(seal.key_id, report_key_id(key_id, seal.public_key)))
        return error_code(err, ST_VERIFY, "key_id_mismatch",
                          "the seal names key '" SLICE_FMT "' but holds another one",
                          SLICE_ARG(slice_sub(seal.key_id, 0, REPORT_KEY_ID_BYTES)));
    if (public_key && !crypt_equal(public_key, seal.public_key, CRYPT_SIGN_PUBLIC_BYTES))
        return error_code(err, ST_VERIFY, "other_key",
                          "the report was sealed with key '" SLICE_FMT "', not with the given one",
                          SLICE_ARG(seal.key_id));
    if (!crypt_verify(signature, seal.public_key, covered))
        return error_code(err, ST_VERIFY, "signature_mismatch",
                          "the signature does not match: the report was changed after sealing");
    *ret = seal;
    return ST_OK;
}
