/* recorder.h - the last things that a rank did, each with its time, for whoever wants to know what
 * it was at when ranks waited for one another in vain (docs/TROUBLESHOOTING.md: flight records).
 *
 * Any thread notes while another one reads, perhaps of threads that are stuck: there are atomics
 * alone, no lock, no allocation and no system call. What a number stands for is its writer's to
 * say. */
#ifndef OC_BASE_RECORDER_H
#define OC_BASE_RECORDER_H

#include <stddef.h>
#include <stdint.h>

enum { OC_RECORDER_EVENTS = 64 };

/* Of each kind the last event is kept, however long ago it was. */
typedef enum oc_record_kind {
    OC_RECORD_STEP,
    OC_RECORD_PHASE,
    OC_RECORD_BUCKET,
    OC_RECORD_COLLECTIVE,
    OC_RECORD_KINDS
} oc_record_kind;

#define OC_NO_NUMBER UINT64_MAX

typedef struct oc_recorded {
    double seconds; /* oc_seconds() */
    const char *what;
    uint64_t number; /* OC_NO_NUMBER: none */
} oc_recorded;

/* To be zeroed before it is used; what is in it is recorder.c's. */
typedef struct oc_recorder {
    _Atomic uint64_t next; /* events so far */
    struct {
        _Atomic uint64_t turn; /* 2n + 1 while event n is written, 2n + 2 from then on */
        _Atomic double seconds;
        _Atomic(const char *) what;
        _Atomic uint64_t number;
    } event[OC_RECORDER_EVENTS];
    struct {
        _Atomic(const char *) what;
        _Atomic uint64_t number;
    } last[OC_RECORD_KINDS];
} oc_recorder;

/* Local, any thread. `what` lives for ever (a literal without quotes and backslashes); `recorder`
 * may be NULL. */
void oc_recorder_note(oc_recorder *recorder, oc_record_kind kind, const char *what,
                      uint64_t number);

/* Local, any thread. The events, oldest first; returns how many. One that is written meanwhile is
 * left out. */
size_t oc_recorder_read(const oc_recorder *recorder, oc_recorded events[OC_RECORDER_EVENTS]);

/* Local, any thread. The last event of a kind, without its time; what is NULL: there was none. */
oc_recorded oc_recorder_last(const oc_recorder *recorder, oc_record_kind kind);

#endif
