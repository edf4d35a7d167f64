/* sweep_plot.c - oc_sweep_plot: the score against the value of the one key that varies, or each
 * point at a place of its own. What has no score is a mark at the upper edge. */
#include "rundir/gnuplot.h"
#include "studies/sweep.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The number that one key was set to; 0 if the label has several keys or it is no number. */
static int value_of(const char *label, double *value)
{
    char *end;
    const char *const equals = strchr(label, '=');
    if (!equals || strchr(equals + 1, '='))
        return 0;
    *value = strtod(equals + 1, &end);
    return end != equals + 1 && !*end && isfinite(*value);
}

typedef struct axis {
    int is_numbers; /* else places 1, 2, ... */
    int is_log;
    double low, high; /* of the numbers */
} axis;

static axis choose_axis(const oc_sweep_row *rows, size_t count)
{
    axis a = {.is_numbers = 1, .low = INFINITY, .high = -INFINITY};
    for (size_t i = 0; i < count; i++) {
        double value = 0;
        a.is_numbers = a.is_numbers && value_of(rows[i].label, &value);
        a.low = fmin(a.low, value);
        a.high = fmax(a.high, value);
    }
    a.is_log = a.is_numbers && a.low > 0 && a.high > 20 * a.low;
    return a;
}

static double place_of(const axis *a, const oc_sweep_row *rows, size_t i)
{
    double value = 0;
    return a->is_numbers && value_of(rows[i].label, &value) ? value : (double)(i + 1);
}

static void put_number_axis(FILE *out, const axis *a, const char *label)
{
    char key[OC_GRID_LABEL];
    snprintf(key, sizeof key, "%.*s", (int)strcspn(label, "="), label);
    fputs("set xlabel ", out);
    oc_gnuplot_put_text(out, key);
    if (a->is_log) {
        const double factor = pow(a->high / a->low, 0.05);
        fprintf(out, "\nset logscale x\nset xrange [%.9g:%.9g]\n", a->low / factor,
                a->high * factor);
        return;
    }
    const double width = a->high > a->low ? a->high - a->low : fmax(1e-3, fabs(a->high));
    fprintf(out, "\nset xrange [%.9g:%.9g]\n", a->low - 0.05 * width, a->high + 0.05 * width);
}

static void put_place_axis(FILE *out, const oc_sweep_row *rows, size_t count)
{
    fputs("set xtics rotate by -35 scale 0 font ',10' (", out);
    for (size_t i = 0; i < count; i++) {
        fputs(i > 0 ? ", " : "", out);
        char label[OC_GRID_LABEL];
        oc_gnuplot_put_text(out, oc_grid_short(rows[i].label, 60, label));
        fprintf(out, " %zu", i + 1);
    }
    fprintf(out, ")\nset bmargin 12\nset rmargin 14\nset xrange [0.5:%zu.5]\n", count);
    if (!rows[0].is_r2)
        fputs("set yrange [0:*]\n", out);
}

/* Crosses for what diverged, circles for what has not ended. */
static const struct {
    const char *name, *look;
} marks[] = {{"diverged", "pointtype 2 pointsize 1.8 linewidth 2.5 linecolor rgb '#d1352b'"},
             {"no result", "pointtype 6 pointsize 1.8 linewidth 1.5 linecolor rgb '#808080'"}};
enum { MARKS = sizeof marks / sizeof marks[0] };

static void put_plot(FILE *out, const oc_sweep_row *rows, size_t count)
{
    const axis a = choose_axis(rows, count);
    int used[MARKS] = {0};
    fputs("if (strstrt(GPVAL_TERMINALS, 'pngcairo') > 0) {\n"
          "set terminal pngcairo size 1200,800 noenhanced font 'Sans,12' background 'white'\n"
          "} else {\n"
          "set terminal png size 1200,800 noenhanced background 'white'\n"
          "}\n"
          "set border linecolor rgb '#606060'\nset tics nomirror\n"
          "set tmargin 3\nset key at graph 1, graph 1.01 bottom right horizontal\n"
          "set grid linecolor rgb '#dddddd' linetype 1 linewidth 1\n"
          "set offsets 0, 0, graph 0.12, graph 0.05\n$D << EOD\n",
          out);
    for (size_t i = 0; i < count; i++)
        if (oc_sweep_is_done(&rows[i]))
            fprintf(out, "%.9g %.9g\n", place_of(&a, rows, i),
                    rows[i].is_r2 ? rows[i].score : 100 * rows[i].score);
    fputs("EOD\n", out);
    for (size_t i = 0; i < count; i++) {
        if (oc_sweep_is_done(&rows[i]))
            continue;
        const int mark = strcmp(rows[i].status, "diverged") == 0 ? 0 : 1;
        used[mark] = 1;
        fprintf(out, "set label %zu '' at first %.9g, graph 0.955 point %s front\n", i + 1,
                place_of(&a, rows, i), marks[mark].look);
    }
    fprintf(out, "set ylabel '%s'\n", rows[0].is_r2 ? "test R2" : "test accuracy, %");
    if (a.is_numbers)
        put_number_axis(out, &a, rows[0].label);
    else
        put_place_axis(out, rows, count);
    fprintf(out,
            "plot $D using 1:2 %s linecolor rgb '#b5cfe8' linewidth %d notitle, $D using 1:2 with "
            "points pointtype 7 pointsize 1.6 linecolor rgb '#1f5fa8' notitle",
            a.is_numbers ? "smooth unique with lines" : "with impulses", a.is_numbers ? 2 : 6);
    for (int m = 0; m < MARKS; m++)
        if (used[m])
            fprintf(out, ", NaN with points %s title '%s'", marks[m].look, marks[m].name);
    fputc('\n', out);
}

oc_status oc_sweep_plot(const char *folder, const oc_sweep_row *rows, size_t count)
{
    char picture[OC_PATH_BYTES], *text = NULL;
    size_t length = 0;
    oc_status status = oc_path_join(picture, folder, "sweep.png");
    if (status != OC_OK || !oc_sweep_is_done(&rows[0]))
        return status;
    FILE *const out = open_memstream(&text, &length);
    if (!out)
        return oc_fail(OC_ERR_MEMORY, "%s: out of memory", picture);
    put_plot(out, rows, count);
    status = fclose(out) == 0 ? oc_gnuplot_run(text, length, NULL, 0, picture)
                              : oc_fail(OC_ERR_MEMORY, "%s: out of memory", picture);
    free(text);
    return status;
}
