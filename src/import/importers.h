/* importers.h - what users have -> a data set file. One file an importer. Each writes
 * atomically: an interrupted import leaves no half file. */
#ifndef OC_IMPORT_IMPORTERS_H
#define OC_IMPORT_IMPORTERS_H

#include "base/status.h"
#include "data/arrays/array_shape.h"
#include "data/dataset/dataset_write.h"
#include "data/files/file_source.h"
#include "data/images/resample.h"

#include <stdint.h>

typedef struct oc_import_idx {
    const char *train_images, *train_labels, *test_images, *test_labels; /* idx files */
    oc_import_watch watch;
} oc_import_idx;

typedef struct oc_import_synthetic {
    uint64_t seed;
    int channels, height, width, classes;
    uint64_t train, test; /* samples */
    oc_import_watch watch;
} oc_import_synthetic;

typedef struct oc_import_images {
    const char *source;   /* a folder, a .tar, a .tar.gz or a .zip */
    oc_follow follow;     /* which links of a folder are followed */
    int channels;         /* 1 or 3 */
    int bits;             /* 8 or 16; 0: 16 if any image has them, else 8 */
    int height, width;    /* both 0: that of the images, which must then agree */
    oc_fit fit;           /* used with a size */
    double test_fraction; /* of each class, 0 to below 1; 0: there is a folder for them */
    uint64_t seed;        /* which they are */
    int strict;           /* what would be skipped is an error */
    oc_import_watch watch;
} oc_import_images;

typedef struct oc_import_cifar {
    const char *source; /* a folder, a .tar or a .tar.gz */
    int coarse;         /* CIFAR-100: the 20 superclasses instead of the 100 classes */
    oc_import_watch watch;
} oc_import_cifar;

/* Lists of columns as csv_names.h has them, one behind another; not owned. */
enum { OC_CSV_LISTS = 64 };
typedef struct oc_csv_lists {
    const char *list[OC_CSV_LISTS];
    size_t count;
} oc_csv_lists;

typedef struct oc_import_csv {
    const char *source, *test; /* CSV files; test NULL: a part of source */
    double test_fraction;      /* 0 to below 1 */
    uint64_t seed;             /* which part */
    /* Columns. One of the first three. */
    oc_csv_lists label;       /* its class: one column */
    oc_csv_lists targets;     /* numbers */
    oc_csv_lists multi_label; /* 0 or 1 each */
    oc_csv_lists categorical, ignore;
    char delimiter;
    uint64_t skip_lines;         /* before the header */
    int no_header;               /* columns are called 1, 2, ... */
    int channels, height, width; /* of the features; 0: each is a channel */
    oc_import_watch watch;
} oc_import_csv;

/* Arrays (N, ...) of samples and of what is to be learnt: in an HDF5 file, an .npz, or .npy files.
 */
typedef struct oc_import_arrays {
    oc_array_format format;
    const char *source; /* the HDF5 file or the .npz; NULL for .npy, whose names are files */
    /* Other files: of all targets; of the test split; of its targets. NULL: where the samples of
     * the split are, or, of the test split, where those of the training split are. */
    const char *targets_source, *test_source, *test_targets_source;
    const char *inputs[OC_SPLIT_COUNT], *targets[OC_SPLIT_COUNT]; /* test: NULL with a fraction */
    oc_targets_kind kind;
    oc_channel_order channels;
    int is_first_label_said;
    int64_t first_label;  /* the label of class 0, if it is said; else labels must begin with 0 */
    double test_fraction; /* 0 to below 1 */
    uint64_t seed;        /* which part */
    oc_import_watch watch;
} oc_import_arrays;

/* Local. idx files as of the MNIST page: magic 0x00000803 / 0x00000801, big-endian sizes;
 * plain or packed with gzip. OC_ERR_IO, OC_ERR_DATA. */
oc_status oc_import_idx_run(const oc_import_idx *options, const char *out);

/* Local. Images that a small network can learn to >= 0.99: a smooth random pattern a class,
 * shifted and with noise a sample; a pure function of the options. */
oc_status oc_import_synthetic_run(const oc_import_synthetic *options, const char *out);

/* Local. Pictures of the kinds of image_kinds.def, whatever they are called, one folder a class
 * (image_list.h), sorted by class and name, prepared as picture.h says. Hidden files and those of
 * unknown content are counted; images that cannot be read, links and names that lead out are
 * skipped and told. All that was done is in the notes of the data set's schema. OC_ERR_IO,
 * OC_ERR_DATA, OC_ERR_USAGE (a test fraction where there is a test folder, links of an archive). */
oc_status oc_import_images_run(const oc_import_images *options, const char *out);

/* Local. CIFAR-10 or CIFAR-100 in the binary version of its authors: A. Krizhevsky, "Learning
 * multiple layers of features from tiny images" (2009). OC_ERR_IO, OC_ERR_DATA, OC_ERR_USAGE
 * (coarse labels of CIFAR-10). */
oc_status oc_import_cifar_run(const oc_import_cifar *options, const char *out);

/* Local. CSV tables (csv_read.h), plain or packed with gzip. Categories and labels are sorted,
 * whole numbers by value, before words by their bytes. Nothing may be missing. OC_ERR_IO,
 * OC_ERR_DATA, OC_ERR_USAGE (columns that are not there). */
oc_status oc_import_csv_run(const oc_import_csv *options, const char *out);

/* Local. Two arrays of files that others made (array_file.h), or four with a test split: inputs of
 * 1 to 3 dimensions a sample, targets as in array_targets.h. Bytes stay bytes, what is exact in
 * float32 becomes that, all else float64. OC_ERR_IO, OC_ERR_DATA, OC_ERR_USAGE. */
oc_status oc_import_arrays_run(const oc_import_arrays *options, const char *out);

#endif
