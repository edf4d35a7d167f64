/* resume_rules.c - see resume_rules.h. */
#include "run/resume_rules.h"

#include "base/log.h"
#include "run/initial_weights.h"

#include <stdio.h>
#include <string.h>

/* The weights it began with may lie elsewhere now, or be gone; another file is another run. */
static oc_status check_same_init(const oc_run *run, const char *path,
                                 const oc_checkpoint_info *info, const oc_recipe *then)
{
    const char *const was = then->train.init, *const is = run->recipe.train.init;
    char found[OC_PATH_BYTES];
    oc_digest digest;
    if (!was[0] || !is[0] || strcmp(was, is) == 0)
        return OC_OK;
    oc_status status = oc_init_find(run, found);
    if (status == OC_OK)
        status = oc_hash_file(found, 0, &digest);
    if (status == OC_OK && !oc_digest_equal(digest, info->init_digest))
        status =
            oc_fail(OC_ERR_USAGE,
                    "%s started from the weights in %s; those in %s are different (train.init)",
                    path, was, found);
    return status;
}

static oc_status check_same_data(const oc_run *run, const char *path,
                                 const oc_checkpoint_info *info)
{
    char was[OC_DIGEST_TEXT], is[OC_DIGEST_TEXT];
    if (oc_digest_equal(info->data_digest, run->info.data_digest))
        return OC_OK;
    oc_digest_text(info->data_digest, was);
    oc_digest_text(run->info.data_digest, is);
    return oc_fail(OC_ERR_USAGE, "%s: trained on data with digest %s, but %s has %s", path, was,
                   run->recipe.data.file, is);
}

/* The steps that the checkpoint's schedule was planned for; its places are counted in these. */
static uint64_t length_then(const oc_run *run, const oc_checkpoint_info *info)
{
    return info->planned_steps == OC_OPEN ? run->plan.schedule.steps : info->planned_steps;
}

static int is_open(uint64_t steps)
{
    return steps == OC_OPEN;
}

/* Can the schedule be continued at another length? */
static int may_stretch(const oc_run *run, const oc_checkpoint_info *info)
{
    return !is_open(info->planned_steps) && !is_open(run->info.planned_steps) &&
           info->step < run->info.planned_steps;
}

static int has_grown(const oc_run *run, const oc_checkpoint_info *info)
{
    return may_stretch(run, info) && run->info.planned_steps > info->planned_steps &&
           info->steps_per_epoch == run->info.steps_per_epoch && info->step < info->decision.end &&
           run->recipe.schedule.kind != OC_SCHEDULE_FINE_TUNE;
}

static oc_status check_length(const oc_run *run, const char *path, const oc_checkpoint_info *info)
{
    const uint64_t was = info->planned_steps, is = run->info.planned_steps;
    const int in_schedule =
        info->decision.place <= (double)length_then(run, info) - 1; /* else it is damaged */
    const int same = was == is && info->steps_per_epoch == run->info.steps_per_epoch;
    if (in_schedule && (same || has_grown(run, info)))
        return OC_OK;
    if (in_schedule && run->any_recipe && (was == is || may_stretch(run, info)))
        return OC_OK;
    return oc_fail(OC_ERR_DATA,
                   "%s: step %llu of %llu, %llu per epoch; expected a run of %llu, %llu per epoch",
                   path, (unsigned long long)info->step, (unsigned long long)was,
                   (unsigned long long)info->steps_per_epoch, (unsigned long long)is,
                   (unsigned long long)run->info.steps_per_epoch);
}

/* "schedule.max_lr: 0.1, now 0.2; ..." */
static void list_differences(const oc_recipe_differences *found, char *out, size_t size)
{
    size_t at = 0, told = 0;
    out[0] = '\0';
    for (; told < found->count && told < OC_MOST_DIFFERENCES; told++) {
        const oc_recipe_difference *const d = &found->first[told];
        const int length = snprintf(out + at, size - at, "%s%s: %s, now %s", told ? "; " : "",
                                    d->key, d->was, d->is);
        if (length < 0 || (size_t)length >= size - at - 32) /* leave room to say how many */
            break;
        at += (size_t)length;
    }
    if (told < found->count)
        snprintf(out + at, size - at, "; %zu more", found->count - told);
}

