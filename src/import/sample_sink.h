/* sample_sink.h - samples that come one at a time, of any split, on their way to a data set file,
 * which takes them in blocks. */
#ifndef OC_IMPORT_SAMPLE_SINK_H
#define OC_IMPORT_SAMPLE_SINK_H

#include "data/dataset/dataset_write.h"

typedef struct oc_sample_sink oc_sample_sink;

/* Local. Begin the file `out`; the plan is borrowed until then. OC_ERR_DATA beyond the limits of
 * files, OC_ERR_IO, OC_ERR_INTERNAL. */
oc_status oc_sample_sink_create(oc_sample_sink **sink, const oc_dataset_plan *plan,
                                const char *out);

/* Local. Where the next sample of a split goes: (C, H, W) as the plan says they are stored. */
void *oc_sample_sink_next(const oc_sample_sink *sink, oc_split split);

/* Local. The same, from numbers that are exact in the type stored, a float or a double. */
void oc_sample_sink_numbers(oc_sample_sink *sink, oc_split split, const double *numbers);

/* Local. That sample is complete: its label, or where the plan's targets are numbers,
 * those (else NULL). OC_ERR_DATA, OC_ERR_IO as of the writer. */
oc_status oc_sample_sink_add(oc_sample_sink *sink, oc_split split, int32_t label,
                             const double *targets);

/* Local. All samples came: write the rest, finish the file. The sink is gone whatever happens.
 * OC_ERR_DATA when samples are missing, OC_ERR_IO, OC_ERR_INTERNAL. */
oc_status oc_sample_sink_finish(oc_sample_sink *sink);

/* Local. Give up; nothing is left on disk. NULL-safe. */
void oc_sample_sink_discard(oc_sample_sink *sink);

#endif
