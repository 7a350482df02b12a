#!/usr/bin/env bash
# Tests the stock service as its users meet it: pages in a browser, the API against its own document.
#
#   Scripts/test-service.sh
#
# Uses the program that `swift test` has built. Starts services on loopback, each with a database of
# its own, and ends them.
set -euo pipefail
cd "$(dirname "$0")/.."

estoque=$PWD/.build/debug/estoque
work=$(mktemp -d)
service=
finish() {
  if [ -n "$service" ]; then kill "$service" 2>/dev/null && wait "$service" || true; fi
  rm -rf "$work"
}
trap finish EXIT

password=uma-senha-de-teste-1
# start NAME: a service with an administrator `ana`; sets `address`.
start() {
  mkdir "$work/$1"
  cd "$work/$1"
  export ESTOQUE_CONFIG=$work/estoque.yaml
  printf 'company:\n  cnpjs: [%s]\nserver:\n  requestRate: 100000\n  requestBurst: 100000\nlog:\n  level: warning\n' \
    "$company" >"$ESTOQUE_CONFIG"
  echo "$password" | "$estoque" user add ana --name Ana --role admin >/dev/null
  "$estoque" serve --port 0 >out 2>err &
  service=$!
  for _ in $(seq 100); do
    address=$(sed -n 's/^Estoque: //p' out)
    [ -n "$address" ] && break
    kill -0 "$service" || { cat err >&2; exit 1; }
    sleep 0.1
  done
  cd - >/dev/null
  [ -n "$address" ] || { echo "the service did not start" >&2; exit 1; }
}

stop() {
  kill "$service"
  wait "$service" || { echo "the service ended badly" >&2; cat "$work"/*/err >&2; exit 1; }
  service=
}

# Not the supplier of the invoices that the tests send.
company=11444777000161

start pages
ESTOQUE_LOGIN=ana ESTOQUE_PASSWORD=$password ESTOQUE_COMPANY=$company Scripts/test-browser.sh "$address"
stop

start api
# A token of the administrator's, made as a program would.
token=$(python3 - "$address" "$password" <<'PYTHON'
import http.cookiejar, json, sys, urllib.request
address, password = sys.argv[1:]
opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
def post(path, body, **headers):
    request = urllib.request.Request(address + path, json.dumps(body).encode(),
                                     {"Content-Type": "application/json", **headers})
    return json.load(opener.open(request))
csrf = post("/api/login", {"login": "ana", "password": password})["csrf"]
print(post("/api/tokens", {"name": "check"}, **{"X-CSRF-Token": csrf})["token"])
PYTHON
)
status=0
Scripts/check-api.sh "$address" "$token" || status=$?
[ "$status" = 0 ] || [ "$status" = 77 ] || exit "$status"
stop
