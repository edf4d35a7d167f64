/* targets.h - what a network's outputs are held against: the kinds of targets, and their names in
 * files. */
#ifndef OC_STORAGE_TARGETS_H
#define OC_STORAGE_TARGETS_H

typedef enum oc_targets_kind {
    OC_TARGETS_CLASSES,     /* one class a sample: labels */
    OC_TARGETS_REGRESSION,  /* numbers */
    OC_TARGETS_MULTI_LABEL, /* 0 or 1 for each label */
    OC_TARGETS_KINDS
} oc_targets_kind;

/* Local. "classes", "regression", "multi_label"; the kind of a name or -1. */
const char *oc_targets_name(oc_targets_kind kind);
int oc_targets_find(const char *name);

#endif
