/* progress.c - see progress.h. A line is put together from pieces that are left out, least
 * important first, until it fits; nothing here wraps or scrolls. */
#include "rundir/progress.h"

#include "base/clock.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum {
    DEFAULT_WIDTH = 80,
    LINE_BYTES = 512,
    MOST_CELLS = 30,  /* of the bar */
    ROOMY_CELLS = 10, /* below this the gaps are halved ... */
    LEAST_CELLS = 6   /* ... and below this a piece is left out */
};

static const double redraw_seconds = 0.1;
static const double line_seconds = 5;
static const double beta = 0.98;

static void average_add(oc_average *average, double value)
{
    if (!isfinite(value) || !isfinite(average->sum)) { /* show it, and start again behind it */
        *average = (oc_average){.sum = value, .weight = 1};
        return;
    }
    average->sum = beta * average->sum + (1 - beta) * value;
    average->weight = beta * average->weight + (1 - beta);
}

static double average_value(const oc_average *average)
{
    return average->weight > 0 ? average->sum / average->weight : 0;
}

/* A line under construction; what does not fit LINE_BYTES is cut. */
typedef struct text_line {
    char text[LINE_BYTES];
    size_t length;
} text_line;

OC_PRINTF(2, 3)
static void add(text_line *line, const char *format, ...)
{
    const size_t room = sizeof line->text - line->length;
    va_list args;
    va_start(args, format);
    const int wanted = vsnprintf(line->text + line->length, room, format, args);
    va_end(args);
    if (wanted > 0)
        line->length += (size_t)wanted < room ? (size_t)wanted : room - 1;
}

typedef char short_text[32];

static void loss_text(short_text text, double loss)
{
    snprintf(text, sizeof(short_text), fabs(loss) < 1000 ? "%.4f" : "%.3g", loss);
}

/* Accuracy with so many digits behind the point, or R2. */
static void score_text(short_text text, const oc_progress *p, double score, int digits)
{
    if (p->kind == OC_TARGETS_REGRESSION)
        snprintf(text, sizeof(short_text), fabs(score) < 1000 ? "%.4f" : "%.3g", score);
    else
        snprintf(text, sizeof(short_text), "%.*f%%", digits, 100 * score);
}

static const char *score_name(const oc_progress *p, const char *accuracy)
{
    return p->kind == OC_TARGETS_REGRESSION ? "R2" : accuracy;
}

/* "3/10", or "3" while nobody knows of how many. */
static void of_text(short_text text, uint64_t number, uint64_t all)
{
    const int length = snprintf(text, sizeof(short_text), "%" PRIu64, number);
    if (all != OC_OPEN)
        snprintf(text + length, sizeof(short_text) - (size_t)length, "/%" PRIu64, all);
}

static void time_text(short_text text, double seconds)
{
    if (seconds >= 1e15) { /* of a run whose end is not decided yet */
        snprintf(text, sizeof(short_text), "?");
        return;
    }
    const double shown = seconds > 0 && seconds < 3.6e7 ? seconds : 0; /* below 10000 hours */
    const unsigned all = (unsigned)(shown + 0.5);
    if (all < 3600)
        snprintf(text, sizeof(short_text), "%u:%02u", all / 60, all % 60);
    else
        snprintf(text, sizeof(short_text), "%u:%02u:%02u", all / 3600, all / 60 % 60, all % 60);
}

/* Where a step lies in its epoch. */
typedef struct place {
    uint64_t epoch, epochs; /* from 1; of the run */
    uint64_t done, length;  /* steps of this epoch; the last one may be short */
} place;

static uint64_t epochs_of(const oc_progress *p)
{
    return p->total_steps == OC_OPEN
               ? OC_OPEN
               : (p->total_steps + p->steps_per_epoch - 1) / p->steps_per_epoch;
}

static place place_of(const oc_progress *p, const oc_step_row *row)
{
    place at = {.epoch = row->epoch};
    const uint64_t before = (row->epoch - 1) * p->steps_per_epoch;
    const uint64_t left = p->total_steps > before ? p->total_steps - before : 1;
    at.epochs = epochs_of(p);
    at.length = left < p->steps_per_epoch ? left : p->steps_per_epoch;
    at.done = row->step > before ? row->step - before : 0;
    at.done = at.done < at.length ? at.done : at.length;
    return at;
}

static double seconds_left(const oc_progress *p, uint64_t steps)
{
    return average_value(&p->seconds_per_step) * (double)steps;
}

static unsigned percent(const place *at)
{
    return (unsigned)(100 * at->done / at->length);
}

/* The columns one may fill: the last stays empty, some terminals wrap when it is written. */
static size_t usable(const oc_progress *p)
{
    return p->width > 1 ? (size_t)p->width - 1 : 1;
}

/* Take the width of the window; 0 if there is none. Open MPI gives a rank's stdout a
 * pseudo-terminal whether or not mpirun's own is a terminal: in a file's place it has width 0. */
