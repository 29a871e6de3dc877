/* Finds the cheapest way to write a password down; what each kind of piece costs is told here. */
#include "password_guess.h"

#include "base/crypt.h"

#include <assert.h>
#include <math.h>

/* Prices in bits. */
#define LETTER_BITS  4.7 /* one of 26 */
#define FOLLOW_BITS  2.0 /* a letter that often follows the one before, as in a word … */
#define FOLLOW_CHEAP 1.0 /* … and in a word that is long already: there are few of those */
#define DIGIT_BITS   3.3
#define SYMBOL_BITS  4.5
#define RUNE_BITS    4.5 /* of Chinese text; a character alone would be 11 */
#define SPACE_BITS   1.5 /* between two words */
#define CASE_BITS    1.0 /* each change between small and capital letters */
#define PIECE_BITS   1.0 /* which kind comes next */
#define TURN_BITS    2.0 /* a walk over the keyboard changes its direction */
#define YEAR_BITS    6.0
#define DATE_BITS    15.0

enum { FOLLOW_MANY = 9, PIECE_MIN = 3 };

/* The letters that follow a, b, c … in 96 of 100 places in the words of this project's documents,
 * and in pinyin. */
static const char *const follows[26] = {"bcdfgiklmnoprstuvy",
                                        "aceilorsu",
                                        "acehiklorstuy",
                                        "adegilmorsu",
                                        "abcdefgilmnpqrstvwxy",
                                        "aefilorstu",
                                        "aeghinorsu",
                                        "aeiortu",
                                        "abcdefglmnoprstuvxz",
                                        "aei",
                                        "eis",
                                        "adeilostuy",
                                        "abeimopsu",
                                        "acdefgiklnopstuv",
                                        "abcdfgiklmnoprstuvw",
                                        "aehiloprstu",
                                        "iu",
                                        "acdegiklmnorstuvy",
                                        "acehiklopstuwy",
                                        "acehilorstuy",
                                        "abcdegilmnoprst",
                                        "aeio",
                                        "aehinors",
                                        "eiptu",
                                        "enps",
                                        "aehou"};

static const slice common_words[] = {
#define W(word) SLICE_INIT(word),
#include "password_words.def"
#undef W
};

/* The rows of a keyboard, plain and with shift, each half a key to the right of the one above. */
static const char *const rows[] = {"1234567890-=", "qwertyuiop[]", "asdfghjkl;'", "zxcvbnm,./"};
static const char *const shifted[] = {"!@#$%^&*()_+", "QWERTYUIOP{}", "ASDFGHJKL:\"", "ZXCVBNM<>?"};

struct guess {
    uint32_t runes[PASSWORD_GUESS_BYTES_MAX];
    size_t count;
    double best[PASSWORD_GUESS_BYTES_MAX + 1]; /* bits of the first i runes */
};

static bool is_upper(uint32_t rune)
{
    return rune >= 'A' && rune <= 'Z';
}

static uint32_t lower(uint32_t rune)
{
    return is_upper(rune) ? rune + 32 : rune;
}

static bool is_letter(uint32_t rune)
{
    return lower(rune) >= 'a' && lower(rune) <= 'z';
}

static bool is_digit(uint32_t rune)
{
    return rune >= '0' && rune <= '9';
}

/* --- single characters ------------------------------------------------------------------------ */

static bool is_follower(const struct guess *guess, size_t at)
{
    if (at == 0 || !is_letter(guess->runes[at]) || !is_letter(guess->runes[at - 1]))
        return false;
    const char *list = follows[lower(guess->runes[at - 1]) - 'a'];
    return strchr(list, (int)lower(guess->runes[at])) != NULL;
}

/* Capitals that were small before, or the other way round; a password begins with small ones. */
static double case_bits(const struct guess *guess, size_t at)
{
    bool before = at > 0 && is_upper(guess->runes[at - 1]);
    if (at > 0 && !is_letter(guess->runes[at - 1]))
        before = false;
    return is_letter(guess->runes[at]) && is_upper(guess->runes[at]) != before ? CASE_BITS : 0;
}

