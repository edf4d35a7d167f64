/* range_plot.c - a range test as a picture: see range_result.h. The numbers are data blocks of one
 * gnuplot script, so neither labels nor the number of tests matter. */
#include "base/file.h"
#include "cli/range/range_result.h"
#include "rundir/gnuplot.h"
#include "studies/grid.h"

#include <math.h>
#include <stdlib.h>

enum { COLORS = 8, POINTS = 4000 };
static const char *const color[COLORS] = {"#1f5fa8", "#e8730c", "#2ca02c", "#d62750",
                                          "#9467bd", "#8c6d31", "#17a2b8", "#c44e9f"};

/* Curves may lie on one another: through the gaps of one the ones below are seen. */
static const char *dashes(const oc_range_report *r, size_t test)
{
    static const char *const pattern[] = {"solid", "(24,14)", "(12,10)", "(5,7)"};
    return pattern[r->count > 1 ? test % (sizeof pattern / sizeof pattern[0]) : 0];
}

/* Batches' accuracies are ragged: a mean over 2 % of the points on either side. */
static double mean_accuracy(const oc_range_curve *curve, size_t at)
{
    const size_t side = curve->count / 50;
    const size_t first = at > side ? at - side : 0;
    const size_t last = at + side < curve->count ? at + side : curve->count - 1;
    double sum = 0;
    for (size_t i = first; i <= last; i++)
        sum += curve->point[i].accuracy;
    return sum / (double)(last - first + 1);
}

static void put_curve(FILE *out, const oc_range_report *r, size_t number)
{
    const oc_range_curve *const curve = &r->result[number].curve;
    const size_t stride = curve->count / POINTS + 1;
    const double scale = r->is_r2 ? 1 : 100;
    fprintf(out, "$C%zu << EOD\n", number);
    for (size_t i = 0; i < curve->count; i += stride) {
        const oc_range_point *const p = &curve->point[i];
        fprintf(out, "%.9g %.9g %.9g %.9g\n", p->lr, p->loss, p->smoothed,
                scale * mean_accuracy(curve, i));
    }
    fprintf(out, "EOD\n$E%zu << EOD\nnan nan\n", number);
    for (size_t i = 0; i < curve->count; i++)
        if (isfinite(curve->point[i].evaluated))
            fprintf(out, "%.9g %.9g\n", curve->point[i].lr, scale * curve->point[i].evaluated);
    fputs("EOD\n", out);
}

static double lowest(double so_far, double value)
{
    return isfinite(value) ? fmin(so_far, value) : so_far;
}

/* What lies far above the start of every curve would flatten the rest. */
static void put_loss_range(FILE *out, const oc_range_report *r)
{
    double low = INFINITY, start = 0;
    for (size_t t = 0; t < r->count; t++) {
        const oc_range_curve *const curve = &r->result[t].curve;
        for (size_t i = 0; i < curve->count; i++)
            low = lowest(low, curve->point[i].smoothed);
        for (size_t i = 0; i < curve->count && r->count == 1; i++)
            low = lowest(low, curve->point[i].loss);
        start = curve->count > 0 ? fmax(start, curve->point[0].smoothed) : start;
    }
    if (isfinite(low) && isfinite(start) && start > low)
        fprintf(out, "set yrange [%.4g:%.4g]\n", low - 0.08 * (start - low),
                start + 0.35 * (start - low));
}

/* A dashed line and the name beside its top, names at heights of their own. */
static void put_suggestions(FILE *out, const oc_range_report *r, int with_names)
{
    for (int k = 0; k < OC_SUGGESTIONS; k++) {
        const double lr = r->result[0].rate[k];
        if (!isfinite(lr) || lr < r->options->min_lr || lr > r->options->max_lr)
            continue;
        const char *const ink = k == r->chosen ? "#d1352b" : "#808080";
        fprintf(out,
                "set arrow %d from first %.9g, graph 0 to first %.9g, graph 1 nohead "
                "linecolor rgb '%s' dashtype 2\n",
                k + 1, lr, lr, ink);
        if (with_names)
            fprintf(out,
                    "set label %d '%s %.3g' at first %.9g, graph %.3f offset 0.5, 0 font ',11' "
                    "textcolor rgb '%s' front\n",
                    k + 1, oc_suggestion_name(k), lr, lr, 0.95 - 0.06 * k, ink);
    }
}

