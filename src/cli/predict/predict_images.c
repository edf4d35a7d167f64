/* predict_images.c - see predict_images.h. */
#include "cli/predict/predict_images.h"

#include "base/file.h"
#include "base/log.h"
#include "base/plain_text.h"
#include "cli/predict/predict_rows.h"
#include "data/images/image_decode.h"
#include "data/images/picture.h"

#include <stdlib.h>

/* Pictures at, at + 1, ... are still to be read. */
typedef struct reader {
    const oc_schema *schema;
    const oc_predict_images *images;
    int at;
    int is_told; /* what was done to one of them */
} reader;

/* Can pictures be made into what the network takes, and is it known how? */
static oc_status check_schema(const oc_schema *schema, const oc_predict_images *images)
{
    const char *const path = images->path[0];
    const int is_scaled = images->scale > 0;
    if (schema->features > 0)
        return oc_fail(OC_ERR_DATA,
                       "%s: an image, expected a table: the network was trained on %zu columns "
                       "with names (--csv FILE)",
                       path, schema->features);
    if (schema->channels != 1 && schema->channels != 3)
        return oc_fail(OC_ERR_DATA,
                       "%s: an image has 1 or 3 channels (grey; red, green, blue), but the "
                       "network was trained on samples of %dx%dx%d (channels x height x width)",
                       path, schema->channels, schema->height, schema->width);
    if (schema->values == OC_VALUES_NUMBERS && !is_scaled)
        return oc_fail(OC_ERR_USAGE,
                       "%s: the network was trained on numbers of unknown range: give the value "
                       "of a white pixel with --scale, such as --scale 1 or --scale 255",
                       path);
    if (schema->values != OC_VALUES_NUMBERS && is_scaled)
        return oc_fail(OC_ERR_USAGE,
                       "--scale %g: the network was trained on pixels from 0 to %g, so their "
                       "scale is already known",
                       images->scale, oc_values_unit(schema->values));
    return OC_OK;
}

/* What was done to a picture and may not be what the user expects, once for all of them. */
static void tell(reader *r, const char *path, const oc_picture_made *made)
{
    char clean[OC_PLAIN_TEXT];
    const oc_picture *const picture = &r->schema->picture;
    if (r->is_told || !made->resized || (picture->is_known && picture->fit[0]))
        return;
    r->is_told = 1;
    oc_log(OC_LOG_INFO, "%s: %s to %dx%d (height x width); %s", oc_plain_text(path, clean),
           picture->is_known ? "cropped" : "stretched", r->schema->height, r->schema->width,
           picture->is_known ? "all training images had this size"
                             : "how the training images were prepared is not known");
}

static oc_status next(void *user, double *numbers, int *more)
{
    reader *const r = user;
    const oc_schema *const schema = r->schema;
    oc_picture_how how = oc_picture_how_of(schema);
    oc_picture_made made;
    char *bytes = NULL;
    uint16_t *values = NULL;
    size_t count;
    *more = r->at < r->images->count;
    if (!*more)
        return OC_OK;
    const char *const path = r->images->path[r->at++];
    if (schema->values == OC_VALUES_NUMBERS)
        how.bits = 0; /* as it has: none is lost */
    oc_status status = oc_file_read(path, OC_IMAGE_MAX_FILE, &bytes, &count);
    if (status == OC_OK)
        status = oc_picture_prepare(path, bytes, count, &how, &made, &values);
    if (status == OC_OK) {
        const double white = made.bits == 16 ? UINT16_MAX : UINT8_MAX;
        tell(r, path, &made);
        for (size_t i = 0; i < oc_schema_values(schema); i++) {
            const double value = r->images->invert ? white - values[i] : values[i];
            numbers[i] =
                schema->values == OC_VALUES_NUMBERS ? value / white * r->images->scale : value;
        }
    }
    free(values);
    free(bytes);
    return status;
}

static void print_targets(const oc_schema *schema, const float *output, FILE *out)
{
    for (int c = 0; c < schema->classes; c++) {
        fputc('\t', out);
        oc_plain_put(out, schema->class_names[c]);
        fprintf(out, " %.6g", (double)output[c]);
    }
}

/* The class names by falling probability, `top` of them. Takes each out of `output`. */
static void print_classes(const oc_schema *schema, float *output, long top, FILE *out)
{
    for (long rank = 0; rank < top && rank < schema->classes; rank++) {
        int best = 0;
        for (int c = 1; c < schema->classes; c++)
            if (output[c] > output[best])
                best = c;
        fputc('\t', out);
        oc_plain_put(out, schema->class_names[best]);
        fprintf(out, " %.4f", (double)output[best]);
        output[best] = -1;
    }
}

static void print(void *user, uint64_t sample, float *outputs, FILE *out)
{
    const reader *const r = user;
    oc_plain_put(out, r->images->path[sample]);
    if (r->schema->kind == OC_TARGETS_REGRESSION)
        print_targets(r->schema, outputs, out);
    else
        print_classes(r->schema, outputs, r->images->top, out);
    fputc('\n', out);
}

oc_status oc_cli_predict_images(oc_predictor *predictor, const oc_predict_images *images, FILE *out)
{
    reader r = {.schema = &predictor->schema, .images = images};
    const oc_predict_rows rows = {.name = "pictures",
                                  .next = next,
                                  .print = images->all ? NULL : print,
                                  .user = &r,
                                  .file = images->path};
    const oc_status status = check_schema(&predictor->schema, images);
    return status == OC_OK ? oc_cli_predict_rows(predictor, &rows, out) : status;
}
