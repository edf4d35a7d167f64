/* processor.h - which processor this is, for reports. Not what it can do. */
#ifndef OC_BASE_PROCESSOR_H
#define OC_BASE_PROCESSOR_H

enum { OC_PROCESSOR_TEXT = 128 };

/* Local. Its name as the system tells ("AMD EPYC 7763 64-Core Processor"), else the name of the
 * architecture, into text[OC_PROCESSOR_TEXT]; returns text. */
const char *oc_processor_name(char *text);

#endif
