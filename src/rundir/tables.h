/* tables.h - steps.csv and epochs.csv: the one place that knows their columns. Whoever writes a
 * row, goes on with a table, reads one or draws it takes names from here. docs/FORMATS.md says what
 * the numbers are. */
#ifndef OC_RUNDIR_TABLES_H
#define OC_RUNDIR_TABLES_H

#include "base/status.h"
#include "storage/targets.h"

#include <stddef.h>

/* Columns of steps.csv. Behind them, where there are several groups of parameters, one each with
 * its rate: lr_1, lr_2...; then trust ratios that the recipe asks for: trust_conv1.weight... */
typedef enum oc_step_column {
    OC_STEP_STEP,
    OC_STEP_EPOCH,
    OC_STEP_LR, /* of the last group */
    OC_STEP_MOMENTUM,
    OC_STEP_LOSS,
    OC_STEP_ACCURACY, /* of regression R2 */
    OC_STEP_SPEED,    /* images per second */
    OC_STEP_DATA_WAIT,
    OC_STEP_COLUMNS
} oc_step_column;

/* Columns of epochs.csv. The last two are not there for classes. */
typedef enum oc_epoch_column {
    OC_EPOCH_EPOCH,
    OC_EPOCH_STEP,
    OC_EPOCH_TRAIN_LOSS,
    OC_EPOCH_TRAIN_ACCURACY, /* accuracies are R2 of regression */
    OC_EPOCH_TEST_LOSS,
    OC_EPOCH_TEST_ACCURACY,
    OC_EPOCH_LR,
    OC_EPOCH_SECONDS,
    OC_EPOCH_SPEED,
    OC_EPOCH_SCORE_1, /* RMSE, or the accuracy of labels */
    OC_EPOCH_SCORE_2, /* MAE, or F1 */
    OC_EPOCH_COLUMNS
} oc_epoch_column;

typedef enum oc_cell {
    OC_CELL_COUNT,    /* whole, from 0 to 2^53 */
    OC_CELL_POSITIVE, /* finite, 0 or more */
    OC_CELL_ANY       /* also NaN and infinite */
} oc_cell;

typedef struct oc_column {
    const char *name[OC_TARGETS_KINDS]; /* by what the run's targets are; NULL: not there */
    oc_cell cell;
} oc_column;

typedef struct oc_table {
    const char *file;        /* its name in the run directory */
    const oc_column *column; /* (columns) */
    size_t columns;          /* at most; those that are not there for a kind are the last */
    size_t step_column;      /* rows rise in it */
    int has_every_step;      /* a row for each step from 1 on */
} oc_table;

extern const oc_table oc_steps_table, oc_epochs_table;

/* Local. Columns for runs of a kind, without those of groups. */
size_t oc_table_width(const oc_table *table, oc_targets_kind kind);

enum { OC_TABLE_HEADER = 12 * 1024 }; /* bytes, more than any header has */

/* Local. The first line, with its newline; `groups` is how many columns of groups there are. */
void oc_table_header(const oc_table *table, oc_targets_kind kind, size_t groups,
                     char header[OC_TABLE_HEADER]);

/* Local. One more column at its end, called trust_ and the parameter's name. */
void oc_table_header_add_trust(char header[OC_TABLE_HEADER], const char *parameter);

/* Local. The kind whose header a first line is, perhaps with more columns behind it; -1: it is no
 * header of this table. */
int oc_table_kind(const oc_table *table, const char *header);

/* The rows of a table that was read. */
typedef struct oc_table_rows {
    double *number; /* (count, columns), owned; columns that are not there are NaN */
    size_t count, columns;
    oc_targets_kind kind;
} oc_table_rows;

/* Local. Row i of the rows: numbers by oc_step_column or oc_epoch_column. */
static inline const double *oc_table_row(const oc_table_rows *rows, size_t i)
{
    return rows->number + i * rows->columns;
}

/* Local. The last row; NULL if there is none. */
static inline const double *oc_table_last(const oc_table_rows *rows)
{
    return rows->count ? oc_table_row(rows, rows->count - 1) : NULL;
}

/* Local. All whole lines of a run directory's table; a torn last one is what a run that writes
 * leaves behind, and is passed over. OC_ERR_IO; OC_ERR_DATA, with file and line, for a header or
 * row that is damaged. Free *rows also after a failure. */
oc_status oc_table_read(oc_table_rows *rows, const char *folder, const oc_table *table);
void oc_table_free(oc_table_rows *rows); /* safe on a zeroed one */

#endif
