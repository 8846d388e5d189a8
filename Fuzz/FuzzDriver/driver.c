#include "driver.h"

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerRunDriver(int *argc, char ***argv, int (*test)(const uint8_t *, size_t));

static int run(int argc, char **argv) { return LLVMFuzzerRunDriver(&argc, &argv, LLVMFuzzerTestOneInput); }

int FuzzCapture_main(int argc, char **argv) { return run(argc, argv); }
int FuzzEvidence_main(int argc, char **argv) { return run(argc, argv); }
int FuzzModel_main(int argc, char **argv) { return run(argc, argv); }
int FuzzTable_main(int argc, char **argv) { return run(argc, argv); }
