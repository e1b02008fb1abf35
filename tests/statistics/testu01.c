/* TestU01's batteries on the 32-bit words that standard input gives, in the machine's order:
 *
 *     testu01 BATTERY [TEST...]      SmallCrush, Crush or BigCrush; of it these tests alone
 *
 * Prints TestU01's own summary, then how many words were read, and each p-value with its test.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <testu01/bbattery.h>
#include <testu01/swrite.h>
#include <testu01/unif01.h>

enum { buffered = 1 << 16, most_tests = 106 };

static unsigned long long words_read;

static unsigned next_word(void)
{
    static uint32_t word[buffered];
    static size_t at, count;
    if (at == count) {
        count = fread(word, sizeof *word, buffered, stdin), at = 0;
        if (count == 0) {
            fputs("standard input ended before the battery did\n", stderr);
            exit(1);
        }
    }
    words_read++;
    return word[at++];
}

typedef struct {
    const char *name;
    void (*whole)(unif01_Gen *);
    void (*some)(unif01_Gen *, int[]);
} battery;

static const battery batteries[] = {
    {"SmallCrush", bbattery_SmallCrush, bbattery_RepeatSmallCrush},
    {"Crush", bbattery_Crush, bbattery_RepeatCrush},
    {"BigCrush", bbattery_BigCrush, bbattery_RepeatBigCrush},
};

int main(int count, char **argument)
{
    int wanted[most_tests + 1] = {0};
    const battery *chosen = NULL;
    for (size_t i = 0; count > 1 && i < sizeof batteries / sizeof *batteries; i++)
        if (strcmp(argument[1], batteries[i].name) == 0)
            chosen = &batteries[i];
    if (!chosen)
        return 2;
    for (int i = 2; i < count; i++) {
        int test = atoi(argument[i]);
        if (test < 1 || test > most_tests)
            return 2;
        wanted[test] = 1;
    }
    swrite_Basic = FALSE;
    unif01_Gen *words = unif01_CreateExternGenBits("standard input", next_word);
    if (count > 2)
        chosen->some(words, wanted);
    else
        chosen->whole(words);
    unif01_DeleteExternGenBits(words);
    printf("words %llu\n", words_read);
    for (int i = 0; i < bbattery_NTests; i++)
        if (bbattery_pVal[i] >= 0.0)
            printf("p %.6g %s\n", bbattery_pVal[i], bbattery_TestNames[i]);
    return 0;
}
