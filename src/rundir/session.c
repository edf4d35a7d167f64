/* session.c - see session.h. */
#include "rundir/session_private.h"

#include "base/file.h"
#include "base/log.h"
#include "run/guard.h"
#include "rundir/flight_records.h"
#include "rundir/plot.h"
#include "rundir/summary.h"
#include "storage/checkpoint_dir.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static oc_status write_recipe(const oc_session *session, const oc_run *run)
{
    char path[OC_PATH_BYTES];
    char *text = NULL;
    oc_status status = oc_path_join(path, session->dir->path, "recipe.yaml");
    if (status == OC_OK)
        status = oc_recipe_format(&run->recipe, &text);
    if (status == OC_OK)
        status = oc_file_write(path, text, strlen(text));
    free(text);
    return status;
}

static void announce(const oc_session *session, const oc_run *run)
{
    const oc_checkpoint_info *info = &run->info;
    const oc_dataset_info *data = oc_dataset_describe(run->dataset);
    const double mebibyte = 1048576.0;
    char steps[40] = "as many steps as time allows";
    if (info->decision.end != OC_OPEN)
        snprintf(steps, sizeof steps, "%llu steps", (unsigned long long)info->decision.end);
    oc_log(OC_LOG_INFO, "%s: %zu parameters", oc_model_name(run->recipe.model.kind),
           oc_network_size(run->network));
    oc_log(OC_LOG_INFO, "%s: %llu training, %llu test samples", data->path,
           (unsigned long long)data->samples[OC_SPLIT_TRAIN],
           (unsigned long long)data->samples[OC_SPLIT_TEST]);
    if (run->recipe.data.inputs[0]) { /* was told before there was a log.txt */
        oc_log_file_only(OC_LOG_INFO, "%s", data->source);
        for (size_t i = 0; i < data->schema.notes; i++)
            oc_log_file_only(OC_LOG_WARN, "%s", data->schema.note[i]);
    }
    oc_log(OC_LOG_INFO, "%d rank%s x %lld thread%s, batch %lld in %lld shards, %s (%llu per epoch)",
           oc_comm_size(run->comm), oc_comm_size(run->comm) == 1 ? "" : "s",
           (long long)run->recipe.compute.threads, run->recipe.compute.threads == 1 ? "" : "s",
           (long long)run->recipe.batch.size, (long long)run->recipe.batch.shards, steps,
           (unsigned long long)info->steps_per_epoch);
    oc_log(OC_LOG_INFO,
           oc_dataset_images(run->dataset, OC_SPLIT_TRAIN)
               ? "data: %.1f MiB in memory, once per node, and %.1f MiB per rank"
               : "data: read while training; %.1f MiB once per node, and %.1f MiB per rank",
           (double)run->node_memory.count / mebibyte,
           (double)oc_loader_bytes(run->loader) / mebibyte);
    oc_log(OC_LOG_INFO, "MiB per rank: weights %.1f, activations %.1f, reduction %.1f",
           (double)run->arena.planned / mebibyte,
           (double)run->recipe.compute.threads * (double)run->workers[0].workspace.arena.planned /
               mebibyte,
           (double)oc_reduction_bytes(run->reduction) / mebibyte);
    oc_guard_tell_start(run);
    oc_run_tell_start(run);
    const int shards = run->plan.last_shard - run->plan.first_shard;
    if (run->recipe.compute.threads > shards)
        oc_log(OC_LOG_WARN, "compute.threads is %lld, but a rank has %d shards: some threads idle",
               (long long)run->recipe.compute.threads, shards);
    oc_log(OC_LOG_INFO,
           session->resumed ? "run directory %s, resuming after step %llu" : "run directory %s",
           session->dir->path, (unsigned long long)info->step);
}

static oc_progress *shown; /* for the hook, which has no argument */

static void clear_shown(void)
{
    if (shown)
        oc_progress_clear(shown);
}

void oc_session_show(oc_session *session, const oc_run *run)
{
    const oc_checkpoint_info *info = &run->info;
    oc_progress_begin(&session->progress, session->watched, info->decision.end,
                      info->steps_per_epoch, info->step);
    session->progress.kind = run->scorer.kind;
    shown = &session->progress;
    oc_log_before_line(clear_shown);
}

