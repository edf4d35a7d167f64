/* import_progress.c - see import_progress.h. */
#include "cli/import/import_progress.h"

#include "base/clock.h"
#include "base/plain_text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { MOST_TOLD = 100 /* skipped, by name */, CELLS = 40 };

static const double redraw_seconds = 0.1;

static void clear_line(const oc_import_progress *progress)
{
    if (progress->terminal)
        fputs("\r\033[K", stderr);
}

/* At most 71 columns: the bar, percent, samples. */
static void tell_progress(void *user, uint64_t samples, uint64_t done, uint64_t total)
{
    oc_import_progress *const p = user;
    char bar[CELLS + 1];
    if (samples > p->samples)
        p->samples = samples;
    if (!p->terminal || oc_seconds() < p->next)
        return;
    p->next = oc_seconds() + redraw_seconds;
    clear_line(p);
    if (total > 0) {
        const double fraction = done < total ? (double)done / (double)total : 1;
        const size_t full = (size_t)(fraction * CELLS);
        memset(bar, '=', full);
        memset(bar + full, ' ', CELLS - full);
        bar[CELLS] = '\0';
        fprintf(stderr, "[%s] %3.0f %%  ", bar, 100 * fraction);
    }
    fprintf(stderr, "%" PRIu64 " samples", samples);
}

static void tell_skipped(void *user, const char *name, const char *why)
{
    oc_import_progress *const p = user;
    char plain_name[OC_PLAIN_TEXT], plain_why[OC_PLAIN_TEXT];
    if (++p->skipped > MOST_TOLD)
        return;
    clear_line(p);
    fprintf(stderr, "skipped %s: %s\n", oc_plain_text(name, plain_name),
            oc_plain_text(why, plain_why));
}

oc_import_listener oc_import_progress_begin(oc_import_progress *progress)
{
    *progress = (oc_import_progress){.terminal = isatty(STDERR_FILENO)};
    return (oc_import_listener){tell_progress, tell_skipped, progress};
}

void oc_import_progress_end(const oc_import_progress *progress)
{
    clear_line(progress);
    if (progress->skipped > MOST_TOLD)
        fprintf(stderr, "skipped %" PRIu64 " more\n", progress->skipped - MOST_TOLD);
}
