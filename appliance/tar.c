/* Blocks of a ustar archive. */
#include "tar.h"

#include <assert.h>
#include <stdio.h>

/* offsets of the fields (POSIX.1-2017, pax, "ustar Interchange Format") */
enum {
    AT_MODE = 100,
    AT_UID = 108,
    AT_GID = 116,
    AT_SIZE = 124,
    AT_TIME = 136,
    AT_SUM = 148,
    AT_TYPE = 156,
    AT_MAGIC = 257,
    AT_PREFIX = 345,
    SUM_BYTES = 8,
    SIZE_BYTES = 12
};

static unsigned sum_of(const unsigned char *block)
{
    unsigned sum = 0;
    for (size_t i = 0; i < TAR_BLOCK; i++)
        sum += i >= AT_SUM && i < AT_SUM + SUM_BYTES ? ' ' : block[i];
    return sum;
}

void tar_header_write(unsigned char ret[static TAR_BLOCK], const char *name, uint64_t bytes)
{
    char *text = (char *)ret;
    assert(strlen(name) < TAR_NAME_MAX);
    assert(bytes < TAR_SIZE_MAX);
    memset(ret, 0, TAR_BLOCK);
    (void)snprintf(text, TAR_NAME_MAX, "%s", name);
    (void)snprintf(text + AT_MODE, 8, "%07o", 0644U);
    (void)snprintf(text + AT_UID, 8, "%07o", 0U);
    (void)snprintf(text + AT_GID, 8, "%07o", 0U);
    (void)snprintf(text + AT_SIZE, 12, "%011llo", (unsigned long long)bytes);
    (void)snprintf(text + AT_TIME, 12, "%011o", 0U);
    ret[AT_TYPE] = '0';
    memcpy(ret + AT_MAGIC, "ustar\00000", 8);
    (void)snprintf(text + AT_SUM, 8, "%06o", sum_of(ret));
    ret[AT_SUM + 7] = ' ';
}

/* Octal digits, then NULs or blanks. */
static bool octal_read(const unsigned char *field, size_t len, uint64_t *ret)
{
    size_t i = 0;
    *ret = 0;
    while (i < len && field[i] == ' ')
        i++;
    size_t first = i;
    for (; i < len && field[i] >= '0' && field[i] <= '7'; i++)
        *ret = *ret << 3 | (uint64_t)(field[i] - '0');
    bool any = i > first;
    for (; i < len; i++)
        if (field[i] != 0 && field[i] != ' ')
            return false;
    return any;
}

status tar_header_read(const unsigned char block[static TAR_BLOCK], slice *ret_name,
                       uint64_t *ret_bytes, struct error *err)
{
    uint64_t sum;
    if (memcmp(block + AT_MAGIC, "ustar", 5) != 0)
        return error_code(err, ST_INVALID, "bundle_invalid",
                          "this is not a bundle: no tar archive");
    if (!octal_read(block + AT_SUM, SUM_BYTES, &sum) || sum != sum_of(block))
        return error_code(err, ST_INVALID, "bundle_invalid",
                          "this is not a bundle: a header is damaged");
    if (block[AT_TYPE] != '0' && block[AT_TYPE] != 0)
        return error_code(
            err, ST_INVALID, "bundle_invalid",
            "this is not a bundle: it holds links, directories or other special entries");
    if (block[AT_PREFIX] != 0)
        return error_code(err, ST_INVALID, "bundle_invalid",
                          "this is not a bundle: it holds folders");
    if (!octal_read(block + AT_SIZE, SIZE_BYTES, ret_bytes) || *ret_bytes >= TAR_SIZE_MAX)
        return error_code(err, ST_INVALID, "bundle_invalid",
                          "this is not a bundle: an entry has no valid size");
    *ret_name = slice_make(block, strnlen((const char *)block, TAR_NAME_MAX));
    return ST_OK;
}

bool tar_is_end(const unsigned char block[static TAR_BLOCK])
{
    for (size_t i = 0; i < TAR_BLOCK; i++)
        if (block[i] != 0)
            return false;
    return true;
}

uint64_t tar_padded(uint64_t bytes)
{
    return (bytes + TAR_BLOCK - 1) / TAR_BLOCK * TAR_BLOCK;
}