static oc_status begin(void *context, const oc_run *run)
{
    oc_session *const session = context;
    oc_run_dir *const dir = session->dir;
    const oc_checkpoint_info *info = &run->info;
    const oc_step_extras extras = oc_session_extras(run);
    session->start_step = session->epoch_start_step = info->step;
    session->resumed = info->step > 0;
    session->epoch_started = info->seconds;
    oc_status status = oc_path_join(session->saving.folder, dir->path, "checkpoints");
    if (status == OC_OK)
        status = oc_run_dir_begin(dir);
    if (status == OC_OK)
        status = oc_folder_create(session->saving.folder);
    if (status == OC_OK)
        status = write_recipe(session, run);
    if (status == OC_OK)
        status = oc_metrics_take_over(&session->metrics, dir->path, info->step, info->step, &extras,
                                      run->scorer.kind);
    if (status == OC_OK)
        status = oc_saving_begin(&session->saving, dir, session->metrics, info->step);
    if (status != OC_OK)
        return status;
    announce(session, run);
    oc_session_show(session, run);
    return OC_OK;
}

oc_step_extras oc_session_extras(const oc_run *run)
{
    const oc_parameter_groups *groups = &run->plan.groups;
    oc_step_extras extras = {.groups = groups->count, .trusts = groups->trusts};
    for (int i = 0; i < groups->trusts; i++) {
        const oc_network_tensor tensor = oc_network_parameter(run->network, groups->trust_of[i]);
        memcpy(extras.trust[i], tensor.name, sizeof extras.trust[i]);
    }
    return extras;
}

oc_step_row oc_session_row(const oc_run *run, const oc_step *step, const oc_step_result *result)
{
    const double seconds = result->seconds;
    const uint64_t spe = run->info.steps_per_epoch;
    return (oc_step_row){
        .step = run->info.step,
        .epoch = (run->info.step - 1) / spe + 1,
        .lr = step->learning_rate[step->groups - 1],
        .groups = (int)step->groups,
        .group_lr = step->learning_rate,
        .momentum = step->momentum,
        .loss = isnan(result->loss) ? (double)NAN : result->loss, /* without a sign */
        .accuracy = result->accuracy,
        .images_per_second = seconds > 0 ? (double)run->recipe.batch.size / seconds : 0,
        .data_wait = result->waited,
        .trusts = run->plan.groups.trusts,
        .trust = run->trust_told,
    };
}

/* Allocates nothing. */
static oc_status on_step(void *context, const oc_run *run, const oc_step *step,
                         const oc_step_result *result)
{
    oc_session *const session = context;
    const oc_step_row row = oc_session_row(run, step, result);
    session->progress.total_steps = run->info.decision.end;
    oc_metrics_step(session->metrics, &row);
    if (session->is_shared && row.step % OC_SHADOW_EVERY == 0)
        oc_metrics_flush(session->metrics); /* what fails is told at the next save */
    oc_saving_look(&session->saving);
    oc_progress_step(&session->progress, &row);
    return OC_OK;
}

void oc_session_begin_epoch(oc_session *session, const oc_checkpoint_info *info)
{
    session->epoch_started_before = session->epoch_started;
    session->epoch_start_step_before = session->epoch_start_step;
    session->epoch_started = info->seconds;
    session->epoch_start_step = info->step;
}

/* To divide an epoch's sums by; they are not known of one whose steps were all skipped. */
static double epoch_samples(const oc_checkpoint_info *info)
{
    return info->epoch_count ? (double)info->epoch_count : info->guard.skipped ? (double)NAN : 1;
}

