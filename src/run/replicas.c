/* replicas.c - are all replicas still the same? A difference means a broken node or a bug;
 * going on would train several networks at once without anybody noticing. */
#include "base/hash.h"
#include "run/run.h"

#include <string.h>

oc_status oc_run_check_replicas(oc_run *run)
{
    const size_t ranks = (size_t)oc_comm_size(run->comm);
    const size_t parameters = run->network->parameter_count * sizeof(float);
    const int slots = oc_optimizer_slots(run->recipe.optimizer.kind);
    uint64_t hashes[OC_MAX_SLOTS + 5] = {
        run->info.step,
        oc_hash64(run->parameters, parameters),
        oc_hash64(run->state, run->network->state_count * sizeof(float)),
    };
    for (int s = 0; s < slots; s++)
        hashes[3 + s] = oc_hash64(run->slot[s], parameters);
    if (run->average)
        hashes[OC_MAX_SLOTS + 3] = oc_hash64(run->average, parameters);
    if (run->average_state)
        hashes[OC_MAX_SLOTS + 4] =
            oc_hash64(run->average_state, run->network->state_count * sizeof(float));
    memset(run->replica_hash, 0, ranks * sizeof *run->replica_hash);
    run->replica_hash[oc_comm_rank(run->comm)] = oc_hash64(hashes, sizeof hashes);
    const oc_status status = oc_comm_sum_u64(run->comm, run->replica_hash, ranks);
    if (status != OC_OK)
        return status;
    for (size_t r = 1; r < ranks; r++)
        if (run->replica_hash[r] != run->replica_hash[0])
            return oc_fail(
                OC_ERR_REPLICAS,
                "step %llu: the weights or optimiser state of rank %zu differ from rank 0's "
                "(hash %016llx, "
                "expected %016llx); resume from the last checkpoint, if it happens "
                "again on the same node suspect its memory",
                (unsigned long long)run->info.step, r, (unsigned long long)run->replica_hash[r],
                (unsigned long long)run->replica_hash[0]);
    return OC_OK;
}
