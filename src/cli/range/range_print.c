/* range_print.c - a range test in a terminal of 80 columns: see range_result.h. */
#include "cli/range/range_result.h"
#include "studies/grid.h"

#include <math.h>
#include <string.h>

enum { ROWS = 12, COLUMNS = 66 };

/* A letter for each suggestion, on the curve and in the table. */
static const char marks[OC_SUGGESTIONS] = {
    [OC_SUGGEST_VALLEY] = 'v', [OC_SUGGEST_SLIDE] = 's',    [OC_SUGGEST_MINIMUM] = 'm',
    [OC_SUGGEST_STEEP] = 't',  [OC_SUGGEST_GRADIENT] = 'g', [OC_SUGGEST_SMITH] = 'a',
};

/* The column of a rate, -1 for none. */
static int column_of(const oc_range_options *o, double lr)
{
    const double part = o->scale == OC_RANGE_LINEAR
                            ? (lr - o->min_lr) / (o->max_lr - o->min_lr)
                            : log(lr / o->min_lr) / log(o->max_lr / o->min_lr);
    return part >= 0 && part <= 1 ? (int)fmin(part * COLUMNS, COLUMNS - 1) : -1;
}

/* Of each column the mean smoothed loss of its points; NaN where it has none. */
static void columns_of(const oc_range_report *r, double value[COLUMNS])
{
    int points[COLUMNS] = {0};
    const oc_range_curve *const curve = &r->result[0].curve;
    memset(value, 0, COLUMNS * sizeof *value);
    for (size_t i = 0; i < curve->count; i++) {
        const int c = column_of(r->options, curve->point[i].lr);
        if (c < 0 || !isfinite(curve->point[i].smoothed))
            continue;
        value[c] += curve->point[i].smoothed;
        points[c]++;
    }
    for (int c = 0; c < COLUMNS; c++)
        value[c] = points[c] > 0 ? value[c] / points[c] : (double)NAN;
}

static void print_axis(FILE *out, const oc_range_options *o)
{
    enum { PARTS = 4 };
    char line[COLUMNS + 16];
    memset(line, ' ', sizeof line);
    for (int i = 0; i <= PARTS; i++) {
        char number[24];
        const oc_range_options unit = {
            .scale = o->scale, .min_lr = o->min_lr, .max_lr = o->max_lr, .steps = PARTS};
        const int length =
            snprintf(number, sizeof number, "%.3g", oc_range_rate(&unit, (uint64_t)i));
        int at = i * (COLUMNS - 1) / PARTS - length / 2;
        at = at < 0 ? 0 : at;
        memcpy(line + at, number, (size_t)length);
    }
    int end = (int)sizeof line;
    while (end > 0 && line[end - 1] == ' ')
        end--;
    fprintf(out, "        %.*s\n", end, line);
}

/* The smoothed loss, a mark where a suggestion is. What is far above the start is cut. */
static void print_curve(FILE *out, const oc_range_report *r)
{
    double value[COLUMNS], low = INFINITY, high = -INFINITY;
    char drawing[ROWS][COLUMNS + 1];
    columns_of(r, value);
    const double first = r->result[0].curve.count > 0 ? r->result[0].curve.point[0].smoothed : 0;
    for (int c = 0; c < COLUMNS; c++) {
        low = isfinite(value[c]) ? fmin(low, value[c]) : low;
        high = isfinite(value[c]) ? fmax(high, value[c]) : high;
    }
    high = isfinite(first) ? fmin(high, low + 1.25 * (first - low)) : high;
    if (!(high > low))
        high = isfinite(low) ? low + 1 : 1;
    memset(drawing, ' ', sizeof drawing);
    int row_of[COLUMNS];
    for (int c = 0; c < COLUMNS; c++) {
        row_of[c] = -1;
        if (!isfinite(value[c]))
            continue;
        const double part = (high - fmin(value[c], high)) / (high - low);
        row_of[c] = (int)fmin(part * ROWS, ROWS - 1);
        drawing[row_of[c]][c] = '*';
    }
    for (int k = OC_SUGGESTIONS - 1; k >= 0; k--) { /* the chosen last, on top */
        const int kind = k == 0 ? r->chosen : k <= r->chosen ? k - 1 : k;
        const double lr = r->result[0].rate[kind];
        const int c = isfinite(lr) ? column_of(r->options, lr) : -1;
        if (c >= 0)
            drawing[row_of[c] >= 0 ? row_of[c] : ROWS - 1][c] = marks[kind];
    }
    for (int i = 0; i < ROWS; i++) {
        int end = COLUMNS;
        while (end > 0 && drawing[i][end - 1] == ' ')
            end--;
        if (i == 0 || i == ROWS - 1)
            fprintf(out, "%6.3g |%.*s\n", i == 0 ? high : low, end, drawing[i]);
        else
            fprintf(out, "%6s |%.*s\n", i == 1 ? "loss" : "", end, drawing[i]);
    }
    fputs("       +", out);
    for (int c = 0; c < COLUMNS; c++)
        fputc('-', out);
    fputc('\n', out);
    print_axis(out, r->options);
}

