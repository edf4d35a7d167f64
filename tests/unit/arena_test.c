/* arena_test.c - planned memory: places, zeros, and plans that no machine can hold. */
#include "harness.h"

#include "base/arena.h"
#include "base/memory.h"

#include <stdint.h>
#include <string.h>

static void places_are_aligned_and_zero(void)
{
    oc_arena arena = {0};
    const size_t floats = oc_arena_reserve(&arena, 3), bytes = oc_arena_reserve_bytes(&arena, 5);
    CU_ASSERT_EQUAL_FATAL(oc_arena_commit(&arena, "test"), OC_OK);
    float *const f = oc_arena_floats(&arena, floats);
    unsigned char *const b = oc_arena_at(&arena, bytes);
    CU_ASSERT_EQUAL((uintptr_t)f % OC_ALIGNMENT, 0);
    CU_ASSERT_EQUAL((uintptr_t)b % OC_ALIGNMENT, 0);
    CU_ASSERT((unsigned char *)(f + 3) <= b);
    for (int i = 0; i < 3; i++)
        CU_ASSERT_EQUAL(f[i], 0);
    oc_arena_free(&arena);
    oc_arena_free(&arena); /* harmless */
}

/* So that the kernel can give it huge pages; its end is its own all the same. */
static void a_large_arena_begins_at_a_huge_page(void)
{
    enum { HUGE = 2 << 20, MORE = 5 };
    oc_arena arena = {0};
    oc_arena_reserve_bytes(&arena, HUGE);
    const size_t last = oc_arena_reserve_bytes(&arena, MORE);
    CU_ASSERT_EQUAL_FATAL(oc_arena_commit(&arena, "test"), OC_OK);
    CU_ASSERT_EQUAL((uintptr_t)arena.base % HUGE, 0);
    unsigned char *const end = oc_arena_at(&arena, last);
    for (int i = 0; i < MORE; i++) {
        CU_ASSERT_EQUAL(end[i], 0);
        end[i] = 1;
    }
    oc_arena_free(&arena);
    CU_ASSERT_PTR_NULL(oc_memory_block(OC_ALIGNMENT, SIZE_MAX));
}

static void refuse(oc_arena *arena, const char *why)
{
    CU_ASSERT_EQUAL(oc_arena_commit(arena, "outputs"), OC_ERR_USAGE);
    CU_ASSERT_PTR_NULL(arena->base);
    CU_ASSERT_PTR_NOT_NULL(strstr(oc_message(), "outputs"));
    CU_ASSERT_PTR_NOT_NULL(strstr(oc_message(), why));
    oc_arena_free(arena);
}

static void a_plan_beyond_addresses(void)
{
    oc_arena arena = {0};
    oc_arena_reserve(&arena, SIZE_MAX / 2);
    refuse(&arena, "larger than an address");
    oc_arena_reserve_bytes(&arena, SIZE_MAX / 2 + 1);
    oc_arena_reserve_bytes(&arena, SIZE_MAX / 2 + 1);
    refuse(&arena, "larger than an address");
}

/* What is refused is never touched, so this takes no memory. */
static void a_plan_beyond_the_machine(void)
{
    oc_arena arena = {0};
    oc_arena_reserve_bytes(&arena, oc_memory_installed() + 1);
    refuse(&arena, "GiB are needed");
}

/* Each may fit, but not both; what was given back counts no more. */
static void all_arenas_together(void)
{
    oc_arena first = {0}, second = {0};
    oc_arena_reserve_bytes(&first, 1 << 20);
    CU_ASSERT_EQUAL_FATAL(oc_arena_commit(&first, "first"), OC_OK);
    oc_arena_reserve_bytes(&second, oc_memory_installed() - (1 << 19));
    refuse(&second, "GiB are needed, in addition to 0.0 GiB");
    oc_arena_free(&first);
    oc_arena_reserve_bytes(&first, 1 << 20);
    CU_ASSERT_EQUAL(oc_arena_commit(&first, "first"), OC_OK);
    oc_arena_free(&first);
}

int main(void)
{
    const oc_case cases[] = {
        {"places are aligned and zero", places_are_aligned_and_zero},
        {"a large arena begins at a huge page", a_large_arena_begins_at_a_huge_page},
        {"a plan beyond addresses", a_plan_beyond_addresses},
        {"a plan beyond the machine", a_plan_beyond_the_machine},
        {"all arenas together", all_arenas_together},
    };
    return OC_RUN_CASES("arena", cases);
}
