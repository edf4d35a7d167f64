/* report.h - numbers and lines for people, as several commands print them. */
#ifndef OC_CLI_COMMON_REPORT_H
#define OC_CLI_COMMON_REPORT_H

enum { OC_GROUPED_TEXT = 32 };

/* Local. "1,234,567" into text[OC_GROUPED_TEXT]; returns text. */
const char *oc_grouped(double number, char *text);

/* Local. Print "label          text ...", the text from column 15 on, lines broken between words
 * within 80 columns. */
void oc_print_wrapped(const char *label, const char *text);

#endif
