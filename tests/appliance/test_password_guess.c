/* Tests of what passwords cost to guess. */
#include "password_guess.h"

#include "lib/main.h"

static const slice own[] = {SLICE_INIT("maria"), SLICE_INIT("keller"), SLICE_INIT("sleuth")};

static double bits(const char *text)
{
    return password_guess_bits(slice_of(text), own, ARRAY_COUNT(own));
}

START_TEST(each_kind_of_piece_costs_little)
{
    static const char *const cheap[] = {
        "password",         "Password1990",      "p4$$w0rdp4$$w0rd",    "aaaaaaaaaaaaaaaa",
        "abcdefghijklmnop", "135790123456",      "qwertyuiop[]",        "1qaz2wsx3edc",
        "!QAZ@WSX#EDC",     "mariakeller1990",   "KellerMaria24121990", "sleuthsleuth12",
        "iloveyou2024",     "woaizhongguo2024",  "monday-tuesday",      "drowssappassword",
        "20240101",         "MARIA MARIA MARIA", "letmein123456",       "internationalization"};
    for (size_t i = 0; i < ARRAY_COUNT(cheap); i++)
        ck_assert_msg(bits(cheap[i]) < 33, "'%s' %.1f", cheap[i], bits(cheap[i]));
}
END_TEST

START_TEST(words_without_relation_and_random_text_cost_much)
{
    static const char *const dear[] = {
        "tulip brick ferry nine", "tulipbrickferrynine",     "kR7!pq2zLm9x",
        "xkqzjvwpblmr",           "correct zebra staple 42", "gq7w-m2pd-x9kt"};
    for (size_t i = 0; i < ARRAY_COUNT(dear); i++)
        ck_assert_msg(bits(dear[i]) >= 33, "'%s' %.1f", dear[i], bits(dear[i]));
}
END_TEST

/* One more piece never makes a password cheaper by more than the piece that it completes. */
START_TEST(a_longer_password_of_unlike_pieces_costs_more)
{
    ck_assert(bits("") == 0);
    ck_assert(bits("tulip brick") < bits("tulip brick ferry"));
    ck_assert(bits("tulip brick ferry") < bits("tulip brick ferry 83"));
    ck_assert(bits("aaaaaaaa") < bits("aaaaaaaaaaaaaaaa"));
    ck_assert(bits("aaaaaaaaaaaaaaaa") < bits("aaaaaaaa") + 2); /* a doubled run: one bit */
}
END_TEST

START_TEST(capitals_and_signs_cost_a_bit_each)
{
    double plain = bits("dragon");
    ck_assert(bits("DRAGON") == plain + 1);
    ck_assert(bits("drag0n") == plain + 1);
    ck_assert(bits("dRaGoN") > plain + 4);
}
END_TEST

START_TEST(any_octets_and_the_longest_text_are_judged)
{
    char text[PASSWORD_GUESS_BYTES_MAX + 1] = {0};
    unsigned seed = 7;
    for (int round = 0; round < 200; round++) {
        for (size_t i = 0; i < PASSWORD_GUESS_BYTES_MAX; i++) {
            seed = seed * 1103515245u + 12345u;
            text[i] = (char)(1 + (seed >> 16) % (round % 2 ? 255u : 4u));
        }
        double cost = bits(text);
        ck_assert(cost > 0 && cost < 8 * PASSWORD_GUESS_BYTES_MAX);
    }
}
END_TEST

TEST_MAIN("password_guess", each_kind_of_piece_costs_little,
          words_without_relation_and_random_text_cost_much,
          a_longer_password_of_unlike_pieces_costs_more, capitals_and_signs_cost_a_bit_each,
          any_octets_and_the_longest_text_are_judged)
