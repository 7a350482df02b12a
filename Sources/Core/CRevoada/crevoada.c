#include "crevoada.h"
