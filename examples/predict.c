/* predict.c - what a trained network says of samples that come as text: numbers on standard input, as
 * many a sample as it was trained on; a line of outputs for each.
 *     cc predict.c -o predict $(pkg-config --cflags --libs onecycle)
 *     ./predict runs/wine-001 <samples.txt */
#include <onecycle/onecycle.h>
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
    onecycle_model *model = NULL;
    onecycle_model_info info;
    float *input = NULL, *output = NULL;
    onecycle_status status = onecycle_model_load(&model, argc > 1 ? argv[1] : NULL);
    if (!status)
        status = onecycle_model_describe(model, &info);
    const size_t values =
        status ? 0 : (size_t)info.shape[0] * (size_t)info.shape[1] * (size_t)info.shape[2];
    if (!status) {
        input = malloc(values * sizeof *input);
        output = malloc((size_t)info.outputs * sizeof *output);
        status = input && output ? ONECYCLE_OK : ONECYCLE_ERR_MEMORY;
    }
    for (size_t n = 0; !status && scanf("%f", &input[n]) == 1;) {
        n = (n + 1) % values;
        if (n > 0)
            continue;
        status = onecycle_predict(model, 1, input, output);
        for (int o = 0; !status && o < info.outputs; o++)
            printf("%.6g%c", (double)output[o], o + 1 < info.outputs ? ' ' : '\n');
    }
    if (status)
        fprintf(stderr, "%s\n", onecycle_message());
    free(output);
    free(input);
    onecycle_model_free(model);
    return status;
}
