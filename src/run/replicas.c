/* replicas.c - are all replicas still the same? A difference means a broken node or a bug;
 * going on would train several networks at once without anybody noticing. */
#include "base/hash.h"
#include "run/run.h"

/* Not all hashes are rank 0's: whose is the first that is not? */
static oc_status name_first(oc_run *run, uint64_t mine)
{
    const uint64_t ranks = (uint64_t)oc_comm_size(run->comm);
    uint64_t expected = mine;
    oc_status status = oc_comm_broadcast(run->comm, &expected, sizeof expected, 0);
    uint64_t first = mine != expected ? (uint64_t)oc_comm_rank(run->comm) : ranks;
    if (status == OC_OK)
        status = oc_comm_min_u64(run->comm, &first, 1);
    uint64_t found = mine;
    if (status == OC_OK)
        status = oc_comm_broadcast(run->comm, &found, sizeof found, (int)first);
    if (status != OC_OK)
        return status;
    return oc_fail(OC_ERR_REPLICAS,
                   "step %llu: the weights or optimiser state of rank %llu differ from rank 0's "
                   "(hash %016llx, expected %016llx); resume from the last checkpoint, if it "
                   "happens again on the same node suspect its memory",
                   (unsigned long long)run->info.step, (unsigned long long)first,
                   (unsigned long long)found, (unsigned long long)expected);
}

/* The least hash and the greatest, as the least complement: no list of the ranks, so it takes as
 * long as a sum of two words. */
oc_status oc_run_check_replicas(oc_run *run)
{
    oc_run_note(run, OC_PHASE_REPLICAS, OC_NO_NUMBER);
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
    const uint64_t mine = oc_hash64(hashes, sizeof hashes);
    uint64_t least[2] = {mine, ~mine};
    const oc_status status = oc_comm_min_u64(run->comm, least, 2);
    return status != OC_OK || least[0] == ~least[1] ? status : name_first(run, mine);
}
