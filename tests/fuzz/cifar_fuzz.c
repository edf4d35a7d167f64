/* cifar_fuzz.c - `import cifar`. The input is one record after the other, each put into every
 * batch of an archive that is made here; or, if it does not begin with "B", the archive. */
#include "fuzz/fuzz.h"
#include "import_words.h"

#include <stdlib.h>
#include <string.h>

enum { BLOCK = 512, FILES = 7, MOST = 1 << 15 };

static const char *const names[FILES] = {"data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin",
                                         "data_batch_4.bin", "data_batch_5.bin", "test_batch.bin",
                                         "batches.meta.txt"};

static void write_octal(uint8_t *to, int digits, size_t value)
{
    for (int i = digits; i-- > 0; value /= 8)
        to[i] = (uint8_t)('0' + value % 8);
}

static size_t add(uint8_t *to, const char *name, const uint8_t *bytes, size_t count)
{
    unsigned sum = 0;
    memcpy(to, name, strlen(name));
    write_octal(to + 100, 7, 0644);
    write_octal(to + 124, 11, count);
    memset(to + 148, ' ', 8);
    to[156] = '0';
    memcpy(to + 257, "ustar\00000", 8);
    for (int i = 0; i < BLOCK; i++)
        sum += to[i];
    write_octal(to + 148, 6, sum);
    to[154] = 0;
    memcpy(to + BLOCK, bytes, count);
    return BLOCK + (count + BLOCK - 1) / BLOCK * BLOCK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[FUZZ_PATH];
    uint8_t *archive = NULL;
    if (size > MOST)
        return 0;
    if (size > 1 && data[0] == 'B') {
        const size_t text = data[1] < size - 2 ? data[1] : size - 2;
        size_t count = 0;
        archive = calloc(FILES + 1, size + 2 * BLOCK);
        if (!archive)
            return 0;
        for (int i = 0; i + 1 < FILES; i++)
            count += add(archive + count, names[i], data + 2 + text, size - 2 - text);
        count += add(archive + count, names[FILES - 1], data + 2, text);
        data = archive;
        size = count + 2 * BLOCK;
    }
    const int file = fuzz_open(data, size, path);
    const char *const coarse = size / BLOCK % 8 == 0 ? "--coarse" : "--force";
    fuzz_check_output(import_words("cifar", "--force", coarse, path, fuzz_output(), NULL) != OC_OK);
    fuzz_close(file);
    free(archive);
    return 0;
}
