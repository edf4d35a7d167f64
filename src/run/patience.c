/* patience.c - see patience.h. */
#include "run/patience.h"

#include "schedules/schedule.h"

static const double times = 30, least = 60;

double oc_patience_limit(const oc_patience *patience, int alone)
{
    const double measured = times * patience->slowest, generous = OC_COMM_TIME_LIMIT;
    if (patience->wish != OC_AUTO)
        return patience->wish;
    if (alone || patience->slowest == 0)
        return measured > generous ? measured : generous;
    return measured > least ? measured : least;
}

void oc_patience_apply(oc_patience *patience, oc_comm *comm, int alone)
{
    const double limit = oc_patience_limit(patience, alone);
    if (limit == patience->set)
        return;
    patience->set = limit;
    oc_comm_set_time_limit(comm, limit);
}

void oc_patience_note(oc_patience *patience, double seconds)
{
    if (seconds > patience->slowest)
        patience->slowest = seconds;
}
