/* From the numbers of a profile to its findings. Private to profile*.c. */
#ifndef DETECT_PROFILE_NOTES_H
#define DETECT_PROFILE_NOTES_H

#include "detect/profile.h"

/* Index of the column that holds the result, by its name; column_count when there is none. */
size_t profile_target(const struct profile *profile);
/* Fills quality and bias. */
void profile_notes(struct profile *profile, struct arena *arena);

#endif
