#!/usr/bin/env bash
# Tests Estoque's pages in a headless Chromium.
#
#   Scripts/test-browser.sh [BASE_URL] [TEST...]
#
# Without an address, against a server with invented data. With one, against the server that runs
# there; ESTOQUE_LOGIN and ESTOQUE_PASSWORD name an administrator, ESTOQUE_COMPANY the company's CNPJ.
# TEST is a module, class or test, such as test_stock.StockTests.
set -euo pipefail
cd "$(dirname "$0")/.."

if [[ ${1:-} == http* ]]; then
  export ESTOQUE_URL=$1
  shift
fi

browser() { command -v chromium || command -v chromium-browser || command -v google-chrome; }
driver() { command -v chromedriver; }

if ! browser >/dev/null || ! driver >/dev/null; then Scripts/setup.sh browser >&2 || true; fi
if ! browser >/dev/null || ! driver >/dev/null; then
  echo "Skipped the browser's tests: there is no chromium with chromedriver, and it could not be installed." >&2
  exit 0
fi

environment=.build/browser-tests
if ! "$environment/bin/python" -c 'import selenium' 2>/dev/null; then
  python3 -m venv "$environment"
  "$environment/bin/pip" install --quiet --disable-pip-version-check 'selenium>=4.20,<5'
fi

python=$PWD/$environment/bin/python
cd Tests/Estoque/Browser
export PYTHONDONTWRITEBYTECODE=1 LANGUAGE=pt_BR
CHROMIUM=$(browser) CHROMEDRIVER=$(driver) exec "$python" -m unittest "${@:-discover}"