oc_status oc_session_on_evaluate(void *context, const oc_run *run)
{
    oc_session *const session = context;
    const oc_checkpoint_info *info = &run->info;
    const double seconds = info->seconds - session->epoch_started;
    const uint64_t steps = info->step - session->epoch_start_step;
    const double count = epoch_samples(info);
    const oc_epoch_row row = {
        .epoch = info->step ? (info->step - 1) / info->steps_per_epoch + 1 : 0,
        .step = info->step,
        .train_loss = info->epoch_loss_sum / count,
        .train_accuracy = oc_scorer_training(&run->scorer, info->epoch_loss_sum / count,
                                             (double)info->epoch_correct / count),
        .test_loss = info->test_loss,
        .test_accuracy = info->test_accuracy,
        .lr = info->learning_rate,
        .seconds = seconds,
        .images_per_second =
            seconds > 0 ? (double)steps * (double)run->recipe.batch.size / seconds : 0,
        .scores = run->scores,
    };
    oc_metrics_epoch(session->metrics, &row);
    oc_progress_epoch(&session->progress, &row);
    oc_session_begin_epoch(session, info);
    return oc_run_dir_check(session->dir);
}

static oc_status save(void *context, oc_run *run, int best, int is_last)
{
    oc_session *const session = context;
    return oc_saving_save(&session->saving, run, best, is_last);
}

static oc_save_cost cost(void *context)
{
    const oc_session *const session = context;
    return session->saving.cost;
}

static const char *outcome_word(oc_status outcome)
{
    return outcome == OC_OK             ? "done"
           : outcome == OC_STOPPED      ? "stopped"
           : outcome == OC_ERR_DIVERGED ? "diverged"
                                        : "failed";
}

static oc_status write_summary(const oc_session *session, oc_run *run, oc_status outcome)
{
    const oc_checkpoint_info *info = &run->info;
    const double count = epoch_samples(info);
    const int is_evaluated = info->evaluated_step != UINT64_MAX;
    oc_summary summary = {
        .test_accuracy = is_evaluated ? info->test_accuracy : (double)NAN,
        .test_loss = is_evaluated ? info->test_loss : (double)NAN,
        .train_loss = info->epoch_loss_sum / count,
        .steps = info->step,
        .epochs = info->step / info->steps_per_epoch,
        .seconds = info->seconds,
        .images_per_second =
            info->seconds > 0 ? (double)info->step * (double)run->recipe.batch.size / info->seconds
                              : 0,
        .ranks = oc_comm_size(run->comm),
        .shards = (int)run->recipe.batch.shards,
        .skipped = info->guard.skipped,
        .rollbacks = info->guard.rollbacks,
        .resumed = session->resumed,
        .status = outcome_word(outcome),
        .model = oc_model_name(run->recipe.model.kind),
        .kind = run->scorer.kind,
        .scores = run->scores,
    };
    const oc_status status = oc_run_weights_hash(run, &summary.weights_hash);
    return status == OC_OK ? oc_summary_write(session->dir->path, &summary) : status;
}

/* Has summary.json what would be written now? A process that was killed before it wrote its own has
 * left none, or that of an earlier stop. */
static int is_summary_current(const oc_session *session, const oc_run *run, oc_status outcome)
{
    oc_summary_view found;
    return oc_summary_read(&found, session->dir->path) == OC_OK &&
           strcmp(found.status, outcome_word(outcome)) == 0 && found.steps == run->info.step;
}

/* Are the pictures there, the last of them drawn since the summary was written? */
static int are_plots_current(const oc_session *session)
{
    char path[OC_PATH_BYTES];
    struct stat picture, summary;
    static const char *const names[] = OC_PLOT_NAMES;
    if (oc_path_join(path, session->dir->path, OC_SUMMARY_FILE) != OC_OK ||
        stat(path, &summary) != 0)
        return 0;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (oc_path_join(path, session->dir->path, names[i]) != OC_OK || stat(path, &picture) != 0)
            return 0;
    return picture.st_mtim.tv_sec > summary.st_mtim.tv_sec ||
           (picture.st_mtim.tv_sec == summary.st_mtim.tv_sec &&
            picture.st_mtim.tv_nsec >= summary.st_mtim.tv_nsec);
}

/* Pictures are a service: when gnuplot is missing the run is still good. */
static void draw(const oc_session *session)
{
    if (oc_plot_run(session->dir->path) != OC_OK)
        oc_log(OC_LOG_WARN, "no plots: %s", oc_message());
    else
        oc_log(OC_LOG_INFO, "plots in %s/plots", session->dir->path);
}

