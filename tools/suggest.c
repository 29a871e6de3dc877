/* "Did you mean": the distance between what was typed and what exists.
 *
 * Restricted Damerau-Levenshtein distance (insert, delete, replace, swap neighbours), the usual
 * measure for typing errors. */
#include "tools/cli.h"

enum { WORD_MAX = 32, DISTANCE_MAX = 3 };

static size_t min2(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Words longer than WORD_MAX are never near anything. */
static size_t edit_distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
    size_t d[WORD_MAX + 1][WORD_MAX + 1];
    for (size_t i = 0; i <= a_len; i++)
        d[i][0] = i;
    for (size_t j = 0; j <= b_len; j++)
        d[0][j] = j;
    for (size_t i = 1; i <= a_len; i++) {
        for (size_t j = 1; j <= b_len; j++) {
            size_t differs = a[i - 1] != b[j - 1];
            d[i][j] = min2(min2(d[i - 1][j] + 1, d[i][j - 1] + 1), d[i - 1][j - 1] + differs);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                d[i][j] = min2(d[i][j], d[i - 2][j - 2] + 1);
        }
    }
    return d[a_len][b_len];
}

void suggest(struct suggestion *suggestion, const char *word, const char *candidate)
{
    size_t word_len = strlen(word);
    size_t candidate_len = strlen(candidate);
    if (word_len < 2 || word_len > WORD_MAX || candidate_len > WORD_MAX)
        return;
    size_t distance = edit_distance(word, word_len, candidate, candidate_len);
    if (candidate_len > word_len && strncmp(word, candidate, word_len) == 0)
        distance = 1; /* the beginning of a longer name */
    if (distance > DISTANCE_MAX || distance * 2 > word_len)
        return;
    if (!suggestion->best || distance < suggestion->distance)
        *suggestion = (struct suggestion){candidate, distance};
}
