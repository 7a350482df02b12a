#include <hpdf.h>
#include <zint.h>
