// libzip stands on zlib, which also packs single texts.
#include <zip.h>
#include <zlib.h>
