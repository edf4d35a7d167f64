/* loop_test.c - the order in which rank 0 decides: evaluations, checkpoints, stops. */
#include "control/loop.h"
#include "harness.h"

static oc_loop_view view_at(uint64_t step)
{
    return (oc_loop_view){.step = step,
                          .total_steps = 30,
                          .steps_per_epoch = 10,
                          .evaluated_step = UINT64_MAX,
                          .saved_step = UINT64_MAX};
}

/* Plays a whole run; writes a letter for each action. */
static void play(oc_loop_view view, char *script)
{
    while (1) {
        const oc_action action = oc_loop_next(&view);
        *script++ = "?tecs"[action];
        if (action == OC_ACTION_TRAIN)
            view.step++;
        else if (action == OC_ACTION_EVALUATE)
            view.evaluated_step = view.step;
        else if (action == OC_ACTION_CHECKPOINT)
            view.saved_step = view.step, view.save_best = 0;
        else
            break;
    }
    *script = '\0';
}

static void whole_run_evaluates_each_epoch_and_saves_at_the_end(void)
{
    char script[128];
    play(view_at(0), script);
    CU_ASSERT_STRING_EQUAL(script, "ttttttttttettttttttttettttttttttecs");
}

static void checkpoints_by_steps_and_by_epochs_come_once_each(void)
{
    char script[128];
    oc_loop_view view = view_at(0);
    view.save_every_steps = 5;
    view.save_every_epochs = 1;
    play(view, script);
    CU_ASSERT_STRING_EQUAL(script, "tttttctttttectttttctttttectttttctttttecs");
}

static void a_checkpoint_by_time_comes_once(void)
{
    oc_loop_view view = view_at(0);
    view.save_due = 1;
    CU_ASSERT_EQUAL(oc_loop_next(&view), OC_ACTION_TRAIN); /* there is nothing to save */
    view.step = 3;
    CU_ASSERT_EQUAL(oc_loop_next(&view), OC_ACTION_CHECKPOINT);
    view.saved_step = 3;
    CU_ASSERT_EQUAL(oc_loop_next(&view), OC_ACTION_TRAIN);
    view.step = 10; /* what an epoch's checkpoint holds is the evaluation, too */
    CU_ASSERT_EQUAL(oc_loop_next(&view), OC_ACTION_EVALUATE);
}

static void a_run_shorter_than_an_epoch_still_evaluates(void)
{
    char script[128];
    oc_loop_view view = view_at(0);
    view.total_steps = 3;
    play(view, script);
    CU_ASSERT_STRING_EQUAL(script, "tttecs");
}

static void a_stop_saves_first_and_leaves_evaluation_to_the_resume(void)
{
    oc_loop_view view = view_at(10);
    view.stop = 1;
    CU_ASSERT_EQUAL(oc_loop_next(&view), OC_ACTION_CHECKPOINT);
    view.saved_step = 10;
    CU_ASSERT_EQUAL(oc_loop_next(&view), OC_ACTION_STOP);
    view.stop = 0; /* resumed */
    CU_ASSERT_EQUAL(oc_loop_next(&view), OC_ACTION_EVALUATE);
    view.evaluated_step = 10;
    CU_ASSERT_EQUAL(oc_loop_next(&view), OC_ACTION_TRAIN);
}

static void a_stop_at_the_very_end_lets_the_run_finish(void)
{
    oc_loop_view view = view_at(30);
    view.stop = 1;
    CU_ASSERT_EQUAL(oc_loop_next(&view), OC_ACTION_EVALUATE);
    view.evaluated_step = 30;
    CU_ASSERT_EQUAL(oc_loop_next(&view), OC_ACTION_CHECKPOINT);
    view.saved_step = 30;
    CU_ASSERT_EQUAL(oc_loop_next(&view), OC_ACTION_STOP);
}

static void a_failure_stops_without_saving(void)
{
    oc_loop_view view = view_at(10);
    view.failed = view.stop = view.save_best = 1;
    view.save_every_steps = 5;
    CU_ASSERT_EQUAL(oc_loop_next(&view), OC_ACTION_STOP);
}

static void the_best_is_saved_as_soon_as_it_is_known(void)
{
    oc_loop_view view = view_at(10);
    view.evaluated_step = 10;
    view.save_best = 1;
    CU_ASSERT_EQUAL(oc_loop_next(&view), OC_ACTION_CHECKPOINT);
}

int main(void)
{
    static const oc_case cases[] = {
        {"whole run", whole_run_evaluates_each_epoch_and_saves_at_the_end},
        {"checkpoints by steps and epochs", checkpoints_by_steps_and_by_epochs_come_once_each},
        {"checkpoint by time", a_checkpoint_by_time_comes_once},
        {"shorter than an epoch", a_run_shorter_than_an_epoch_still_evaluates},
        {"stop saves first", a_stop_saves_first_and_leaves_evaluation_to_the_resume},
        {"stop at the end", a_stop_at_the_very_end_lets_the_run_finish},
        {"failure does not save", a_failure_stops_without_saving},
        {"best", the_best_is_saved_as_soon_as_it_is_known},
    };
    return OC_RUN_CASES("loop", cases);
}
