/* plot.c - see plot.h: what the pictures show. The numbers are read by gnuplot itself; here
 * they are only checked and measured, to choose axes. */
#include "rundir/plot.h"

#include "base/file.h"
#include "rundir/csv.h"
#include "rundir/gnuplot.h"
#include "rundir/tables.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_POINTS = 20000 /* more on 1200 pixels cost time and show nothing */ };

/* The table that `onecycle schedule` writes. */
enum { SCHEDULE_STEP, SCHEDULE_LR, SCHEDULE_MOMENTUM, SCHEDULE_COLUMNS };

/* gnuplot counts columns from 1. */
static int gnuplot_column(int column)
{
    return column + 1;
}

static const double beta = 0.98; /* as progress.h */

/* What a table holds, from a reading before the plot. */
typedef struct measure {
    uint64_t rows;
    double first, last;           /* of the step column */
    double low, high;             /* of the value column: positive, finite, smoothed if asked */
    uint64_t values;              /* finite ones */
    double end[OC_EPOCH_COLUMNS]; /* of the last row */
} measure;

/* Measure a table of `columns` columns or more (parameter groups have a rate each); a torn or
 * damaged row is passed over, as it is when a run goes on. */
static oc_status measure_table(measure *m, const char *path, size_t columns, size_t step_column,
                               size_t value_column, int smooth)
{
    char line[OC_CSV_LINE];
    double values[OC_CSV_COLUMNS] = {0}, sum = 0, weight = 0;
    FILE *file;
    *m = (measure){.low = INFINITY, .high = 0};
    const oc_status status = oc_file_open_stream(&file, path);
    if (status != OC_OK)
        return status;
    const size_t width = oc_csv_line(file, line) == OC_CSV_WHOLE ? oc_csv_width(line) : 0;
    if (width >= columns && width <= OC_CSV_COLUMNS)
        while (oc_csv_line(file, line) == OC_CSV_WHOLE) {
            if (!oc_csv_row(line, values, width) || !oc_csv_is_count(values[step_column]))
                continue;
            double value = values[value_column];
            m->first = m->rows == 0 ? values[step_column] : m->first;
            m->last = values[step_column];
            m->rows++;
            memcpy(m->end, values, sizeof m->end);
            if (!isfinite(value))
                continue;
            m->values++;
            sum = beta * sum + (1 - beta) * value;
            weight = beta * weight + (1 - beta);
            value = smooth ? sum / weight : value;
            m->low = value > 0 && value < m->low ? value : m->low;
            m->high = value > m->high ? value : m->high;
        }
    const int bad = ferror(file);
    fclose(file);
    if (bad)
        return oc_fail(OC_ERR_IO, "%s: cannot read", path);
    return OC_OK;
}

/* gnuplot's text of a picture and what is known of its tables. */
typedef struct plot {
    FILE *script;
    measure steps, epochs;
    int step_column, lr_column, momentum_column; /* of the first table */
    int is_r2;                                   /* of regression, where accuracy stands else */
} plot;

static void put_terminal(FILE *script, const char *ending)
{
    if (strcmp(ending, ".svg") == 0)
        fputs("set terminal svg size 1200,800 noenhanced font 'Sans,15' background 'white'\n",
              script);
    else
        fputs("if (strstrt(GPVAL_TERMINALS, 'pngcairo') > 0) {\n"
              "set terminal pngcairo size 1200,800 noenhanced font 'Sans,12' background 'white'\n"
              "} else {\n"
              "set terminal png size 1200,800 noenhanced background 'white'\n"
              "}\n",
              script);
}

/* Headings stand left above a panel, the key right: neither ever covers data. */
#define HEADING(text) "set label 1 " text " at graph 0, graph 1 offset 0, 0.9 font ',14'\n"

