#!/usr/bin/env bash
# Builds the gopher-lua peer of the script benchmarks.
#
#   Scripts/build-gopher-lua-rows.sh BENCH_FOLDER
#
# Takes gopher-lua 1.1.1 as a Go module where one can be had, otherwise the one that Debian packages
# (a snapshot of 2017). BENCH_FOLDER/gopher-lua.version says which one it was.
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
bench=$1
go=$bench/go/go/bin/go
module=github.com/yuin/gopher-lua
wanted=v1.1.1
packaged=/usr/share/gocode/src/$module
work=$bench/go-lua

export GOTOOLCHAIN=local GOFLAGS=-mod=mod
rm -rf "$work"
mkdir -p "$work"
cp "$root"/Benchmarks/Peers/go-lua/*.go "$work"
cd "$work"
"$go" mod init revoada.dev/benchmarks/lua 2>/dev/null
if "$go" get "$module@$wanted" >fetch.log 2>&1; then
  version="gopher-lua $wanted"
elif [ -d "$packaged" ]; then
  cp -r "$packaged" gopher-lua
  printf 'module %s\n' "$module" >gopher-lua/go.mod
  "$go" mod edit -require "$module@v0.0.0" -replace "$module=./gopher-lua"
  version="gopher-lua $(dpkg-query -W -f '${Version}' golang-github-yuin-gopher-lua-dev) (Debian)"
else
  cat fetch.log >&2
  echo "No gopher-lua: neither the Go module nor Debian's golang-github-yuin-gopher-lua-dev." >&2
  exit 1
fi
"$go" build -o "$bench/gopher-lua-rows" .
echo "$version" >"$bench/gopher-lua.version"
