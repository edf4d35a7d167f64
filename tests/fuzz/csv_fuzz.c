/* csv_fuzz.c - `import csv`. The first byte of the input chooses how it is read, the rest is the
 * file: with or without a header, classes, regression or several labels, some columns of words; or
 * the first line is the list of the columns to ignore. */
#include "fuzz/fuzz.h"
#include "import/import_csv.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const names[] = {"y", "1"};
    static const char *const others[] = {"word", "2"};
    static const char delimiters[] = {',', ';', '\t', ' '};
    char path[FUZZ_PATH], list[256] = "";
    if (size < 1)
        return 0;
    const int no_header = data[0] & 1, kind = data[0] >> 1 & 3, words = data[0] >> 3 & 1;
    const char *const name = names[no_header];
    size_t first = 1;
    if (kind == 3) {
        while (first < size && first < sizeof list && data[first] != '\n')
            first++;
        memcpy(list, data + 1, first - 1);
    }
    const int file = fuzz_open(data + first, size - first, path);
    const oc_import_csv options = {
        .common.source = path,
        .test = data[0] & 0x40 ? path : NULL,
        .common.test_fraction = data[0] & 0x40 ? 0 : 0.5,
        .roles.label = {{name}, kind == 0 || kind == 3},
        .roles.targets = {{name}, kind == 1},
        .roles.multi_label = {{name}, kind == 2},
        .roles.categorical = {{others[no_header]}, (size_t)words},
        .roles.ignore = {{list}, kind == 3},
        .roles.delimiter = delimiters[data[0] >> 4 & 3],
        .roles.skip_lines = data[0] >> 7,
        .roles.no_header = no_header,
    };
    fuzz_check_output(oc_import_csv_run(&options, fuzz_output()) != OC_OK);
    fuzz_close(file);
    return 0;
}