static void tell_outcome(const oc_session *session, const oc_run *run, oc_status outcome)
{
    char of[32] = "";
    oc_guard_tell_end(run);
    if (run->info.decision.end != OC_OPEN)
        snprintf(of, sizeof of, " of %llu", (unsigned long long)run->info.decision.end);
    if (outcome == OC_OK)
        oc_log(OC_LOG_INFO, "done: test %s %.4f after %llu steps and %.1f s of training",
               run->scorer.kind == OC_TARGETS_REGRESSION ? "R2" : "accuracy",
               run->info.test_accuracy, (unsigned long long)run->info.step, run->info.seconds);
    else if (outcome == OC_STOPPED)
        oc_log(OC_LOG_INFO,
               "stopped after step %llu%s and saved; continue with --resume --run-dir %s",
               (unsigned long long)run->info.step, of, session->dir->path);
}

/* What is missing at the end is written, whoever left it so. */
static oc_status write_end(const oc_session *session, oc_run *run, oc_status outcome)
{
    const int trained = run->info.step > session->start_step || session->start_step == 0;
    const int is_end = outcome == OC_OK || outcome == OC_STOPPED;
    oc_status status = OC_OK;
    if (trained || (is_end && !is_summary_current(session, run, outcome)))
        status = write_summary(session, run, outcome);
    if (status == OC_OK && run->info.step > 0 &&
        (trained || (is_end && !are_plots_current(session))))
        draw(session);
    return status;
}

/* Also where the session did not begin. */
static oc_status end(void *context, oc_run *run, oc_status outcome)
{
    oc_session *const session = context;
    oc_status status = OC_OK;
    const int written = oc_saving_end(&session->saving, run);
    if (session->metrics) {
        oc_progress_end(&session->progress);
        oc_log_before_line(NULL);
        shown = NULL;
        if (!written) /* the writer still uses the tables, and what is written now hangs as well */
            return outcome;
        status = oc_metrics_close(session->metrics);
        if (status == OC_OK)
            status = oc_run_dir_check(session->dir);
        if (status == OC_OK)
            status = write_end(session, run, outcome);
        if (status == OC_OK)
            tell_outcome(session, run, outcome);
    }
    session->metrics = NULL;
    return outcome == OC_OK || outcome == OC_STOPPED ? (status == OC_OK ? outcome : status)
                                                     : outcome;
}

static void leave(void *context, oc_status outcome)
{
    const oc_session *const session = context;
    oc_run_dir_note(session->dir, outcome);
}

oc_keeper oc_session_keeper(oc_session *session, oc_run_dir *dir, FILE *watched)
{
    *session = (oc_session){.dir = dir, .watched = watched};
    return (oc_keeper){
        .context = session,
        .callback = {.context = session, .on_step = on_step, .on_evaluate = oc_session_on_evaluate},
        .shadow = {.context = session,
                   .on_step = oc_session_note_step,
                   .on_evaluate = oc_session_note_evaluation},
        .begin = begin,
        .take_over = oc_session_take_over,
        .save = save,
        .cost = cost,
        .end = end,
        .leave = leave,
    };
}

oc_status oc_session_loop(oc_run *run, const oc_run_dir *dir, const oc_loop_options *loop)
{
    oc_status status = oc_flight_records_begin(run->comm, dir->path);
    if (status == OC_OK)
        status = oc_loop_run(run, loop);
    oc_flight_records_end(run->comm);
    return status;
}

oc_status oc_session_train(oc_run *run, const char *folder, FILE *watched,
                           const oc_loop_options *loop)
{
    const int root = oc_comm_rank(run->comm) == 0;
    const oc_run_dir_options open = {.resumes = run->info.step > 0};
    oc_run_dir dir = OC_RUN_DIR_CLOSED;
    oc_session session;
    const oc_keeper keeper = oc_session_keeper(&session, &dir, watched);
    oc_loop_options with_keeper = *loop;
    with_keeper.keeper = &keeper;
    oc_status status = root ? oc_run_dir_open(&dir, folder, &open) : OC_OK;
    status = oc_comm_agree(run->comm, status);
    if (status == OC_OK)
        status = oc_session_loop(run, &dir, &with_keeper);
    if (root)
        oc_run_dir_close(&dir, status);
    return status;
}
