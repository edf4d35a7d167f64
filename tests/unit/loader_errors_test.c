/* loader_errors_test.c - what goes wrong while the loader reads ends in a status on every worker,
 * not in waiting. */
#include "loader_check.h"

typedef struct failing {
    oc_loader *loader;
    oc_status status[MOST_WORKERS];
    char message[MOST_WORKERS][256];
} failing;

static void take_until_failure(void *data, int worker)
{
    failing *f = data;
    oc_batch batch;
    for (int i = 0; i < EPOCHS * STEPS * SHARDS && !f->status[worker]; i++) {
        f->status[worker] = oc_loader_take(f->loader, worker, &batch);
        if (!f->status[worker])
            oc_loader_give_back(f->loader, worker);
    }
    snprintf(f->message[worker], sizeof f->message[worker], "%s", oc_message());
}

/* Every worker gets the status, with a message that says `what`. */
static void expect_failure(oc_loader *loader, int workers, oc_status status, const char *what)
{
    failing f = {.loader = loader};
    oc_team *team;
    CU_ASSERT_EQUAL_FATAL(oc_team_create(&team, workers), OC_OK);
    oc_loader_train(loader, 0);
    oc_team_run(team, take_until_failure, &f);
    for (int worker = 0; worker < workers; worker++) {
        CU_ASSERT_EQUAL(f.status[worker], status);
        CU_ASSERT_PTR_NOT_NULL(strstr(f.message[worker], what));
        if (!strstr(f.message[worker], what))
            printf("worker %d: %s\n", worker, f.message[worker]);
    }
    oc_team_destroy(team);
}

static void a_truncated_file_is_a_status(void)
{
    const char *path = oc_scratch_path("cut.h5");
    oc_opened o;
    oc_loader *loader;
    oc_copy(data_path(), path);
    open_data(&o, path, 0);
    CU_ASSERT_EQUAL_FATAL(create(&loader, &o, 0, 1, 1, MEMORY), OC_OK);
    oc_truncate(path, 100000);
    expect_failure(loader, 1, OC_ERR_DATA, "cut.h5: ends before byte");
    oc_loader_evaluate(loader); /* fails again, or not, but does not hang */
    oc_loader_destroy(loader);
    oc_opened_close(&o);
}

static void a_changed_file_is_a_status(void)
{
    const char *path = oc_scratch_path("changed.h5");
    oc_opened o;
    oc_loader *loader;
    oc_copy(data_path(), path);
    open_data(&o, path, 0);
    CU_ASSERT_EQUAL_FATAL(create(&loader, &o, 0, 1, 2, MEMORY), OC_OK);
    usleep(20000); /* the clock of file times is coarse */
    oc_flip_bit(path, 300000, 3);
    expect_failure(loader, 2, OC_ERR_DATA, "changed.h5: was changed");
    oc_loader_destroy(loader);
    oc_opened_close(&o);
}

static void taking_too_much_is_a_status(void)
{
    oc_opened o;
    oc_loader *loader;
    oc_batch batch;
    open_data(&o, data_path(), 1);
    CU_ASSERT_EQUAL_FATAL(create(&loader, &o, 0, 1, 1, 0), OC_OK);
    oc_loader_train(loader, EPOCHS * STEPS - 1);
    for (int i = 0; i < SHARDS; i++) {
        CU_ASSERT_EQUAL(oc_loader_take(loader, 0, &batch), OC_OK);
        oc_loader_give_back(loader, 0);
    }
    CU_ASSERT_EQUAL(oc_loader_take(loader, 0, &batch), OC_ERR_INTERNAL);
    oc_loader_destroy(loader);
    oc_opened_close(&o);
}

static void too_little_memory_is_told_with_numbers(void)
{
    oc_opened o;
    oc_loader *loader;
    open_data(&o, data_path(), 0);
    CU_ASSERT_EQUAL(create(&loader, &o, 0, 1, 1, 100000), OC_ERR_USAGE);
    CU_ASSERT_PTR_NULL(loader);
    CU_ASSERT_PTR_NOT_NULL(strstr(oc_message(), "data.memory"));
    CU_ASSERT_PTR_NOT_NULL(strstr(oc_message(), "MiB"));
    oc_opened_close(&o);
}

int main(void)
{
    const oc_case cases[] = {
        {"a truncated file is a status", a_truncated_file_is_a_status},
        {"a changed file is a status", a_changed_file_is_a_status},
        {"taking too much is a status", taking_too_much_is_a_status},
        {"too little memory is told with numbers", too_little_memory_is_told_with_numbers},
    };
    return OC_RUN_CASES("loader_errors", cases);
}
