/* summary.c - see summary.h. */
#include "rundir/summary.h"

#include "base/file.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SUMMARY_BYTES = 1 << 20 };

/* Keys that are read back. */
static const char status_key[] = "status", steps_key[] = "steps", hash_key[] = "weights_hash",
                  train_loss_key[] = "train_loss", test_loss_key[] = "test_loss",
                  seconds_key[] = "seconds";
static const char *const score_key[] = {"test_accuracy", "test_r2"}; /* by is_r2 */

/* JSON has no NaN and no infinity: null stands for them. */
static json_t *real_or_null(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

static json_t *summary_object(const oc_summary *s)
{
    char hash[OC_DIGEST_TEXT];
    oc_digest_text(s->weights_hash, hash);
    const int is_regression = s->kind == OC_TARGETS_REGRESSION;
    json_t *object = json_pack(
        "{s:s, s:s, s:o, s:o, s:o, s:I, s:I, s:I, s:I, s:o, s:o, s:i, s:i, s:b, s:s}", "model",
        s->model, status_key, s->status, score_key[is_regression], real_or_null(s->test_accuracy),
        test_loss_key, real_or_null(s->test_loss), train_loss_key, real_or_null(s->train_loss),
        steps_key, (json_int_t)s->steps, "epochs", (json_int_t)s->epochs, "skipped_steps",
        (json_int_t)s->skipped, "rollbacks", (json_int_t)s->rollbacks, seconds_key,
        real_or_null(s->seconds), "images_per_second", real_or_null(s->images_per_second), "ranks",
        s->ranks, "shards", s->shards, "resumed", s->resumed, hash_key, hash);
    const int is_multi = s->kind == OC_TARGETS_MULTI_LABEL;
    if (!object || s->kind == OC_TARGETS_CLASSES)
        return object;
    if (json_object_set_new(object, is_multi ? "test_label_accuracy" : "test_rmse",
                            real_or_null(is_multi ? s->scores.label_accuracy : s->scores.rmse)) ||
        json_object_set_new(object, is_multi ? "test_f1" : "test_mae",
                            real_or_null(is_multi ? s->scores.f1 : s->scores.mae))) {
        json_decref(object);
        return NULL;
    }
    return object;
}

oc_status oc_summary_write(const char *folder, const oc_summary *summary)
{
    char path[OC_PATH_BYTES];
    oc_status status = oc_path_join(path, folder, OC_SUMMARY_FILE);
    if (status != OC_OK)
        return status;
    json_t *object = summary_object(summary);
    char *text = object ? json_dumps(object, JSON_INDENT(2) | JSON_REAL_PRECISION(17)) : NULL;
    if (text) {
        const size_t length = strlen(text);
        text[length] = '\n'; /* in place of the NUL: what is written is counted, not a string */
        status = oc_file_write(path, text, length + 1);
    } else {
        status =
            oc_fail(OC_ERR_INTERNAL, "%s: cannot be made (no memory, or text not UTF-8)", path);
    }
    free(text);
    json_decref(object);
    return status;
}

static double number_of(const json_t *object, const char *key)
{
    const json_t *const value = json_object_get(object, key);
    return json_is_number(value) ? json_number_value(value) : (double)NAN;
}

static void view_object(oc_summary_view *view, const json_t *object)
{
    const char *const hash = json_string_value(json_object_get(object, hash_key));
    const double steps = number_of(object, steps_key);
    snprintf(view->status, sizeof view->status, "%s",
             json_string_value(json_object_get(object, status_key)));
    snprintf(view->weights_hash, sizeof view->weights_hash, "%s", hash ? hash : "");
    view->steps = steps >= 0 && steps < 1e18 ? (uint64_t)steps : 0;
    view->is_r2 = json_object_get(object, score_key[1]) != NULL;
    view->score = number_of(object, score_key[view->is_r2]);
    view->test_loss = number_of(object, test_loss_key);
    view->train_loss = number_of(object, train_loss_key);
    view->seconds = number_of(object, seconds_key);
    if (view->test_loss < 0) /* never evaluated, of an earlier version */
        view->score = view->test_loss = NAN;
}

oc_status oc_summary_read(oc_summary_view *view, const char *folder)
{
    char path[OC_PATH_BYTES], *text = NULL;
    size_t bytes = 0;
    *view = (oc_summary_view){.score = NAN, .test_loss = NAN, .train_loss = NAN, .seconds = NAN};
    oc_status status = oc_path_join(path, folder, OC_SUMMARY_FILE);
    if (status != OC_OK || !oc_file_exists(path))
        return status;
    status = oc_file_read(path, SUMMARY_BYTES, &text, &bytes);
    if (status != OC_OK)
        return status;
    json_t *const object = json_loadb(text, bytes, 0, NULL);
    if (json_is_string(json_object_get(object, status_key)))
        view_object(view, object);
    else
        status = oc_fail(OC_ERR_DATA, "%s: no \"status\" in it; expected a run's summary", path);
    json_decref(object);
    free(text);
    return status;
}
