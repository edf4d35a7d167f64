/* api_view.h - a program's callback, as the training loop calls it. Rank 0. */
#ifndef OC_API_API_VIEW_H
#define OC_API_API_VIEW_H

#include "control/callback.h"
#include "onecycle/onecycle.h"

typedef struct oc_api_watcher {
    onecycle_callback callback;
    void *context;
    onecycle_view view; /* what it saw last */
} oc_api_watcher;

/* Local. `watcher` must live as long as what is returned. */
oc_callback oc_api_watch(oc_api_watcher *watcher);

#endif
