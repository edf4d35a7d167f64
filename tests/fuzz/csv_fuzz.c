/* csv_fuzz.c - `import csv`. The first byte of the input chooses how it is read, the rest is the
 * file: with or without a header, classes, regression or several labels, some columns of words. */
#include "data/importers.h"
#include "fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const names[] = {"y", "1"};
    static const char *const others[] = {"word", "2"};
    static const char delimiters[] = {',', ';', '\t', ' '};
    char path[FUZZ_PATH];
    if (size < 1)
        return 0;
    const int no_header = data[0] & 1, kind = data[0] >> 1 & 3, words = data[0] >> 3 & 1;
    const char *const name = names[no_header];
    const int file = fuzz_open(data + 1, size - 1, path);
    const oc_import_csv options = {
        .source = path,
        .test = data[0] & 0x40 ? path : NULL,
        .test_fraction = data[0] & 0x40 ? 0 : 0.5,
        .label = kind == 0 || kind == 3 ? name : NULL,
        .targets = kind == 1 ? name : NULL,
        .multi_label = kind == 2 ? name : NULL,
        .categorical = words ? others[no_header] : NULL,
        .delimiter = delimiters[data[0] >> 4 & 3],
        .skip_lines = data[0] >> 7,
        .no_header = no_header,
    };
    fuzz_check_output(oc_import_csv_run(&options, fuzz_output()) != OC_OK);
    fuzz_close(file);
    return 0;
}
