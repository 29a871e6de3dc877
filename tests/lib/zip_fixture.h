/* Builds ZIP archives byte by byte, so that tests can choose methods, names and lies. */
#ifndef TESTS_LIB_ZIP_FIXTURE_H
#define TESTS_LIB_ZIP_FIXTURE_H

#include "base/buf.h"

enum { ZIP_STORED = 0, ZIP_ZSTD = 93, ZIP_FILES_MAX = 16 };

struct zip_fixture {
    struct buf bytes;
    struct {
        slice name;
        uint32_t offset, crc, packed, size;
        uint16_t method;
    } files[ZIP_FILES_MAX];
    size_t count;
};

static inline void zip_le(struct buf *buf, uint64_t value, int bytes)
{
    for (int i = 0; i < bytes; i++)
        buf_put_byte(buf, (char)(value >> (8 * i)));
}

static inline uint32_t zip_crc(slice data)
{
    uint32_t crc = 0xFFFFFFFFU;
    for (size_t i = 0; i < data.len; i++) {
        crc ^= (unsigned char)data.ptr[i];
        for (int bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? 0xEDB88320U : 0);
    }
    return ~crc;
}

/* A zstd frame with one raw block: valid, and small enough to write by hand (RFC 8878). */
static inline void zip_put_zstd(struct buf *buf, slice data)
{
    buf_put(buf, S("\x28\xB5\x2F\xFD"));
    zip_le(buf, 0xA0, 1); /* single segment, content size in 4 bytes */
    zip_le(buf, data.len, 4);
    zip_le(buf, 1 | data.len << 3, 3); /* last block, raw */
    buf_put(buf, data);
}

/* An entry whose content is packed already; data gives checksum and size. */
static inline void zip_add_packed(struct zip_fixture *zip, slice name, uint16_t method,
                                  slice packed, slice data)
{
    if (!zip->bytes.max)
        buf_init(&zip->bytes, 1 << 22);
    size_t i = zip->count++;
    zip->files[i].name = name;
    zip->files[i].offset = (uint32_t)zip->bytes.len;
    zip->files[i].crc = zip_crc(data);
    zip->files[i].packed = (uint32_t)packed.len;
    zip->files[i].size = (uint32_t)data.len;
    zip->files[i].method = method;
    buf_put(&zip->bytes, S("PK\x03\x04"));
    zip_le(&zip->bytes, 63, 2);
    zip_le(&zip->bytes, 0, 2);
    zip_le(&zip->bytes, method, 2);
    zip_le(&zip->bytes, 0, 4);
    zip_le(&zip->bytes, zip->files[i].crc, 4);
    zip_le(&zip->bytes, packed.len, 4);
    zip_le(&zip->bytes, data.len, 4);
    zip_le(&zip->bytes, name.len, 2);
    zip_le(&zip->bytes, 0, 2);
    buf_put(&zip->bytes, name);
    buf_put(&zip->bytes, packed);
}

static inline void zip_add(struct zip_fixture *zip, slice name, uint16_t method, slice data)
{
    struct buf packed;
    buf_init(&packed, 1 << 20);
    if (method == ZIP_ZSTD)
        zip_put_zstd(&packed, data);
    else
        buf_put(&packed, data);
    zip_add_packed(zip, name, method, buf_slice(&packed), data);
    buf_finish(&packed);
}

/* An entry of that many zeros, packed as zstd blocks that repeat one byte: 128 KiB in 4 bytes. Its
 * checksum is a lie, which is found after the last byte only. */
static inline void zip_add_zeros(struct zip_fixture *zip, slice name, size_t count)
{
    struct buf packed;
    buf_init(&packed, 1 << 20);
    buf_put(&packed, S("\x28\xB5\x2F\xFD"));
    zip_le(&packed, 0xA0, 1);
    zip_le(&packed, count, 4);
    while (count > 0) {
        size_t part = count > (128u << 10) ? 128u << 10 : count;
        count -= part;
        zip_le(&packed, (count == 0) | 1 << 1 | part << 3, 3); /* a repeated byte */
        zip_le(&packed, 0, 1);
    }
    zip_add_packed(zip, name, ZIP_ZSTD, buf_slice(&packed), (slice){0});
    buf_finish(&packed);
}

/* Appends the central directory; the archive lives in zip->bytes. */
static inline slice zip_end(struct zip_fixture *zip)
{
    size_t start = zip->bytes.len;
    for (size_t i = 0; i < zip->count; i++) {
        buf_put(&zip->bytes, S("PK\x01\x02"));
        zip_le(&zip->bytes, 0x33F, 2);
        zip_le(&zip->bytes, 63, 2);
        zip_le(&zip->bytes, 0, 2);
        zip_le(&zip->bytes, zip->files[i].method, 2);
        zip_le(&zip->bytes, 0, 4);
        zip_le(&zip->bytes, zip->files[i].crc, 4);
        zip_le(&zip->bytes, zip->files[i].packed, 4);
        zip_le(&zip->bytes, zip->files[i].size, 4);
        zip_le(&zip->bytes, zip->files[i].name.len, 2);
        zip_le(&zip->bytes, 0, 2 + 2 + 2 + 2);
        zip_le(&zip->bytes, UINT32_C(0x81A40000), 4);
        zip_le(&zip->bytes, zip->files[i].offset, 4);
        buf_put(&zip->bytes, zip->files[i].name);
    }
    size_t size = zip->bytes.len - start;
    buf_put(&zip->bytes, S("PK\x05\x06"));
    zip_le(&zip->bytes, 0, 4);
    zip_le(&zip->bytes, zip->count, 2);
    zip_le(&zip->bytes, zip->count, 2);
    zip_le(&zip->bytes, size, 4);
    zip_le(&zip->bytes, start, 4);
    zip_le(&zip->bytes, 0, 2);
    return buf_slice(&zip->bytes);
}

#endif
