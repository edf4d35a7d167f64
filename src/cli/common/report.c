/* report.c - see report.h. */
#include "cli/common/report.h"

#include <stdio.h>
#include <string.h>

const char *oc_grouped(double number, char *text)
{
    char digits[32];
    const size_t length = (size_t)snprintf(digits, sizeof digits, "%.0f", number);
    size_t out = 0;
    for (size_t i = 0; i < length && out < 30; i++) {
        if (i > 0 && (length - i) % 3 == 0)
            text[out++] = ',';
        text[out++] = digits[i];
    }
    text[out] = '\0';
    return text;
}

void oc_print_wrapped(const char *label, const char *text)
{
    enum { LABEL = 15, WIDTH = 79 };
    printf("%-*s", LABEL - 1, label);
    size_t column = LABEL - 1;
    while (*text) {
        const size_t word = strcspn(text, " ");
        if (column > LABEL - 1 && column + 1 + word > WIDTH) {
            printf("\n%*s", LABEL - 1, "");
            column = LABEL - 1;
        }
        printf(" %.*s", (int)word, text);
        column += 1 + word;
        text += word + strspn(text + word, " ");
    }
    putchar('\n');
}
