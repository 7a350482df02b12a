#!/usr/bin/env bash
# Builds the Go peer of Estoque's server.
#
#   Scripts/build-go-estoque-http.sh BENCH_FOLDER
#
# Takes go-sqlite3 from Debian's package and links the system's SQLite, which is the one that estoque links as well.
# BENCH_FOLDER/go-estoque-http.version says which.
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
bench=$1
go=$bench/go/go/bin/go
module=github.com/mattn/go-sqlite3
packaged=/usr/share/gocode/src/$module
work=$bench/go-estoque-http-build

if [ ! -d "$packaged" ]; then
  echo "No $module: install Debian's golang-github-mattn-go-sqlite3-dev." >&2
  exit 1
fi
export GOTOOLCHAIN=local GOFLAGS=-mod=mod GOPROXY=off CGO_ENABLED=1
rm -rf "$work"
mkdir -p "$work"
cp "$root"/Benchmarks/Peers/go-estoque-http/*.go "$work"
# Its tests and examples need more than it does.
mkdir "$work/go-sqlite3"
find "$packaged" -maxdepth 1 -type f ! -name '*_test.go' -exec cp {} "$work/go-sqlite3" \;
printf 'module %s\n\ngo 1.18\n' "$module" >"$work/go-sqlite3/go.mod"
cd "$work"
"$go" mod init revoada.dev/benchmarks/estoque-http 2>/dev/null
"$go" mod edit -require "$module@v0.0.0" -replace "$module=./go-sqlite3"
"$go" build -tags libsqlite3 -o "$bench/go-estoque-http" .
version=$(dpkg-query -W -f '${Version}' golang-github-mattn-go-sqlite3-dev 2>/dev/null || echo unknown)
echo "go-sqlite3 $version (Debian), SQLite $(pkg-config --modversion sqlite3)" >"$bench/go-estoque-http.version"
