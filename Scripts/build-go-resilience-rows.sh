#!/usr/bin/env bash
# Builds the Go peer of the resilience benchmarks.
#
#   Scripts/build-go-resilience-rows.sh BENCH_FOLDER
#
# Takes x/time, x/sync and gobreaker as Go modules where they can be had. Otherwise the first two are those
# that Debian packages, and the breaker is one written by hand. BENCH_FOLDER/go-resilience.version says which.
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
bench=$1
go=$bench/go/go/bin/go
packaged=/usr/share/gocode/src
work=$bench/go-resilience-build

export GOTOOLCHAIN=local GOFLAGS=-mod=mod
rm -rf "$work"
mkdir -p "$work"
cp "$root"/Benchmarks/Peers/go-core/harness.go "$root"/Benchmarks/Peers/go-resilience/*.go "$work"
cd "$work"
"$go" mod init revoada.dev/benchmarks/resilience 2>/dev/null

versions=()
# take MODULE VERSION PACKAGE: PACKAGE is Debian's, or empty for a module that we can do without.
take() {
  local module=$1 version=$2 package=$3
  if "$go" get "$module@$version" >>fetch.log 2>&1; then
    versions+=("$module $version")
  elif [ -n "$package" ] && [ -d "$packaged/$module" ]; then
    mkdir -p "$(dirname "packaged/$module")"
    cp -r "$packaged/$module" "packaged/$module"
    printf 'module %s\n\ngo 1.18\n' "$module" >"packaged/$module/go.mod"
    "$go" mod edit -require "$module@v0.0.0" -replace "$module=./packaged/$module"
    versions+=("$module $(dpkg-query -W -f '${Version}' "$package") (Debian)")
  else
    return 1
  fi
}

for module in time:v0.13.0:golang-golang-x-time-dev sync:v0.19.0:golang-golang-x-sync-dev; do
  IFS=: read -r name version package <<<"$module"
  if ! take "golang.org/x/$name" "$version" "$package"; then
    cat fetch.log >&2
    echo "No golang.org/x/$name: neither the Go module nor Debian's $package." >&2
    exit 1
  fi
done
tags=
if take github.com/sony/gobreaker/v2 v2.4.0 ""; then
  tags=gobreaker
else
  versions+=("breaker written by hand")
fi
"$go" build -tags "$tags" -o "$bench/go-resilience" .
(IFS=,; echo "${versions[*]}") | sed 's/,/, /g' >"$bench/go-resilience.version"
