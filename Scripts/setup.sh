#!/usr/bin/env bash
# Installs the system packages that are missing, and nothing else.
#
#   Scripts/setup.sh [bench|bench-lua|bench-resilience|bench-estoque|bench-instructions|browser]
#
# Looks for the thing itself (a header, a library, a command) before it asks for the package that
# brings it, so that a machine which has it in another way is left alone. A second run finds all in
# place, says nothing and takes a fraction of a second.
set -euo pipefail

purpose=${1:-build}

missing=()
# need PACKAGE TEST...: asks for PACKAGE unless TEST succeeds.
need() {
  local package=$1
  shift
  "$@" >/dev/null 2>&1 || missing+=("$package")
}
library() { grep -q "^[[:space:]]*$1 " <<<"$libraries"; }
# The programs of a PostgreSQL server, which the tests start.
has_server() { compgen -G '/usr/lib/postgresql/*/bin/initdb'; }
header() { compgen -G "/usr/include/$1" || compgen -G "/usr/include/*-linux-gnu*/$1"; }

if [ "$(uname -s)" = Darwin ]; then
  pkg-config --exists lua5.4 2>/dev/null || pkg-config --exists lua 2>/dev/null || missing+=(lua pkg-config)
  need libzip pkg-config --exists libzip
  need libxlsxwriter pkg-config --exists xlsxwriter
  need libharu test -e "$(brew --prefix)/include/hpdf.h"
  need zint test -e "$(brew --prefix)/include/zint.h"
  pkg-config --exists libpq 2>/dev/null || missing+=(libpq)
  pkg-config --exists sqlite3 2>/dev/null || missing+=(sqlite)
  if [ "$purpose" != build ]; then need python3 command -v python3; fi
  [ ${#missing[@]} -eq 0 ] && exit 0
  echo "Missing: ${missing[*]}. Install with: brew install ${missing[*]}" >&2
  exit 1
fi

if ! command -v swift >/dev/null; then
  echo "Swift 6.3 or newer is needed, and setup does not install it: see https://www.swift.org/install" >&2
  exit 1
fi

libraries=$(/sbin/ldconfig -p)

# What the Swift toolchain itself needs to run and to link.
need binutils command -v ld
need g++ header 'c++/*/vector'
need libc6-dev header stdlib.h
need libncurses6 library libncurses.so.6
need libsqlite3-0 library libsqlite3.so.0
need libuuid1 library libuuid.so.1
need libxml2 library libxml2.so.2
need tzdata test -d /usr/share/zoneinfo
need ca-certificates test -s /etc/ssl/certs/ca-certificates.crt

# What the packages we build need.
need libcurl4 library libcurl.so.4
need zlib1g-dev header zlib.h
need pkg-config command -v pkg-config
need liblua5.4-dev pkg-config --exists lua5.4
need libzip-dev pkg-config --exists libzip
need libxlsxwriter-dev pkg-config --exists xlsxwriter
need libhpdf-dev header hpdf.h
need libzint-dev header zint.h
need libxml2-dev pkg-config --exists libxml-2.0
need libsqlite3-dev pkg-config --exists sqlite3
need libpq-dev pkg-config --exists libpq
need postgresql has_server

if [ "$purpose" != build ]; then
  need python3 command -v python3
  need python3-pip python3 -m pip --version
fi
if [ "$purpose" = bench-lua ]; then
  need golang-github-yuin-gopher-lua-dev test -d /usr/share/gocode/src/github.com/yuin/gopher-lua
fi
if [ "$purpose" = bench-resilience ]; then
  need golang-golang-x-time-dev test -d /usr/share/gocode/src/golang.org/x/time
  need golang-golang-x-sync-dev test -d /usr/share/gocode/src/golang.org/x/sync
fi
if [ "$purpose" = bench-estoque ]; then
  need wrk command -v wrk
  need nghttp2-client command -v h2load
  need gcc command -v gcc
  need golang-github-mattn-go-sqlite3-dev test -d /usr/share/gocode/src/github.com/mattn/go-sqlite3
fi
if [ "$purpose" = bench-instructions ]; then
  need valgrind command -v valgrind
fi
if [ "$purpose" = browser ]; then
  need chromium command -v chromium
  need chromium-driver command -v chromedriver
  need python3-venv python3 -c 'import ensurepip'
fi

[ ${#missing[@]} -eq 0 ] && exit 0

echo "Missing system packages: ${missing[*]}" >&2
if ! command -v apt-get >/dev/null; then
  echo "Install them (these are Debian's names) with your package manager, then try again." >&2
  exit 1
fi
as_root=()
if [ "$(id -u)" -ne 0 ]; then
  if ! command -v sudo >/dev/null; then
    echo "Run as root: apt-get install ${missing[*]}" >&2
    exit 1
  fi
  as_root=(sudo)
fi
set -x
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"