static void put_chosen(FILE *out, const oc_range_report *r)
{
    fputs("$M << EOD\nnan nan\n", out);
    for (size_t t = 0; t < r->count; t++) {
        const double lr = r->result[t].rate[r->chosen];
        if (isfinite(lr))
            fprintf(out, "%.9g %.9g\n", lr, oc_range_loss_at(&r->result[t].curve, lr));
    }
    fputs("EOD\n", out);
}

static void put_loss(FILE *out, const oc_range_report *r)
{
    fputs("set ylabel 'loss'\nset format x ''\nunset xlabel\n", out);
    put_loss_range(out, r);
    if (r->count == 1)
        put_suggestions(out, r, 1);
    fputs("plot ", out);
    if (r->count == 1)
        fputs("$C0 using 1:2 with lines linecolor rgb '#b5cfe8' title 'batch', ", out);
    for (size_t t = 0; t < r->count; t++) {
        fprintf(out,
                "$C%zu using 1:3 with lines linewidth 2.5 dashtype %s linecolor rgb '%s' title ", t,
                dashes(r, t), color[t % COLORS]);
        char label[OC_GRID_LABEL];
        oc_gnuplot_put_text(out, r->count == 1 ? "smoothed"
                                               : oc_grid_short(r->result[t].label, 60, label));
        fputs(", ", out);
    }
    fprintf(out,
            "$M using 1:2 with points pointtype 7 pointsize 1.5 linecolor rgb '#d1352b' title "
            "'%s'\n",
            oc_suggestion_name(r->chosen));
    fputs("set yrange [*:*]\nunset arrow\nunset label\n", out);
}

static void put_accuracy(FILE *out, const oc_range_report *r)
{
    fprintf(out, "set format x '%%g'\nset xlabel 'learning rate'\nset ylabel '%s'\n%s",
            r->is_r2 ? "R2" : "accuracy, %", r->is_r2 ? "set yrange [-0.2:1]\n" : "");
    if (r->count == 1)
        put_suggestions(out, r, 0);
    fputs("plot ", out);
    for (size_t t = 0; t < r->count; t++)
        fprintf(out,
                "%s$C%zu using 1:4 with lines linewidth 2 dashtype %s linecolor rgb '%s' %s, $E%zu "
                "using 1:2 "
                "with linespoints pointtype 6 linecolor rgb '%s' notitle",
                t > 0 ? ", " : "", t, dashes(r, t), color[t % COLORS],
                r->count == 1 ? "title 'of batches, mean'" : "notitle", t, color[t % COLORS]);
    fputc('\n', out);
}

static void put_all(FILE *out, const oc_range_report *r)
{
    fputs("if (strstrt(GPVAL_TERMINALS, 'pngcairo') > 0) {\n"
          "set terminal pngcairo size 1200,900 noenhanced font 'Sans,12' background 'white'\n"
          "} else {\n"
          "set terminal png size 1200,900 noenhanced background 'white'\n"
          "}\n"
          "set datafile missing 'nan'\n",
          out);
    for (size_t t = 0; t < r->count; t++)
        put_curve(out, r, t);
    put_chosen(out, r);
    fputs("set border linecolor rgb '#606060'\n"
          "set grid linecolor rgb '#dddddd' linetype 1 linewidth 1\n"
          "set tics nomirror textcolor rgb '#303030'\n"
          "set key at graph 0, graph 1.01 bottom left horizontal samplen 2\n",
          out);
    if (r->count > 8) /* no room for so many lines above the panel */
        fputs("set key maxrows 8 samplen 1 font ',7'\n", out);
    fprintf(out, "%sset xrange [%.9g:%.9g]\n",
            r->options->scale == OC_RANGE_LINEAR ? "" : "set logscale x\n", r->options->min_lr,
            r->options->max_lr);
    fputs("set multiplot layout 2,1 margins 0.09,0.97,0.08,0.88 spacing 0.09 title ", out);
    oc_gnuplot_put_text(out, r->title);
    fputs(" font ',15'\n", out);
    put_loss(out, r);
    put_accuracy(out, r);
    fputs("unset multiplot\n", out);
}

oc_status oc_range_plot(const oc_range_report *report, const char *picture)
{
    char *text = NULL;
    size_t length = 0;
    FILE *const out = open_memstream(&text, &length);
    oc_status status;
    if (!out)
        return oc_fail(OC_ERR_MEMORY, "%s: no memory for the script", picture);
    put_all(out, report);
    if (fclose(out) != 0)
        status = oc_fail(OC_ERR_MEMORY, "%s: no memory for the script", picture);
    else
        status = oc_gnuplot_run(text, length, NULL, 0, picture);
    free(text);
    return status;
}
