#ifndef FLOWCASE_CACTIVATIONS_H
#define FLOWCASE_CACTIVATIONS_H

#include "activations.h"
#include "product.h"

#endif
