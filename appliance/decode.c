/* Unpacking of request bodies; see decode.h. */
#include "decode.h"

#include <assert.h>
#include <brotli/decode.h>
#include <zlib.h>
#include <zstd.h>

enum {
    WINDOW_BYTES = 64 << 10,
    ZSTD_WINDOW_LOG_MAX = 23, /* 8 MiB, the most that RFC 9659 lets a client use */
};

bool decode_kind_from(slice name, enum decode_kind *ret)
{
    static const struct {
        slice name;
        enum decode_kind kind;
    } kinds[] = {{SLICE_INIT("gzip"), DECODE_GZIP},
                 {SLICE_INIT("x-gzip"), DECODE_GZIP},
                 {SLICE_INIT("br"), DECODE_BR},
                 {SLICE_INIT("zstd"), DECODE_ZSTD}};
    name = slice_trim(name);
    for (size_t i = 0; i < ARRAY_COUNT(kinds); i++)
        if (slice_eq_nocase(name, kinds[i].name)) {
            *ret = kinds[i].kind;
            return true;
        }
    return false;
}

/* One pass over the input. into NULL: the output is only counted. */
struct pass {
    slice in;
    size_t bytes_max;
    char *into;
    size_t out;
    unsigned char *window; /* WINDOW_BYTES */
};

static status damaged(struct error *err)
{
    return error_code(err, ST_INVALID, "invalid_encoding",
                      "the body is not what its Content-Encoding says, or it is cut");
}

static status take(struct pass *pass, size_t bytes, struct error *err)
{
    size_t sum = pass->out + bytes;
    if (sum > pass->bytes_max)
        return error_code(err, ST_TOO_LARGE, "decoded_too_large",
                          "the body unpacks to more than %zu bytes", pass->bytes_max);
    if (sum > DECODE_RATIO_FREE_BYTES && sum / DECODE_RATIO_MAX > pass->in.len)
        return error_code(err, ST_TOO_LARGE, "decoded_too_large",
                          "the body unpacks to more than %d times its size", DECODE_RATIO_MAX);
    if (pass->into && bytes)
        memcpy(pass->into + pass->out, pass->window, bytes);
    pass->out = sum;
    return ST_OK;
}

/* --- gzip: members one after the other (RFC 1952) --------------------------------------------- */

static status gzip_members(struct pass *pass, z_stream *z, struct error *err)
{
    for (;;) {
        z->next_out = pass->window;
        z->avail_out = WINDOW_BYTES;
        int rc = inflate(z, Z_NO_FLUSH);
        if (rc != Z_OK && rc != Z_STREAM_END)
            return damaged(err);
        TRY(take(pass, WINDOW_BYTES - z->avail_out, err));
        if (rc == Z_STREAM_END && z->avail_in == 0)
            return ST_OK;
        if (rc == Z_STREAM_END && inflateReset(z) != Z_OK)
            return damaged(err);
        if (rc == Z_OK && z->avail_in == 0 && z->avail_out > 0)
            return damaged(err); /* cut */
    }
}

static status gzip_run(struct pass *pass, struct error *err)
{
    const unsigned char *bytes = (const unsigned char *)pass->in.ptr;
    z_stream z = {.next_in = (unsigned char *)(uintptr_t)bytes, .avail_in = (uInt)pass->in.len};
    if (inflateInit2(&z, 15 + 16) != Z_OK) /* the largest window, gzip only */
        return error_set(err, ST_NO_MEMORY, "not enough memory");
    status rc = gzip_members(pass, &z, err);
    (void)inflateEnd(&z); /* only an inconsistent stream makes it fail */
    return rc;
}

/* --- brotli ----------------------------------------------------------------------------------- */

