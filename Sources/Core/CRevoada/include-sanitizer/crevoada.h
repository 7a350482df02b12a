// The header of builds for the thread sanitizer: see CRV_OUT_OF_LINE there.
#pragma once
#define CRV_OUT_OF_LINE
#include "../include/crevoada.h"