static void print_end(FILE *out, const oc_range_report *r, const oc_range_curve *curve)
{
    switch (curve->end) {
    case OC_RANGE_DIVERGED:
        fprintf(out, "stopped after step %zu of %llu: the loss exceeds %g times its minimum\n",
                curve->count, (unsigned long long)curve->steps, r->options->stop_factor);
        break;
    case OC_RANGE_NOT_FINITE:
        fprintf(out, "ended at step %zu of %llu: the loss or a gradient is not finite\n",
                curve->count, (unsigned long long)curve->steps);
        break;
    case OC_RANGE_STOPPED:
        fprintf(out, "stopped after step %zu of %llu by a signal\n", curve->count,
                (unsigned long long)curve->steps);
        break;
    case OC_RANGE_WHOLE:
        break;
    }
}

static void print_suggestions(FILE *out, const oc_range_report *r)
{
    const oc_range_result *const result = &r->result[0];
    fputs("\n    suggestion         rate  loss there  what it is\n", out);
    for (int k = 0; k < OC_SUGGESTIONS; k++) {
        fprintf(out, "%c %c %-10s ", k == r->chosen ? '>' : ' ', marks[k], oc_suggestion_name(k));
        if (isfinite(result->rate[k]))
            fprintf(out, "%12.3g  %10.4g", result->rate[k],
                    oc_range_loss_at(&result->curve, result->rate[k]));
        else
            fprintf(out, "%12s  %10s", "-", "-");
        fprintf(out, "  %s\n", oc_suggestion_meaning(k));
    }
    const oc_smith *const s = &result->smith;
    if (isfinite(s->max))
        fprintf(out,
                "\n%s starts to rise at a rate of %.3g; %s %.3g.\n"
                "Smith's bounds: cyclical %.3g or %.3g to %.3g; 1cycle %.3g to %.3g.\n",
                r->is_r2 ? "R2" : "Accuracy", s->start,
                s->is_open ? "it does not fall (try a higher --max-lr) up to" : "it falls beyond",
                s->max, s->max / 4, s->max / 3, s->max, s->max / 10, s->max);
}

static void print_grid(FILE *out, const oc_range_report *r)
{
    static const int shown[] = {OC_SUGGEST_VALLEY, OC_SUGGEST_MINIMUM, OC_SUGGEST_STEEP,
                                OC_SUGGEST_SMITH};
    enum { SHOWN = sizeof shown / sizeof shown[0], LABEL = 30 };
    fprintf(out, "%-*s%6s%9s", LABEL, "", "steps", "least");
    for (int i = 0; i < SHOWN; i++)
        fprintf(out, "%8s", oc_suggestion_name(shown[i]));
    fputc('\n', out);
    for (size_t t = 0; t < r->count; t++) {
        const oc_range_result *const result = &r->result[t];
        char label[OC_GRID_LABEL];
        double least = NAN;
        for (size_t i = 0; i < result->curve.count; i++)
            least = fmin(least, result->curve.point[i].smoothed);
        fprintf(out, "%-*s%6zu%9.4g", LABEL, oc_grid_short(result->label, LABEL - 1, label),
                result->curve.count, least);
        for (int i = 0; i < SHOWN; i++)
            if (isfinite(result->rate[shown[i]]))
                fprintf(out, "%8.3g", result->rate[shown[i]]);
            else
                fprintf(out, "%8s", "-");
        fputc('\n', out);
    }
}

void oc_range_print(FILE *out, const oc_range_report *r)
{
    const oc_range_options *const o = r->options;
    fprintf(out, "Range test: %llu steps, %s from %g to %g", (unsigned long long)o->steps,
            o->scale == OC_RANGE_LINEAR ? "linear" : "exponential", o->min_lr, o->max_lr);
    if (r->count == 1) {
        fprintf(out, ", momentum %g\n", r->momentum);
        print_end(out, r, &r->result[0].curve);
        fputc('\n', out);
        print_curve(out, r);
        print_suggestions(out, r);
    } else {
        fprintf(out, ", %zu tests\n\n", r->count);
        print_grid(out, r);
    }
}