/* Where one recipe cannot go on, what can? */
static const char *way_out(const oc_recipe_differences *found)
{
    return found->lengths == found->count ? "train on from its weights with --continue-from"
                                          : "train into another --run-dir";
}

static oc_status refuse(const char *path, const oc_recipe_differences *found)
{
    char list[640];
    list_differences(found, list, sizeof list);
    return oc_fail(OC_ERR_USAGE,
                   "%s was made with another recipe: %s; resume with the same recipe, go on "
                   "regardless with --force-recipe, or %s",
                   path, list, way_out(found));
}

static oc_status compare(const oc_run *run, const char *path, const char *text, oc_recipe *then,
                         oc_recipe_differences *found)
{
    const oc_status status = oc_recipe_parse(then, text, strlen(text), path, "/", NULL, 0);
    return status == OC_OK ? oc_recipe_compare(then, &run->recipe, found) : status;
}

oc_status oc_resume_check(const oc_run *run, const char *path, const oc_checkpoint_info *info,
                          const char *recipe)
{
    oc_recipe then;
    oc_recipe_differences found;
    oc_status status = compare(run, path, recipe, &then, &found);
    if (status == OC_OK && !run->any_recipe)
        status = check_same_init(run, path, info, &then);
    if (status == OC_OK && found.count > 0 && !run->any_recipe &&
        !(found.lengths == found.count && has_grown(run, info)))
        status = refuse(path, &found);
    if (status == OC_OK)
        status = check_same_data(run, path, info);
    return status == OC_OK ? check_length(run, path, info) : status;
}

/* The same fraction of the schedule, from the next step on. */
static void stretch(oc_run *run, uint64_t was, uint64_t is)
{
    oc_checkpoint_info *const info = &run->info;
    const double place = oc_decision_place(&info->decision, was, info->step);
    const double last = (double)was - 1;
    info->decision = (oc_decision){.step = info->step,
                                   .end = is,
                                   .place = last > 0 ? place / last * ((double)is - 1) : 0,
                                   .scale = info->decision.scale};
    info->planned_steps = is;
    oc_log(OC_LOG_INFO,
           "the run has %llu steps now, it had %llu: what is left of its schedule is stretched "
           "over what is left of the run",
           (unsigned long long)is, (unsigned long long)was);
}

oc_status oc_resume_adopt(oc_run *run, const char *path, const oc_checkpoint_info *info,
                          const char *recipe)
{
    oc_recipe then;
    oc_recipe_differences found;
    const oc_checkpoint_info now = run->info;
    const oc_status status = compare(run, path, recipe, &then, &found);
    if (status != OC_OK)
        return status;
    for (size_t i = 0; run->any_recipe && i < found.count && i < OC_MOST_DIFFERENCES; i++)
        oc_log(OC_LOG_WARN, "--force-recipe: %s: %s, now %s", found.first[i].key,
               found.first[i].was, found.first[i].is);
    if (info->kernels[0] && strcmp(info->kernels, now.kernels) != 0)
        oc_log(OC_LOG_WARN,
               "%s was written with kernels %s, here they are %s: the result will not have the "
               "same bits",
               path, info->kernels, now.kernels);
    run->info = *info;
    run->info.seed = now.seed; /* what else can only differ with --force-recipe */
    run->info.shards = now.shards;
    run->info.steps_per_epoch = now.steps_per_epoch;
    memcpy(run->info.version, now.version, sizeof now.version);
    memcpy(run->info.kernels, now.kernels, sizeof now.kernels);
    if (info->planned_steps != now.planned_steps)
        stretch(run, info->planned_steps, now.planned_steps);
    return OC_OK;
}