/* One look for all pictures: raw values pale, smoothed ones strong, tests as points. */
static const char look[] =
    "set datafile separator ','\n"
    "set style line 1 linecolor rgb '#b5cfe8' linewidth 1\n"   /* a batch */
    "set style line 2 linecolor rgb '#1f5fa8' linewidth 2.5\n" /* smoothed, LR */
    "set style line 3 linecolor rgb '#d1352b' linewidth 1.5 pointtype 7 pointsize 1.3\n" /* test */
    "set style line 4 linecolor rgb '#e8860c' linewidth 2.5\n" /* momentum */
    "set border linecolor rgb '#606060'\n"
    "set grid linecolor rgb '#dddddd' linetype 1 linewidth 1\n"
    "set key at graph 1, graph 1.01 bottom right horizontal samplen 2 width -2\n"
    "set tics nomirror textcolor rgb '#303030'\n"
    "set xlabel 'step'\n"
    "set lmargin at screen 0.09\n"
    "set rmargin at screen 0.91\n"
    "set tmargin at screen 0.92\n"
    "smooth(x) = x == x ? (s = b * s + (1 - b) * x, w = b * w + (1 - b), s / w) : NaN\n";

/* gnuplot's own choice of tics is too dense for the low panel of the overview. */
static const char momentum_axis[] =
    "m_low = m_min; m_high = m_max\n"
    "if (m_high - m_low < 1e-6) { m_low = m_low - 0.05; m_high = m_high + 0.05 }\n"
    "m_width = m_high - m_low\n"
    "m_ten = 10**floor(log10(m_width))\n"
    "m_tic = m_ten * (m_width < 1.5 * m_ten ? 0.25 : m_width < 4 * m_ten ? 0.5 : 2)\n";

static void put_look(const plot *p)
{
    const uint64_t stride = p->steps.rows / MOST_POINTS + 1;
    fputs(look, p->script);
    fprintf(p->script, "b = %.17g\nn = %llu\n", pow(beta, (double)stride),
            (unsigned long long)stride);
    fprintf(p->script, "stats '/dev/fd/3' skip 1 using %d nooutput name 'm'\n%s",
            gnuplot_column(p->momentum_column), momentum_axis);
    if (p->steps.last > p->steps.first)
        fprintf(p->script, "set xrange [%.17g:%.17g]\n", p->steps.first, p->steps.last);
}

static void put_loss(const plot *p)
{
    const int step = gnuplot_column(OC_STEP_STEP), loss = gnuplot_column(OC_STEP_LOSS);
    double low = p->steps.low, high = p->steps.high;
    if (p->epochs.values > 0) {
        low = p->epochs.low < low ? p->epochs.low : low;
        high = p->epochs.high > high ? p->epochs.high : high;
    }
    fputs(HEADING("'Loss'") "set ylabel 'loss'\nset format y '%g'\n", p->script);
    if (high > 8 * low) /* else a line near zero is all one sees */
        fprintf(p->script, "set logscale y\nset yrange [%.3g:%.3g]\n", low / 2, high * 1.3);
    else
        fputs("set yrange [0:*]\n", p->script);
    fprintf(p->script,
            "s = 0; w = 0\n"
            "plot '/dev/fd/3' skip 1 every n using %d:%d with lines linestyle 1 title 'batch', "
            "'' skip 1 every n using %d:(smooth($%d)) with lines linestyle 2 "
            "title 'train, smoothed'",
            step, loss, step, loss);
    if (p->epochs.values > 0)
        fprintf(p->script,
                ", '/dev/fd/4' skip 1 using %d:%d with linespoints linestyle 3 "
                "title 'test (last: %.4f)'",
                gnuplot_column(OC_EPOCH_STEP), gnuplot_column(OC_EPOCH_TEST_LOSS),
                p->epochs.end[OC_EPOCH_TEST_LOSS]);
    fputs("\nunset logscale y\nset yrange [*:*]\n", p->script);
}

/* R2 may be any number below 1: what is far below 0 would hide the rest. An accuracy is shown in
 * percent. */
