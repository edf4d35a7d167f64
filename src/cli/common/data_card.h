/* data_card.h - a data set file in a few lines for people; for import and inspect. */
#ifndef OC_CLI_COMMON_DATA_CARD_H
#define OC_CLI_COMMON_DATA_CARD_H

#include "base/status.h"

/* Local. Open and verify the file, print the card to standard output with
 * duplicates and the samples of each class. OC_ERR_IO, OC_ERR_DATA. */
oc_status oc_cli_data_card(const char *path);

#endif