static double letter_bits(const struct guess *guess, size_t at)
{
    size_t run = 0;
    while (run <= FOLLOW_MANY && run <= at && is_follower(guess, at - run))
        run++;
    double bits = run == 0 ? LETTER_BITS : run < FOLLOW_MANY ? FOLLOW_BITS : FOLLOW_CHEAP;
    return bits + case_bits(guess, at);
}

static double single_bits(const struct guess *guess, size_t at)
{
    uint32_t rune = guess->runes[at];
    if (is_letter(rune))
        return letter_bits(guess, at);
    if (is_digit(rune))
        return DIGIT_BITS;
    if (rune >= 0x80)
        return RUNE_BITS;
    return rune == ' ' || rune == '-' || rune == '_' || rune == '.' ? SPACE_BITS : SYMBOL_BITS;
}

/* --- pieces: each says how a piece from..to may be had, and offers the price ---------------------
 */

static void offer(struct guess *guess, size_t from, size_t to, double bits)
{
    double whole = guess->best[from] + bits + PIECE_BITS;
    if (whole < guess->best[to])
        guess->best[to] = whole;
}

/* 4567, fedc, 2468, aaaa: one step all the way. */
static void runs(struct guess *guess, size_t from)
{
    const uint32_t *runes = guess->runes;
    if (from + 1 >= guess->count)
        return;
    int64_t step = (int64_t)runes[from + 1] - (int64_t)runes[from];
    if (step < -3 || step > 3)
        return;
    double first = is_digit(runes[from]) ? DIGIT_BITS : LETTER_BITS;
    for (size_t to = from + 2; to <= guess->count; to++) {
        if ((int64_t)runes[to - 1] - (int64_t)runes[to - 2] != step)
            return;
        if (to - from >= PIECE_MIN)
            offer(guess, from, to, first + log2((double)(to - from)));
    }
}

static bool key_of(uint32_t rune, int *ret_row, int *ret_column)
{
    for (int row = 0; rune && rune < 0x80 && row < 4; row++) {
        const char *at = strchr(rows[row], (int)rune);
        const char *base = rows[row];
        if (!at) {
            at = strchr(shifted[row], (int)rune);
            base = shifted[row];
        }
        if (at) {
            *ret_row = row;
            *ret_column = (int)(at - base);
            return true;
        }
    }
    return false;
}

/* Neighbours: beside each other, or one row lower or higher and touching. */
static bool is_step(int down, int right)
{
    return (down == 0 && (right == 1 || right == -1)) ||
           (down == 1 && (right == 0 || right == -1)) || (down == -1 && (right == 0 || right == 1));
}

static void walks(struct guess *guess, size_t from)
{
    int row;
    int column;
    int down_before = 0;
    int right_before = 0;
    double bits = LETTER_BITS;
    if (!key_of(guess->runes[from], &row, &column))
        return;
    for (size_t to = from + 2; to <= guess->count; to++) {
        int next_row;
        int next_column;
        if (!key_of(guess->runes[to - 1], &next_row, &next_column))
            return;
        int down = next_row - row;
        int right = next_column - column;
        if (!is_step(down, right))
            return;
        if (down != down_before || right != right_before)
            bits += TURN_BITS;
        row = next_row, column = next_column;
        down_before = down, right_before = right;
        if (to - from > PIECE_MIN)
            offer(guess, from, to, bits + log2((double)(to - from)));
    }
}

/* The letter that a digit or a sign stands for, as in p4$$w0rd. */
static bool stands_for(uint32_t rune, unsigned char letter)
{
    static const char signs[] = "0o1i1l3e4a@a5s$s7t!i8b9g";
    for (size_t i = 0; signs[i]; i += 2)
        if ((uint32_t)(unsigned char)signs[i] == rune && (unsigned char)signs[i + 1] == letter)
            return true;
    return false;
}

