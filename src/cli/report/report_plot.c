/* report_plot.c - oc_report_plot: thinned and smoothed numbers as data blocks of one gnuplot
 * script, so that neither names nor the number of runs matter. A .png is one picture of six
 * panels, a .svg six documents one after the other, which a page can place as it has room. */
#include "cli/report/report_output.h"
#include "rundir/gnuplot.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { POINTS = 1500, NAME = 120, LINE = 20 /* pixels of the key */ };
static const double beta = 0.98;   /* as progress.h */
static const double highest = 4.0; /* times the first loss; what diverges lies far above it */

const char *const oc_report_color[OC_REPORT_RUNS] = {"#2f7ed8", "#e8730c", "#2ca02c", "#d62750",
                                                     "#9467bd", "#8c6d31", "#17a2b8", "#c44e9f"};
static const int point_type[OC_REPORT_RUNS] = {7, 5, 9, 13, 11, 15, 6, 4};

/* The picture that is being made. */
typedef struct page {
    FILE *out;
    const oc_report_run *runs;
    size_t count;
    int svg;
    double last; /* step of the longest run */
    double top;  /* of the loss; 0: whatever there is */
} page;

/* Columns of the blocks that put_run makes of a run, as gnuplot counts them. */
enum { S_STEP = 1, S_LR, S_MOMENTUM, S_LOSS, S_ACCURACY, S_SPEED };
enum { NO_POINTS, E_STEP = 1, E_LOSS, E_ACCURACY };

static void put_run(FILE *out, const oc_report_run *run, size_t number)
{
    const size_t steps = run->steps.count, stride = steps / POINTS + 1;
    double loss = 0, accuracy = 0, speed = 0, weight = 0;
    fprintf(out, "$S%zu << EOD\n", number);
    for (size_t i = 0; i < steps; i++) {
        const double *const row = oc_table_row(&run->steps, i);
        if (isfinite(row[OC_STEP_LOSS])) {
            loss = beta * loss + (1 - beta) * row[OC_STEP_LOSS];
            accuracy = beta * accuracy + (1 - beta) * row[OC_STEP_ACCURACY];
            speed = beta * speed + (1 - beta) * row[OC_STEP_SPEED];
            weight = beta * weight + (1 - beta);
        }
        if (i % stride && i + 1 < steps)
            continue;
        if (weight > 0)
            fprintf(out, "%.0f %.9g %.9g %.9g %.9g %.9g\n", row[OC_STEP_STEP], row[OC_STEP_LR],
                    row[OC_STEP_MOMENTUM], loss / weight, 100 * accuracy / weight, speed / weight);
    }
    fprintf(out, "EOD\n$E%zu << EOD\n", number);
    for (size_t i = 0; i < run->epochs.count; i++) {
        const double *const row = oc_table_row(&run->epochs, i);
        fprintf(out, "%.0f %.9g %.9g\n", row[OC_EPOCH_STEP], row[OC_EPOCH_TEST_LOSS],
                100 * row[OC_EPOCH_TEST_ACCURACY]);
    }
    fputs("EOD\n", out);
}

static double last_step(const oc_report_run *run)
{
    return oc_table_last(&run->steps)[OC_STEP_STEP];
}

static double loss_of(const oc_report_run *run, size_t row)
{
    return oc_table_row(&run->steps, row)[OC_STEP_LOSS];
}

/* What a diverging run reaches would leave the other losses no room. */
static double top_of_losses(const page *p)
{
    double first = 0, most = 0;
    for (size_t r = 0; r < p->count; r++) {
        const oc_report_run *const run = &p->runs[r];
        double start = NAN;
        for (size_t i = 0; i < run->steps.count; i++) {
            const double loss = loss_of(run, i);
            if (!isfinite(loss))
                continue;
            start = isfinite(start) ? start : loss;
            most = fmax(most, loss);
        }
        first = fmax(first, isfinite(start) ? start : 0);
    }
    return first > 0 && most > highest * first ? highest * first : 0;
}

static int has_diverged(const oc_report_run *run)
{
    return strcmp(run->status, "diverged") == 0;
}

/* The end of a long name tells most. */
static void put_name(FILE *out, const char *name)
{
    char text[NAME + 4];
    const size_t length = strlen(name);
    if (length <= NAME)
        snprintf(text, sizeof text, "%s", name);
    else
        snprintf(text, sizeof text, "...%s", name + length - NAME + 3);
    oc_gnuplot_put_text(out, text);
}

/* Where a run ended that diverged, at the loss panel's top. */
static void put_crosses(const page *p)
{
    for (size_t r = 0; r < p->count; r++)
        if (has_diverged(&p->runs[r]))
            fprintf(p->out,
                    "set label %zu '' at first %.17g, graph 0.97 point pointtype 2 pointsize 1.3 "
                    "linewidth 2.5 linecolor rgb '%s' front\n",
                    r + 1, last_step(&p->runs[r]), oc_report_color[r]);
}

static void begin_panel(const page *p, const char *title)
{
    if (p->svg)
        fputs("set terminal svg size 560,340 dynamic noenhanced font 'Helvetica,15'\n", p->out);
    fprintf(p->out, "set title '%s'\n", title);
}

