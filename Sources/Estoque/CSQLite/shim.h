#include <sqlite3.h>

/* Swift cannot call functions with variable arguments. */

/* Before anything else of SQLite: keeps no statistics of memory, which cost a lock for each allocation. */
static inline int estoque_sqlite_keep_no_statistics(void) {
  return sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}
