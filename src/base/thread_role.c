/* thread_role.c - see thread_role.h. */
#include "base/thread_role.h"

static _Thread_local oc_thread_role role = OC_THREAD_MAIN;
static _Thread_local int compute_number;

void oc_thread_become(oc_thread_role new_role, int number)
{
    role = new_role;
    compute_number = number;
}

int oc_thread_is_main(void)
{
    return role == OC_THREAD_MAIN;
}

int oc_thread_is(oc_thread_role asked)
{
    return role == asked;
}

int oc_thread_owns(int number)
{
    return role == OC_THREAD_MAIN || (role == OC_THREAD_COMPUTE && compute_number == number);
}