/* A panel: column `line` of the steps, column `points` of the epochs. */
static void put_panel(const page *p, const char *title, int line, int points)
{
    begin_panel(p, title);
    fputs("plot ", p->out);
    for (size_t r = 0; r < p->count; r++) {
        fprintf(p->out, "%s$S%zu using %d:%d with lines linewidth 1.8 linecolor rgb '%s' title ",
                r ? ", " : "", r, S_STEP, line, oc_report_color[r]);
        put_name(p->out, p->runs[r].folder);
        if (points != NO_POINTS && p->runs[r].epochs.count > 0)
            fprintf(p->out,
                    ", $E%zu using %d:%d with points pointtype %d pointsize 0.7 linecolor rgb '%s' "
                    "notitle",
                    r, E_STEP, points, point_type[r], oc_report_color[r]);
    }
    fputc('\n', p->out);
}

static void put_loss(const page *p)
{
    int diverged = 0, positive = 0;
    for (size_t r = 0; r < p->count; r++) {
        diverged |= has_diverged(&p->runs[r]);
        for (size_t i = 0; i < p->runs[r].steps.count && !positive; i++)
            positive = isfinite(loss_of(&p->runs[r], i)) && loss_of(&p->runs[r], i) > 0;
    }
    if (positive)
        fputs("set logscale y\n", p->out);
    if (p->top > 0)
        fprintf(p->out, "set yrange [*:%.9g]\n", p->top);
    put_crosses(p);
    put_panel(p,
              diverged ? "Loss (line: training, smoothed; points: test; x: diverged)"
                       : "Loss (line: training, smoothed; points: test)",
              S_LOSS, E_LOSS);
    fputs("unset logscale y\nunset label\nunset key\n", p->out);
}

/* Only what was evaluated; near the end accuracies can't be told apart, errors can. */
static void put_error(const page *p)
{
    size_t shown = 0;
    for (size_t r = 0; r < p->count; r++) {
        if (p->runs[r].epochs.count == 0)
            continue;
        if (shown == 0)
            begin_panel(p, p->runs[r].is_r2 ? "Test variance not explained, %" : "Test error, %");
        fprintf(p->out,
                "%s$E%zu using %d:(100 - $%d) with linespoints linewidth 1.4 pointtype %d "
                "pointsize 0.7 linecolor rgb '%s' notitle",
                shown++ ? ", " : "plot ", r, E_STEP, E_ACCURACY, point_type[r], oc_report_color[r]);
    }
    fputc('\n', p->out);
}

/* Of a picture of several runs one key for all panels, above them. */
static void put_frame(const page *p)
{
    fputs("set border 3 linecolor rgb '#888888'\nset grid ytics linecolor rgb '#999999' "
          "linetype 1 linewidth 0.3\nset tics nomirror textcolor rgb '#808080'\nunset key\n"
          "set title textcolor rgb '#808080'\nset xlabel 'step' textcolor rgb '#808080'\n",
          p->out);
    fprintf(p->out, "set xrange [0:%.17g]\n", p->last);
    if (p->svg) /* the page has a key of its own */
        return;
    const int above = 52 + LINE * (int)p->count, height = 1060 + above;
    fprintf(p->out,
            "set terminal pngcairo size 1400,%d noenhanced font 'Sans,12' background 'white'\n"
            "set key at screen 0.02, screen 0.995 top left samplen 2 Left reverse "
            "textcolor rgb '#404040'\n"
            "set multiplot layout 3,2 margins 0.07,0.985,0.07,%.4f spacing 0.085,0.12\n",
            height, 1 - (double)above / height);
}

static void put_script(const page *p)
{
    for (size_t r = 0; r < p->count; r++)
        put_run(p->out, &p->runs[r], r);
    put_frame(p);
    put_loss(p);
    const int is_r2 = p->runs[0].is_r2;
    fputs("set yrange [0:100]\n", p->out);
    put_panel(p,
              is_r2 ? "R2 from 0, % (line: training, smoothed; points: test)"
                    : "Accuracy, % (line: training, smoothed; points: test)",
              S_ACCURACY, E_ACCURACY);
    fputs("set yrange [0:*]\n", p->out);
    put_panel(p, "Learning rate", S_LR, NO_POINTS);
    fputs("set yrange [*:*]\nset offsets 0, 0, graph 0.06, graph 0.06\n", p->out);
    put_panel(p, "Momentum", S_MOMENTUM, NO_POINTS);
    fputs("unset offsets\nset yrange [0:*]\n", p->out);
    put_panel(p, "Throughput, images/s (smoothed)", S_SPEED, NO_POINTS);
    put_error(p);
    fputs(p->svg ? "" : "unset multiplot\n", p->out);
}

oc_status oc_report_plot(const oc_report_run *runs, size_t count, const char *picture)
{
    char *text = NULL;
    size_t length = 0;
    const char *const ending = strrchr(picture, '.');
    page p = {.runs = runs, .count = count, .svg = ending && strcmp(ending, ".svg") == 0};
    for (size_t r = 0; r < count; r++)
        p.last = fmax(p.last, last_step(&runs[r]));
    p.top = top_of_losses(&p);
    p.out = open_memstream(&text, &length);
    if (!p.out)
        return oc_fail(OC_ERR_MEMORY, "%s: no memory for the script", picture);
    put_script(&p);
    const oc_status status = fclose(p.out) != 0
                                 ? oc_fail(OC_ERR_MEMORY, "%s: no memory for the script", picture)
                                 : oc_gnuplot_run(text, length, NULL, 0, picture);
    free(text);
    return status;
}