static void put_accuracy(const plot *p)
{
    const int step = gnuplot_column(OC_STEP_STEP), value = gnuplot_column(OC_STEP_ACCURACY);
    const int at = gnuplot_column(OC_EPOCH_STEP), test = gnuplot_column(OC_EPOCH_TEST_ACCURACY);
    const double last = p->epochs.end[OC_EPOCH_TEST_ACCURACY];
    if (p->is_r2)
        fputs(HEADING("'R2'") "set ylabel 'R2'\nset format y '%g'\nset yrange [-0.2:1]\n",
              p->script);
    else
        fputs(HEADING("'Accuracy'") "set ylabel 'accuracy, %'\nset format y '%g'\n"
                                    "set yrange [*:100]\n",
              p->script);
    fprintf(p->script, "s = 0; w = 0\nplot '/dev/fd/3' skip 1 every n using %d:(", step);
    fprintf(p->script, p->is_r2 ? "smooth($%d)" : "100 * smooth($%d)", value);
    fputs(") with lines linestyle 2 title 'train, smoothed'", p->script);
    if (p->epochs.values > 0) {
        fprintf(p->script, ", '/dev/fd/4' skip 1 using %d:", at);
        fprintf(p->script,
                p->is_r2 ? "%d with linespoints linestyle 3 title 'test (last: %.4f)'"
                         : "(100 * $%d) with linespoints linestyle 3 title 'test (last: %.2f %%)'",
                test, p->is_r2 ? last : 100 * last);
    }
    fputs("\nset yrange [*:*]\n", p->script);
}

static void put_schedule(const plot *p)
{
    fputs("set ylabel 'learning rate'\nset y2label 'momentum'\n"
          "set y2range [m_low - 0.05 * m_width:m_high + 0.05 * m_width]\nset y2tics m_tic\n"
          "set format y '%g'\nset yrange [0:*]\nset offsets 0, 0, graph 0.05, 0\n",
          p->script);
    fprintf(p->script,
            "plot '/dev/fd/3' skip 1 every n using %d:%d with lines linestyle 2 "
            "title 'learning rate', '' skip 1 every n using %d:%d axes x1y2 with lines "
            "linestyle 4 title 'momentum'\n",
            gnuplot_column(p->step_column), gnuplot_column(p->lr_column),
            gnuplot_column(p->step_column), gnuplot_column(p->momentum_column));
}

static void put_run_schedule(const plot *p)
{
    fputs(HEADING("'Learning rate and momentum'"), p->script);
    put_schedule(p);
}

static void put_overview(const plot *p)
{
    fprintf(p->script,
            "set multiplot layout 3,1 margins 0.09,0.91,0.08,0.90 spacing 0.105 title 'Training: "
            "%.0f steps, %llu epochs evaluated' "
            "font ',15'\nunset xlabel\n",
            p->steps.last, (unsigned long long)p->epochs.rows);
    put_loss(p);
    put_accuracy(p);
    fputs("set xlabel 'step'\n", p->script);
    put_run_schedule(p);
    fputs("unset multiplot\n", p->script);
}

/* Draw one picture: the look, then what `put` or, with NULL, the schedule of a CSV shows. */
static oc_status draw(plot *p, void (*put)(const plot *), const char *title,
                      const char *const *tables, size_t count, const char *picture)
{
    char *text = NULL;
    size_t length = 0;
    p->script = open_memstream(&text, &length);
    if (!p->script)
        return oc_fail(OC_ERR_MEMORY, "%s: no memory for the script", picture);
    put_terminal(p->script, strrchr(picture, '.'));
    put_look(p);
    if (title) {
        fputs("heading = ", p->script);
        oc_gnuplot_put_text(p->script, title);
        fputs("\n" HEADING("heading"), p->script);
    }
    put(p);
    const int bad = fclose(p->script) != 0;
    oc_status status = OC_OK;
    if (bad)
        status = oc_fail(OC_ERR_MEMORY, "%s: no memory for the script", picture);
    else
        status = oc_gnuplot_run(text, length, tables, count, picture);
    free(text);
    return status;
}

