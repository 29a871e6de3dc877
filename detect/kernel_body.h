/* The sources of the hot path as one text: included by kernel_<set>.c only, after the instruction
 * set was chosen. tests.def's files stand before kernel.c, which lists them. */
#ifndef DETECT_KERNEL_BODY_H
#define DETECT_KERNEL_BODY_H

#define KERNEL_VARIANT
#define HOT static

#include "detect/block.c"
#include "detect/coupling_sums.c"
#include "detect/lose_shift.c"
#include "detect/ratchet.c"
#include "detect/reactive.c"
#include "detect/sums.c"
#include "detect/switching.c"

#include "detect/kernel.c"

#endif