static void word(struct guess *guess, size_t from, slice text, double bits)
{
    if (text.len < PIECE_MIN || from + text.len > guess->count)
        return;
    bool signs = false;
    for (size_t i = 0; i < text.len; i++) {
        unsigned char letter = (unsigned char)lower((unsigned char)text.ptr[i]);
        uint32_t rune = guess->runes[from + i];
        bool same = lower(rune) == letter;
        if (!same && !stands_for(rune, letter))
            return;
        signs |= !same;
        bits += same ? case_bits(guess, from + i) : 0;
    }
    offer(guess, from, from + text.len, bits + (signs ? 1 : 0));
}

static void words(struct guess *guess, size_t from, const slice *own, size_t own_count)
{
    for (size_t i = 0; i < ARRAY_COUNT(common_words); i++)
        word(guess, from, common_words[i], log2((double)ARRAY_COUNT(common_words)));
    for (size_t i = 0; i < own_count; i++)
        word(guess, from, own[i], log2((double)own_count));
}

static unsigned number(const struct guess *guess, size_t from, size_t count)
{
    unsigned value = 0;
    for (size_t i = from; i < from + count; i++)
        value = value * 10 + (guess->runes[i] - '0');
    return value;
}

/* 1990, 24121990, 19901224 and the American order. */
static void dates(struct guess *guess, size_t from)
{
    size_t digits = 0;
    while (digits < 8 && from + digits < guess->count && is_digit(guess->runes[from + digits]))
        digits++;
    if (digits >= 4 && number(guess, from, 4) >= 1900 && number(guess, from, 4) < 2100)
        offer(guess, from, from + 4, YEAR_BITS);
    if (digits < 8)
        return;
    bool last = number(guess, from + 4, 4) >= 1900 && number(guess, from + 4, 4) < 2100;
    size_t day = last ? from : from + 4;
    bool first = number(guess, from, 4) >= 1900 && number(guess, from, 4) < 2100;
    if ((last || first) && number(guess, day, 2) <= 31 && number(guess, day + 2, 2) <= 31)
        offer(guess, from, from + 8, DATE_BITS);
}

/* What stood before comes once more, straight or backwards. */
static void copies(struct guess *guess, size_t from)
{
    for (size_t at = 0; at < from; at++) {
        size_t same = 0;
        while (from + same < guess->count &&
               lower(guess->runes[at + same]) == lower(guess->runes[from + same]))
            if (++same >= PIECE_MIN)
                offer(guess, from, from + same, log2((double)(from * same)));
        size_t back = 0;
        while (from + back < guess->count && back <= at &&
               lower(guess->runes[at - back]) == lower(guess->runes[from + back]))
            if (++back >= PIECE_MIN)
                offer(guess, from, from + back, log2((double)(from * back)) + 1);
    }
}

double password_guess_bits(slice text, const slice *own, size_t own_count)
{
    struct guess guess = {.count = 0};
    assert(text.len <= PASSWORD_GUESS_BYTES_MAX);
    assert(own_count <= PASSWORD_GUESS_OWN_MAX);
    while (text.len) {
        size_t len = utf8_rune(text, &guess.runes[guess.count]);
        if (len == 0) {
            guess.runes[guess.count] = (unsigned char)text.ptr[0];
            len = 1;
        }
        guess.count++;
        text = slice_sub(text, len, text.len - len);
    }
    for (size_t to = 1; to <= guess.count; to++)
        guess.best[to] = HUGE_VAL;
    for (size_t from = 0; from < guess.count; from++) {
        double bits = guess.best[from] + single_bits(&guess, from);
        if (bits < guess.best[from + 1])
            guess.best[from + 1] = bits;
        runs(&guess, from);
        walks(&guess, from);
        words(&guess, from, own, own_count);
        dates(&guess, from);
        copies(&guess, from);
    }
    double bits = guess.best[guess.count];
    crypt_wipe(&guess, sizeof guess);
    return bits;
}
