/* resample.c - see resample.h. Rows first, one row of output at a time, then columns: no more
 * memory than a row of the picture. */
#include "data/images/resample.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *const fit_names[OC_FIT_COUNT] = {
#define OC_FIT(kind, name) name,
#include "data/images/fits.def"
#undef OC_FIT
};

const char *oc_fit_name(oc_fit fit)
{
    return fit_names[fit];
}

int oc_fit_find(const char *name)
{
    for (int fit = 0; fit < OC_FIT_COUNT; fit++)
        if (strcmp(name, fit_names[fit]) == 0)
            return fit;
    return -1;
}

/* Along one axis: output [first, last) is made of the picture from `begin`, `step` pixels each. */
typedef struct axis {
    int first, last;
    double begin, step;
    size_t pixels;
} axis;

/* The pixels that one place of the output is made of: [low, high], and how to weigh them. */
typedef struct window {
    size_t low, high;
    double centre, reach;
} window;

static window window_of(const axis *a, int i)
{
    const double reach = a->step > 1 ? a->step : 1;
    const double last = (double)(a->pixels - 1);
    double centre = a->begin + ((double)(i - a->first) + 0.5) * a->step - 0.5;
    centre = centre < 0 ? 0 : centre > last ? last : centre;
    const double low = ceil(centre - reach), high = floor(centre + reach);
    return (window){low < 0 ? 0 : (size_t)low, high > last ? (size_t)last : (size_t)high, centre,
                    reach};
}

static double weight_of(const window *w, size_t at)
{
    const double weight = 1 - fabs((double)at - w->centre) / w->reach;
    return weight > 0 ? weight : 0;
}

/* Channel c of a pixel, or its grey: what is grey already stays exactly what it is. */
static inline double byte_of(const uint8_t *at, int pixel_channels, int c, int grey)
{
    float value = at[c];
    if (grey && (at[0] != at[1] || at[0] != at[2]))
        value = 0.299f * at[0] + 0.587f * at[1] + 0.114f * at[2];
    return (double)(pixel_channels == 4 ? value * at[3] / UINT8_MAX : value);
}

static inline double word_of(const uint16_t *at, int pixel_channels, int c, int grey)
{
    double value = at[c];
    if (grey && (at[0] != at[1] || at[0] != at[2]))
        value = 0.299 * at[0] + 0.587 * at[1] + 0.114 * at[2];
    return pixel_channels == 4 ? value * at[3] / UINT16_MAX : value;
}

/* Row `y` of the picture, weighed, onto the line. The numbers of channels are constants wherever it
 * is called, so that the loop has no questions in it. */
static inline void add_row(const oc_pixels *pixels, size_t y, double weight, double *line,
                           int pixel_channels, int channels)
{
    const size_t first = y * pixels->width * (size_t)pixel_channels;
    if (pixels->bits == 16) {
        const uint16_t *at = (const uint16_t *)pixels->data + first;
        for (size_t x = 0; x < pixels->width; x++, at += pixel_channels, line += channels)
            for (int c = 0; c < channels; c++)
                line[c] += weight * word_of(at, pixel_channels, c, channels == 1);
    } else {
        const uint8_t *at = (const uint8_t *)pixels->data + first;
        for (size_t x = 0; x < pixels->width; x++, at += pixel_channels, line += channels)
            for (int c = 0; c < channels; c++)
                line[c] += weight * byte_of(at, pixel_channels, c, channels == 1);
    }
}

/* Row `y` of the output, still as wide as the picture: line (width, channels). */
static void make_line(const oc_pixels *pixels, int channels, const axis *rows, int y, double *line)
{
    const window w = window_of(rows, y);
    const size_t values = (size_t)pixels->width * (size_t)channels;
    double total = 0;
    memset(line, 0, values * sizeof *line);
    for (size_t row = w.low; row <= w.high; row++) {
        const double weight = weight_of(&w, row);
        if (weight == 0)
            continue;
        total += weight;
        if (pixels->channels == 4 && channels == 1)
            add_row(pixels, row, weight, line, 4, 1);
        else if (pixels->channels == 4)
            add_row(pixels, row, weight, line, 4, 3);
        else if (channels == 1)
            add_row(pixels, row, weight, line, 3, 1);
        else
            add_row(pixels, row, weight, line, 3, 3);
    }
    for (size_t i = 0; i < values; i++)
        line[i] /= total;
}

static void make_row(const double *line, int channels, const axis *columns, size_t plane,
                     float *out)
{
    for (int x = columns->first; x < columns->last; x++) {
        const window w = window_of(columns, x);
        double sum[3] = {0}, total = 0;
        for (size_t column = w.low; column <= w.high; column++) {
            const double weight = weight_of(&w, column);
            total += weight;
            for (int c = 0; c < channels; c++)
                sum[c] += weight * line[column * (size_t)channels + (size_t)c];
        }
        for (int c = 0; c < channels; c++)
            out[(size_t)c * plane + (size_t)x] = (float)(sum[c] / total);
    }
}

/* `wanted` places, of which the middle `used` show the middle of the picture, `scale` of its pixels
 * each. */
static axis axis_of(int wanted, uint32_t pixels, int used, double scale)
{
    const int first = (wanted - used) / 2;
    return (axis){first, first + used, ((double)pixels - used * scale) / 2, scale, pixels};
}

static void plan(const oc_pixels *pixels, int height, int width, oc_fit fit, axis *rows,
                 axis *columns)
{
    const double down = (double)pixels->height / height, across = (double)pixels->width / width;
    const double least = down < across ? down : across, most = down < across ? across : down;
    int used_rows = height, used_columns = width;
    if (fit == OC_FIT_PAD) { /* whole pixels, at least one */
        used_rows = (int)fmax(1, fmin(height, floor((double)pixels->height / most + 0.5)));
        used_columns = (int)fmax(1, fmin(width, floor((double)pixels->width / most + 0.5)));
    }
    const int crop = fit == OC_FIT_CROP;
    *rows = axis_of(height, pixels->height, used_rows,
                    crop ? least : (double)pixels->height / used_rows);
    *columns = axis_of(width, pixels->width, used_columns,
                       crop ? least : (double)pixels->width / used_columns);
}

oc_status oc_resample(const oc_pixels *pixels, int channels, int height, int width, oc_fit fit,
                      float *out)
{
    const size_t plane = (size_t)height * (size_t)width;
    axis rows, columns;
    double *line = malloc((size_t)pixels->width * (size_t)channels * sizeof *line);
    if (!line)
        return oc_fail(OC_ERR_MEMORY, "no memory for a row of %u pixels", pixels->width);
    plan(pixels, height, width, fit, &rows, &columns);
    if (fit == OC_FIT_PAD)
        memset(out, 0, plane * (size_t)channels * sizeof *out);
    for (int y = rows.first; y < rows.last; y++) {
        make_line(pixels, channels, &rows, y, line);
        make_row(line, channels, &columns, plane, out + (size_t)y * (size_t)width);
    }
    free(line);
    return OC_OK;
}
