/* report_plot.c - oc_report_plot: thinned and smoothed numbers as data blocks of one gnuplot
 * script, so that neither names nor the number of runs matter. */
#include "cli/report_output.h"
#include "train/gnuplot.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { POINTS = 1500 };
static const double beta = 0.98; /* as progress.h */

const char *const oc_report_color[OC_REPORT_RUNS] = {"#2f7ed8", "#e8730c", "#2ca02c", "#d62750",
                                                     "#9467bd", "#8c6d31", "#17a2b8", "#c44e9f"};

static void put_run(FILE *out, const oc_report_run *run, size_t number)
{
    const size_t stride = run->steps / POINTS + 1;
    double loss = 0, accuracy = 0, speed = 0, weight = 0;
    fprintf(out, "$S%zu << EOD\n", number);
    for (size_t i = 0; i < run->steps; i++) {
        const double *const row = run->step[i];
        if (isfinite(row[4])) {
            loss = beta * loss + (1 - beta) * row[4];
            accuracy = beta * accuracy + (1 - beta) * row[5];
            speed = beta * speed + (1 - beta) * row[6];
            weight = beta * weight + (1 - beta);
        }
        if (i % stride && i + 1 < run->steps)
            continue;
        if (weight > 0)
            fprintf(out, "%.0f %.9g %.9g %.9g %.9g %.9g\n", row[0], row[2], row[3], loss / weight,
                    100 * accuracy / weight, speed / weight);
    }
    fprintf(out, "EOD\n$E%zu << EOD\n", number);
    for (size_t i = 0; i < run->epochs; i++)
        fprintf(out, "%.0f %.9g %.9g\n", run->epoch[i][1], run->epoch[i][4],
                100 * run->epoch[i][5]);
    fputs("EOD\n", out);
}

/* A panel: column `line` of the steps, column `points` of the epochs (0: none). */
static void put_panel(FILE *out, const oc_report_run *runs, size_t count, const char *title,
                      int line, int points)
{
    fprintf(out, "set title '%s'\nplot ", title);
    for (size_t r = 0; r < count; r++) {
        fprintf(out, "%s$S%zu using 1:%d with lines linewidth 1.8 linecolor rgb '%s' title ",
                r ? ", " : "", r, line, oc_report_color[r]);
        oc_gnuplot_put_text(out, runs[r].folder);
        if (points && runs[r].epochs > 0)
            fprintf(out,
                    ", $E%zu using 1:%d with points pointtype 7 pointsize 0.6 linecolor rgb '%s' "
                    "notitle",
                    r, points, oc_report_color[r]);
    }
    fputc('\n', out);
}

/* Only what was evaluated; near the end accuracies can't be told apart, errors can. */
static void put_error(FILE *out, const oc_report_run *runs, size_t count)
{
    size_t shown = 0;
    for (size_t r = 0; r < count; r++)
        if (runs[r].epochs > 0)
            fprintf(out,
                    "%s$E%zu using 1:(100 - $3) with linespoints linewidth 1.4 pointtype 7 "
                    "pointsize 0.6 linecolor rgb '%s' notitle",
                    shown++         ? ", "
                    : runs[r].is_r2 ? "set title 'Test variance not explained, %'\nplot "
                                    : "set title 'Test error, %'\nplot ",
                    r, oc_report_color[r]);
    fputc('\n', out);
}

/* Is there a loss that a logarithmic axis can show? */
static int any_positive(const oc_report_run *runs, size_t count)
{
    for (size_t r = 0; r < count; r++)
        for (size_t i = 0; i < runs[r].steps; i++)
            if (isfinite(runs[r].step[i][4]) && runs[r].step[i][4] > 0)
                return 1;
    return 0;
}

static void put_script(FILE *out, const oc_report_run *runs, size_t count, int svg)
{
    for (size_t r = 0; r < count; r++)
        put_run(out, &runs[r], r);
    fputs(svg ? "set terminal svg size 1120,900 dynamic noenhanced font 'Helvetica,13'\n"
              : "set terminal pngcairo size 1400,1125 noenhanced font 'Sans,12' "
                "background 'white'\n",
          out);
    fputs("set border 3 linecolor rgb '#888888'\nset grid ytics linecolor rgb '#999999' "
          "linetype 1 linewidth 0.3\nset tics nomirror textcolor rgb '#808080'\nunset key\n"
          "set title textcolor rgb '#808080'\nset xlabel 'step' textcolor rgb '#808080'\n"
          "set multiplot layout 3,2 margins 0.07,0.985,0.07,0.955 spacing 0.085,0.125\n",
          out);
    double high = 0;
    for (size_t r = 0; r < count; r++)
        high =
            runs[r].step[runs[r].steps - 1][0] > high ? runs[r].step[runs[r].steps - 1][0] : high;
    fprintf(out, "set xrange [0:%.17g]\n", high);
    fputs(svg ? "" : "set key top right textcolor rgb '#606060'\n", out); /* the page has its own */
    if (any_positive(runs, count))
        fputs("set logscale y\n", out);
    put_panel(out, runs, count, "Loss (line: training, smoothed; points: test)", 4, 2);
    fputs("unset logscale y\nunset key\nset yrange [0:100]\n", out);
    put_panel(out, runs, count,
              runs[0].is_r2 ? "R2 from 0, % (line: training, smoothed; points: test)"
                            : "Accuracy, % (line: training, smoothed; points: test)",
              5, 3);
    fputs("set yrange [0:*]\n", out);
    put_panel(out, runs, count, "Learning rate", 2, 0);
    fputs("set yrange [*:*]\nset offsets 0, 0, graph 0.06, graph 0.06\n", out);
    put_panel(out, runs, count, "Momentum", 3, 0);
    fputs("unset offsets\nset yrange [0:*]\n", out);
    put_panel(out, runs, count, "Throughput, images/s (smoothed)", 6, 0);
    put_error(out, runs, count);
    fputs("unset multiplot\n", out);
}

oc_status oc_report_plot(const oc_report_run *runs, size_t count, const char *picture)
{
    char *text = NULL;
    size_t length = 0;
    const char *const ending = strrchr(picture, '.');
    FILE *const script = open_memstream(&text, &length);
    if (!script)
        return oc_fail(OC_ERR_INTERNAL, "%s: no memory for the script", picture);
    put_script(script, runs, count, ending && strcmp(ending, ".svg") == 0);
    const oc_status status = fclose(script) != 0
                                 ? oc_fail(OC_ERR_INTERNAL, "%s: no memory for the script", picture)
                                 : oc_gnuplot_run(text, length, NULL, 0, picture);
    free(text);
    return status;
}