static status br_run(struct pass *pass, struct error *err)
{
    const uint8_t *next = (const uint8_t *)pass->in.ptr;
    size_t left = pass->in.len;
    BrotliDecoderResult result = BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT;
    BrotliDecoderState *state = BrotliDecoderCreateInstance(NULL, NULL, NULL);
    status rc = state ? ST_OK : error_set(err, ST_NO_MEMORY, "not enough memory");
    while (rc == ST_OK && result == BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT) {
        uint8_t *out = pass->window;
        size_t room = WINDOW_BYTES;
        result = BrotliDecoderDecompressStream(state, &left, &next, &room, &out, NULL);
        rc = take(pass, WINDOW_BYTES - room, err);
    }
    if (rc == ST_OK && (result != BROTLI_DECODER_RESULT_SUCCESS || left > 0))
        rc = damaged(err);
    BrotliDecoderDestroyInstance(state);
    return rc;
}

/* --- zstd: frames one after the other --------------------------------------------------------- */

static status zstd_frames(struct pass *pass, ZSTD_DCtx *context, struct error *err)
{
    ZSTD_inBuffer in = {.src = pass->in.ptr, .size = pass->in.len};
    for (;;) {
        ZSTD_outBuffer out = {.dst = pass->window, .size = WINDOW_BYTES};
        size_t before = in.pos;
        size_t more = ZSTD_decompressStream(context, &out, &in);
        if (ZSTD_isError(more))
            return damaged(err);
        TRY(take(pass, out.pos, err));
        if (more == 0 && in.pos == in.size)
            return ST_OK;
        if (out.pos == 0 && in.pos == before)
            return damaged(err); /* cut */
    }
}

static status zstd_run(struct pass *pass, struct error *err)
{
    ZSTD_DCtx *context = ZSTD_createDCtx();
    if (!context)
        return error_set(err, ST_NO_MEMORY, "not enough memory");
    size_t set = ZSTD_DCtx_setParameter(context, ZSTD_d_windowLogMax, ZSTD_WINDOW_LOG_MAX);
    assert(!ZSTD_isError(set));
    status rc = zstd_frames(pass, context, err);
    (void)ZSTD_freeDCtx(context); /* always 0 */
    return rc;
}

/* --- both passes ------------------------------------------------------------------------------ */

static status run(enum decode_kind kind, struct pass *pass, struct error *err)
{
    pass->out = 0;
    switch (kind) {
    case DECODE_GZIP:
        return gzip_run(pass, err);
    case DECODE_BR:
        return br_run(pass, err);
    case DECODE_ZSTD:
        return zstd_run(pass, err);
    }
    assert(!"an encoding that is not known");
    return ST_INTERNAL;
}

status decode_body(enum decode_kind kind, slice encoded, size_t bytes_max, struct arena *arena,
                   slice *ret, struct error *err)
{
    struct pass pass = {.in = encoded, .bytes_max = bytes_max};
    if (encoded.len == 0)
        return damaged(err);
    arena->cap_bytes += WINDOW_BYTES;
    pass.window = (unsigned char *)arena_array_raw(arena, WINDOW_BYTES, 1);
    if (!pass.window)
        return arena_check(arena, err);
    TRY(run(kind, &pass, err));
    size_t bytes = pass.out;
    arena->cap_bytes += bytes + 1;
    pass.into = (char *)arena_array_raw(arena, bytes + 1, 1);
    if (!pass.into)
        return arena_check(arena, err);
    TRY(run(kind, &pass, err));
    assert(pass.out == bytes);
    pass.into[bytes] = '\0';
    *ret = slice_make(pass.into, bytes);
    return ST_OK;
}

status pack_zstd(slice bytes, struct arena *arena, slice *ret, struct error *err)
{
    size_t room = ZSTD_compressBound(bytes.len);
    char *into = (char *)arena_array_raw(arena, room, 1);
    if (!into)
        return arena_check(arena, err);
    size_t packed = ZSTD_compress(into, room, bytes.ptr, bytes.len, 3);
    if (ZSTD_isError(packed))
        return error_set(err, ST_NO_MEMORY, "not enough memory");
    *ret = slice_make(into, packed);
    return ST_OK;
}
