/* adopt_test.c - ranks of a program that has initialised MPI itself (mpi/comm.h, src/job). */
#include "harness.h"

#include "job/job.h"
#include "kernels/kernels.h"
#include "mpi/comm.h"

#include <mpi.h>
#include <stdio.h>
#include <string.h>

static int rank, size;

/* All ranks of a communicator, as C and as Fortran know it, count themselves. */
static void test_all(void)
{
    MPI_Comm world = MPI_COMM_WORLD;
    oc_comm *comm = NULL;
    for (int fortran = 0; fortran < 2; fortran++) {
        CU_ASSERT_EQUAL_FATAL(fortran ? oc_comm_adopt_fortran(&comm, (int)MPI_Comm_c2f(world))
                                      : oc_comm_adopt(&comm, &world),
                              OC_OK);
        CU_ASSERT(oc_comm_rank(comm) == rank && oc_comm_size(comm) == size);
        uint64_t one = 1;
        CU_ASSERT_EQUAL(oc_comm_sum_u64(comm, &one, 1), OC_OK);
        CU_ASSERT_EQUAL(one, (uint64_t)size);
        oc_comm_close(comm);
    }
}

/* The even ranks are a job; what the odd ones do meanwhile is not its business. */
static void test_half(void)
{
    MPI_Comm half;
    MPI_Comm_split(MPI_COMM_WORLD, rank % 2, rank, &half);
    if (rank % 2 == 0) {
        oc_job job;
        const oc_job_options options = {.kind = OC_JOB_ADOPTED, .mpi_comm = &half};
        oc_kernels_set_blas_threads(2);
        CU_ASSERT_EQUAL_FATAL(oc_job_open(&job, &options), OC_OK);
        CU_ASSERT(oc_comm_rank(job.comm) == rank / 2 && oc_comm_size(job.comm) == (size + 1) / 2);
        MPI_Comm_free(&half); /* it has its own */
        CU_ASSERT_EQUAL(oc_comm_agree(job.comm, oc_fail(OC_ERR_IO, "all")), OC_ERR_IO);
        CU_ASSERT_EQUAL(oc_comm_agree(job.comm, OC_OK), OC_OK);
        oc_job_close(&job);
        CU_ASSERT(!job.comm);
        CU_ASSERT_EQUAL(oc_kernels_blas_threads(), 2);
        oc_kernels_set_blas_threads(1);
    } else {
        int sum = 1;
        MPI_Allreduce(MPI_IN_PLACE, &sum, 1, MPI_INT, MPI_SUM, half);
        CU_ASSERT_EQUAL(sum, size / 2);
        MPI_Comm_free(&half);
    }
    MPI_Barrier(MPI_COMM_WORLD); /* MPI goes on */
}

/* A failure comes back as a status; the handler of the communicator is what it was. */
static void test_wrong_ones(void)
{
    MPI_Comm none = MPI_COMM_NULL;
    MPI_Errhandler handler;
    oc_comm *comm = NULL;
    CU_ASSERT_EQUAL(oc_comm_adopt(&comm, &none), OC_ERR_USAGE);
    CU_ASSERT(comm == NULL && strstr(oc_message(), "MPI_COMM_NULL"));
    CU_ASSERT_EQUAL(oc_comm_open(&comm, 1), OC_ERR_USAGE);
    CU_ASSERT(comm == NULL && strstr(oc_message(), "initialised already"));
    if (size >= 2) {
        MPI_Comm part, between;
        MPI_Comm_split(MPI_COMM_WORLD, rank > 0, rank, &part);
        MPI_Intercomm_create(part, 0, MPI_COMM_WORLD, rank > 0 ? 0 : 1, 1, &between);
        CU_ASSERT_EQUAL(oc_comm_adopt(&comm, &between), OC_ERR_USAGE);
        CU_ASSERT_PTR_NOT_NULL(strstr(oc_message(), "intercommunicator"));
        MPI_Comm_free(&between);
        MPI_Comm_free(&part);
    }
    MPI_Comm_get_errhandler(MPI_COMM_WORLD, &handler);
    CU_ASSERT(handler == MPI_ERRORS_ARE_FATAL);
}

/* Where a process of ours would leave, an adopted communicator is broken, and this one goes on. */
static void test_abort_returns(void)
{
    MPI_Comm world = MPI_COMM_WORLD;
    oc_comm *comm = NULL, *part = NULL;
    CU_ASSERT_EQUAL_FATAL(oc_comm_adopt(&comm, &world), OC_OK);
    CU_ASSERT_EQUAL_FATAL(oc_comm_split(&part, comm, 0), OC_OK);
    oc_comm_abort(part, OC_ERR_DATA);
    CU_ASSERT(oc_comm_is_broken(part) && oc_comm_is_broken(comm));
    CU_ASSERT_EQUAL(oc_comm_agree(comm, OC_OK), OC_ERR_DATA);
    oc_comm_close(part);
    oc_comm_close(comm);
}

int main(int argc, char **argv)
{
    const oc_case cases[] = {
        {"all ranks, from C and Fortran", test_all},
        {"half of the ranks, as a job", test_half},
        {"no communicator, one between groups, MPI taken", test_wrong_ones},
        {"giving up returns", test_abort_returns},
    };
    MPI_Comm world = MPI_COMM_WORLD;
    oc_comm *comm = NULL;
    const oc_status early = oc_comm_adopt(&comm, &world);
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    int code = OC_RUN_CASES("adopt", cases);
    if (early != OC_ERR_USAGE) {
        fprintf(stderr, "adopt_test: before MPI_Init: found %s\n", oc_status_text(early));
        code = 1;
    }
    MPI_Finalize();
    return code;
}