static int follow_window(oc_progress *p)
{
    struct winsize size;
    const int fd = fileno(p->out); /* -1 for a stream in memory */
    if (fd < 0 || ioctl(fd, TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
        return 0;
    p->width = size.ws_col;
    return 1;
}

void oc_progress_begin(oc_progress *progress, FILE *out, uint64_t total_steps,
                       uint64_t steps_per_epoch, uint64_t start_step)
{
    *progress = (oc_progress){.out = out,
                              .width = DEFAULT_WIDTH,
                              .total_steps = total_steps,
                              .steps_per_epoch = steps_per_epoch > 0 ? steps_per_epoch : 1,
                              .start_step = start_step};
    if (!out)
        return;
    progress->terminal = follow_window(progress) && isatty(fileno(out));
    progress->started = progress->last_step = oc_seconds();
    progress->drawn = progress->started - (progress->terminal ? redraw_seconds : 0);
    progress->tenth = 10 * start_step / progress->steps_per_epoch;
}

void oc_progress_clear(oc_progress *progress)
{
    if (!progress->out || !progress->bar_shown)
        return;
    fputs("\r\033[K", progress->out); /* to the line's start; erase to its end */
    fflush(progress->out);
    progress->bar_shown = 0;
}

/* The bar's texts: head, then after the bar ETA, loss, accuracy, LR, images/s, ETA of the run. */
enum { TAILS = 6 };

typedef struct bar_texts {
    short_text tail[TAILS]; /* most important first */
    char head[96];
} bar_texts;

static void bar_texts_make(bar_texts *texts, const oc_progress *p, const oc_step_row *row)
{
    const place at = place_of(p, row);
    const uint64_t left = p->total_steps > row->step ? p->total_steps - row->step : 0;
    short_text number;
    of_text(number, at.epoch, at.epochs);
    snprintf(texts->head, sizeof texts->head, "epoch %s %3u%%", number, percent(&at));
    time_text(number, seconds_left(p, at.length - at.done));
    snprintf(texts->tail[0], sizeof(short_text), "eta %.20s", number);
    loss_text(number, average_value(&p->loss));
    snprintf(texts->tail[1], sizeof(short_text), "loss %.20s", number);
    score_text(number, p, average_value(&p->accuracy), 1);
    snprintf(texts->tail[2], sizeof(short_text), "%.3s %.20s", score_name(p, "acc"), number);
    snprintf(texts->tail[3], sizeof(short_text), "lr %.1e", row->lr);
    snprintf(texts->tail[4], sizeof(short_text), "%.0f img/s",
             average_value(&p->images_per_second));
    time_text(number, seconds_left(p, left));
    snprintf(texts->tail[5], sizeof(short_text), "run %.20s", number);
}

/* Columns taken besides the bar's cells, with `shown` tails after gaps of `gap`. */
static size_t bar_frame(const bar_texts *texts, int shown, size_t gap)
{
    size_t columns = strlen(texts->head) + strlen(" []");
    for (int i = 0; i < shown; i++)
        columns += strlen(texts->tail[i]) + (i > 0 ? gap : 1);
    return columns;
}

static void draw_bar(oc_progress *p, const oc_step_row *row)
{
    bar_texts texts;
    bar_texts_make(&texts, p, row);
    const place at = place_of(p, row);
    const size_t room = usable(p);
    size_t gap = 2;
    int shown = at.epochs > 1 ? TAILS : TAILS - 1; /* one epoch: its ETA is the run's */
    while (shown > 0 &&
           bar_frame(&texts, shown, gap) + (gap == 2 ? ROOMY_CELLS : LEAST_CELLS) > room) {
        if (gap == 2 && shown < TAILS) /* the run's ETA is worth no squeezing */
            gap = 1;
        else
            shown--, gap = 2;
    }
    const size_t frame = bar_frame(&texts, shown, gap);
    size_t cells = room > frame ? room - frame : 0;
    cells = cells < MOST_CELLS ? cells : MOST_CELLS;

    text_line line = {.length = 0};
    add(&line, "%s", texts.head);
    if (cells > 0) {
        const size_t full = cells * at.done / at.length;
        add(&line, " [%.*s%.*s]", (int)full, "##############################", (int)(cells - full),
            "------------------------------");
    }
    for (int i = 0; i < shown; i++)
        add(&line, "%*s%s", (int)(i > 0 ? gap : 1), "", texts.tail[i]);
    fprintf(p->out, "\r%.*s\033[K", (int)room, line.text);
    fflush(p->out);
    p->bar_shown = 1;
}

static void write_step_line(oc_progress *p, const oc_step_row *row)
{
    const place at = place_of(p, row);
    const uint64_t left = p->total_steps > row->step ? p->total_steps - row->step : 0;
    short_text loss, score, eta, epoch, step;
    of_text(epoch, at.epoch, at.epochs);
    of_text(step, row->step, p->total_steps);
    loss_text(loss, average_value(&p->loss));
    score_text(score, p, average_value(&p->accuracy), 2);
    time_text(eta, seconds_left(p, left));
    fprintf(p->out,
            "epoch %s  %u%%  step %s  loss %s  %s %s  lr %.2e  "
            "%.0f img/s  run eta %s\n",
            epoch, percent(&at), step, loss, score_name(p, "accuracy"), score, row->lr,
            average_value(&p->images_per_second), eta);
    fflush(p->out);
}

/* The table, as fastai's Recorder shows it: name, columns, order of leaving when narrow. */
enum { COLUMNS = 7, SCORE = 3 };

static const struct {
    const char *name;
    int width; /* with the gap on the left */
} table[COLUMNS] = {{"epoch", 5}, {"train_loss", 12}, {"test_loss", 11}, {"accuracy", 10},
                    {"lr", 10},   {"img/s", 9},       {"time", 9}};
static const int leaving[] = {4, 5, 6, 1, 2}; /* LR, images/s, time, the losses */

static unsigned columns_that_fit(size_t room)
{
    unsigned columns = (1U << COLUMNS) - 1;
    size_t taken = 0;
    for (int c = 0; c < COLUMNS; c++)
        taken += (size_t)table[c].width;
    for (size_t i = 0; taken > room && i < sizeof leaving / sizeof leaving[0]; i++) {
        columns &= ~(1U << leaving[i]);
        taken -= (size_t)table[leaving[i]].width;
    }
    return columns;
}

/* The table's header, if there is none yet for the columns that fit now. */
static void draw_header(oc_progress *p)
{
    const unsigned columns = columns_that_fit(usable(p));
    text_line line = {.length = 0};
    if (columns == p->columns)
        return;
    oc_progress_clear(p);
    for (int c = 0; c < COLUMNS; c++)
        if (columns & 1U << c)
            add(&line, "%*s", table[c].width,
                c == SCORE ? score_name(p, table[c].name) : table[c].name);
    fprintf(p->out, "%.*s\n", (int)usable(p), line.text);
    p->columns = columns;
}

static void draw_row(oc_progress *p, const oc_epoch_row *row)
{
    short_text cell[COLUMNS];
    text_line line = {.length = 0};
    snprintf(cell[0], sizeof cell[0], "%llu", (unsigned long long)row->epoch);
    loss_text(cell[1], row->train_loss);
    loss_text(cell[2], row->test_loss);
    score_text(cell[SCORE], p, row->test_accuracy, 2);
    snprintf(cell[4], sizeof cell[4], "%.2e", row->lr);
    snprintf(cell[5], sizeof cell[5], "%.0f", row->images_per_second);
    time_text(cell[6], row->seconds);
    oc_progress_clear(p);
    for (int c = 0; c < COLUMNS; c++)
        if (p->columns & 1U << c)
            add(&line, "%*s", table[c].width, cell[c]);
    fprintf(p->out, "%.*s\n", (int)usable(p), line.text);
    fflush(p->out);
}

static void write_epoch_line(oc_progress *p, const oc_epoch_row *row)
{
    short_text train, test, score, seconds, epoch, step;
    of_text(epoch, row->epoch, epochs_of(p));
    of_text(step, row->step, p->total_steps);
    loss_text(train, row->train_loss);
    loss_text(test, row->test_loss);
    score_text(score, p, row->test_accuracy, 2);
    time_text(seconds, row->seconds);
    fprintf(p->out,
            "epoch %s  done  step %s  train_loss %s  test_loss %s  "
            "%s %s  lr %.2e  %.0f img/s  time %s\n",
            epoch, step, train, test, score_name(p, "accuracy"), score, row->lr,
            row->images_per_second, seconds);
    fflush(p->out);
}

void oc_progress_step(oc_progress *progress, const oc_step_row *row)
{
    if (!progress->out)
        return;
    const double now = oc_seconds();
    average_add(&progress->seconds_per_step, now - progress->last_step);
    progress->last_step = now;
    average_add(&progress->loss, row->loss);
    average_add(&progress->accuracy, row->accuracy);
    average_add(&progress->images_per_second, row->images_per_second);

    const place at = place_of(progress, row);
    if (progress->terminal) {
        if (now - progress->drawn < redraw_seconds && at.done < at.length)
            return;
        follow_window(progress);
        draw_header(progress);
        draw_bar(progress, row);
    } else {
        const uint64_t tenth = 10 * row->step / progress->steps_per_epoch;
        if (tenth == progress->tenth || now - progress->drawn < line_seconds ||
            at.done == at.length) /* the epoch's own line follows */
            return;
        progress->tenth = tenth;
        write_step_line(progress, row);
    }
    progress->drawn = now;
}

void oc_progress_epoch(oc_progress *progress, const oc_epoch_row *row)
{
    if (!progress->out)
        return;
    if (progress->terminal) {
        follow_window(progress);
        draw_header(progress);
        draw_row(progress, row);
    } else {
        write_epoch_line(progress, row);
        progress->tenth = 10 * row->step / progress->steps_per_epoch;
    }
    progress->last_step = oc_seconds(); /* the evaluation is not part of the next step */
}

void oc_progress_end(oc_progress *progress)
{
    oc_progress_clear(progress);
}
