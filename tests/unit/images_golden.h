/* images_golden.h - importing pictures of tests/golden/pictures. */
#ifndef OC_TESTS_IMAGES_GOLDEN_H
#define OC_TESTS_IMAGES_GOLDEN_H

#include "images_check.h"

/* A picture of tests/golden/pictures, freed by the caller. */
static inline char *golden(const char *name, size_t *count)
{
    char path[OC_PATH_BYTES], *bytes;
    const char *const source = getenv("ONECYCLE_SOURCE");
    snprintf(path, sizeof path, "%s/tests/golden/pictures/%s", source ? source : ".", name);
    CU_ASSERT_EQUAL_FATAL(oc_file_read(path, OC_IMAGE_MAX_FILE, &bytes, count), OC_OK);
    return bytes;
}

static inline void add_golden(const char *name, const char *as)
{
    size_t count;
    char *const bytes = golden(name, &count);
    tar_add(as, '0', "", bytes, count, count);
    free(bytes);
}

static inline oc_dataset *open_result(void)
{
    oc_dataset *dataset;
    CU_ASSERT_EQUAL_FATAL(oc_dataset_open(&dataset, out_path()), OC_OK);
    return dataset;
}

/* Is there a note with this in it? */
static inline int is_noted(const oc_dataset *dataset, const char *text)
{
    const oc_schema *const schema = &oc_dataset_describe(dataset)->schema;
    for (size_t i = 0; i < schema->notes; i++)
        if (strstr(schema->note[i], text))
            return 1;
    printf("no note has: %s\n", text);
    for (size_t i = 0; i < schema->notes; i++)
        printf("  %s\n", schema->note[i]);
    return 0;
}

#endif