/* What a table of epochs is about: its header says so. What has no header is passed over. */
static oc_targets_kind kind_of(const char *path)
{
    char line[OC_CSV_LINE] = "";
    FILE *file;
    if (oc_file_open_stream(&file, path) == OC_OK) {
        if (oc_csv_line(file, line) != OC_CSV_WHOLE)
            line[0] = '\0';
        fclose(file);
    }
    const int kind = oc_table_kind(&oc_epochs_table, line);
    return kind < 0 ? OC_TARGETS_CLASSES : (oc_targets_kind)kind;
}

oc_status oc_plot_run(const char *folder)
{
    oc_targets_kind kind = OC_TARGETS_CLASSES;
    static const struct {
        const char *name;
        void (*put)(const plot *);
    } pictures[] = {{"loss.png", put_loss},
                    {"accuracy.png", put_accuracy},
                    {"schedule.png", put_run_schedule},
                    {"training.png", put_overview}};
    char steps[OC_PATH_BYTES], epochs[OC_PATH_BYTES], plots[OC_PATH_BYTES], picture[OC_PATH_BYTES];
    const char *const tables[] = {steps, epochs};
    plot p = {
        .step_column = OC_STEP_STEP, .lr_column = OC_STEP_LR, .momentum_column = OC_STEP_MOMENTUM};
    oc_status status = oc_path_join(steps, folder, oc_steps_table.file);
    if (status == OC_OK)
        status = oc_path_join(epochs, folder, oc_epochs_table.file);
    if (status == OC_OK)
        status = oc_path_join(plots, folder, "plots");
    if (status == OC_OK)
        kind = kind_of(epochs);
    p.is_r2 = kind == OC_TARGETS_REGRESSION;
    if (status == OC_OK)
        status = measure_table(&p.steps, steps, OC_STEP_COLUMNS, OC_STEP_STEP, OC_STEP_LOSS, 1);
    if (status == OC_OK)
        status = measure_table(&p.epochs, epochs, oc_table_width(&oc_epochs_table, kind),
                               OC_EPOCH_STEP, OC_EPOCH_TEST_LOSS, 0);
    if (status == OC_OK && p.steps.values == 0)
        status = oc_fail(OC_ERR_DATA, "%s: nothing to plot: no row with a finite loss", steps);
    if (status == OC_OK)
        status = oc_folder_create(plots);
    for (size_t i = 0; status == OC_OK && i < sizeof pictures / sizeof pictures[0]; i++) {
        status = oc_path_join(picture, plots, pictures[i].name);
        if (status == OC_OK)
            status = draw(&p, pictures[i].put, NULL, tables, 2, picture);
    }
    return status;
}

oc_status oc_plot_schedule(const char *csv, const char *picture, const char *title)
{
    const char *ending = strrchr(picture, '.');
    plot p = {.step_column = SCHEDULE_STEP,
              .lr_column = SCHEDULE_LR,
              .momentum_column = SCHEDULE_MOMENTUM};
    if (!ending || (strcmp(ending, ".png") != 0 && strcmp(ending, ".svg") != 0))
        return oc_fail(OC_ERR_USAGE, "%s: the name of a plot must end in .png or .svg", picture);
    oc_status status =
        measure_table(&p.steps, csv, SCHEDULE_COLUMNS, SCHEDULE_STEP, SCHEDULE_LR, 0);
    if (status == OC_OK && p.steps.values == 0)
        status =
            oc_fail(OC_ERR_DATA, "%s: nothing to plot: no row with step, lr and momentum", csv);
    return status == OC_OK ? draw(&p, put_schedule, title, &csv, 1, picture) : status;
}
