/* What all fuzzers share: the entry point and the way in which a broken promise is reported. */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include "base/slice.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static inline void fuzz_need(bool promise)
{
    if (!promise)
        abort();
}

/* `part` lies inside `whole`, which must hold for text that borrows from the input. */
static inline bool fuzz_inside(slice part, slice whole)
{
    return part.len == 0 || (part.ptr >= whole.ptr && part.ptr + part.len <= whole.ptr + whole.len);
}

/* Cuts one byte off the front of the input: a choice that the fuzzer makes. 0 when none is left. */
static inline unsigned fuzz_choice(slice *input)
{
    unsigned choice = input->len ? (unsigned char)input->ptr[0] : 0;
    *input = slice_from(*input, 1);
    return choice;
}

#endif
