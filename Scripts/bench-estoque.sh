#!/usr/bin/env bash
# Measures everything that Estoque's speed was promised for, one part after the other. A part that fails does not keep the others.
#
#   Scripts/bench-estoque.sh BENCH_FOLDER
#
# In the environment: ROUNDS (of short rows), MOVEMENTS (to be exported).
set -uo pipefail

cd "$(dirname "$0")/.." || exit 1
bench=$1
status=0
# part TITLE COMMAND...
part() {
  printf '\n== %s\n\n' "$1"
  shift
  "$@" || status=1
}
# fewer MOST: no more rounds than this, for parts whose rounds take long.
fewer() { echo $((ROUNDS < $1 ? ROUNDS : $1)); }

part "Invoices" python3 Benchmarks/compare.py estoque --rounds "$ROUNDS" --out "$bench"
part "A table of sales" python3 Benchmarks/estoque_import.py --rounds "$(fewer 3)" --out "$bench"
part "The server" python3 Benchmarks/estoque_http.py --rounds "$(fewer 3)" --out "$bench"

export REPORT_DATABASE=$bench/estoque-export.db REPORT_MOVEMENTS=$MOVEMENTS
trap 'rm -f "$REPORT_DATABASE"*' EXIT
rm -f "$REPORT_DATABASE"*
part "An export of $MOVEMENTS movements" "$bench/estoque/release/ReportRows" fill 1
part "Its memory above that before" python3 Benchmarks/compare.py estoque-export --rounds "$(fewer 1)" --out "$bench"
exit $status
