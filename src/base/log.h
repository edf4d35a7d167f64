/* log.h - lines for people, on stderr and in the run directory's log.txt.
 *
 * Not for errors that end the program: those are statuses, printed once by cli.
 * Level meanings: ERROR the run cannot go on as asked; WARN the result may not be
 * what the user expects; INFO what a user wants to see; DEBUG for developers.
 * Only rank 0 writes unless a line is marked "every rank". */
#ifndef OC_BASE_LOG_H
#define OC_BASE_LOG_H

#include "base/status.h"

#include <stdio.h>

typedef enum oc_log_level { OC_LOG_ERROR, OC_LOG_WARN, OC_LOG_INFO, OC_LOG_DEBUG } oc_log_level;

/* Local. Who writes and how much; `rank` != 0 silences all but oc_log_every_rank. */
void oc_log_configure(int rank, oc_log_level most);

/* Local. This process is another rank now. */
void oc_log_set_rank(int rank);

/* Local. Of these lines only those up to a level go to standard error (all, unless set). */
void oc_log_terminal(oc_log_level most);

/* Local. Also write every line (with time) to `file`; NULL ends it. Not owned. */
void oc_log_to_file(FILE *file);

/* Local. While something draws on the terminal: called before a line goes to stderr
 * so that it can clear its own line. NULL for none. */
void oc_log_before_line(void (*hook)(void));

/* Local. One line, without newline at the end; names in it need no care (plain_text.h). */
void oc_log(oc_log_level level, const char *format, ...) OC_PRINTF(2, 3);
void oc_log_every_rank(oc_log_level level, const char *format, ...) OC_PRINTF(2, 3);

/* Local. One line to the file alone, if there is one, whatever oc_log_configure said: for what is
 * told on the terminal elsewhere. */
void oc_log_file_only(oc_log_level level, const char *format, ...) OC_PRINTF(2, 3);

/* Local. The same for a thread that is about to end the process while another may hold stdio's
 * locks: one write of `text` (formatted already, no line end) behind what is in the file. */
void oc_log_last_words(const char *text);

#endif
