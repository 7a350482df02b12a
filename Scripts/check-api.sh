#!/usr/bin/env bash
# Checks a running server against its own OpenAPI document.
#
#   Scripts/check-api.sh ADDRESS TOKEN        for example http://127.0.0.1:8080 est_…
#   Scripts/check-api.sh --document FILE      the document alone
#
# The document is validated by openapi-spec-validator; then schemathesis sends requests of every kind that the document allows, and some that it does not:
# no answer may be a fault of the server, and each must be as the document says. The token must be an administrator's, and the database one that nobody
# needs. The two programs are installed into .build/api-check; where that is impossible, this says so and ends with status 77.
set -euo pipefail

cd "$(dirname "$0")/.."
tools=.build/api-check

if ! [ -x "$tools/bin/schemathesis" ]; then
  if ! { python3 -m venv "$tools" && "$tools/bin/pip" install --quiet 'schemathesis>=4,<5' 'openapi-spec-validator<1'; }; then
    echo "The API was not checked: schemathesis cannot be installed (python3 with venv, and PyPI, are needed)." >&2
    rm -rf "$tools"
    exit 77
  fi
fi

if [ "${1:-}" = --document ]; then exec "$tools/bin/openapi-spec-validator" "$2"; fi

address=${1:?the address of a server} token=${2:?the token of an administrator}
document=$(mktemp --suffix .json)
trap 'rm -f "$document"' EXIT
curl --silent --show-error --fail "$address/api/openapi.json" >"$document"
"$tools/bin/openapi-spec-validator" "$document"

# Streams of events do not end, the profiler takes its time, and the token that is used must not be removed. Examples are few: a minute is enough to meet every route with every kind of value.
"$tools/bin/schemathesis" run "$document" --url "$address" \
  --header "Authorization: Bearer $token" \
  --exclude-path /api/events --exclude-path /api/profile --exclude-operation-id deleteToken \
  --checks not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,response_schema_conformance \
  --phases examples,coverage,fuzzing --max-examples "${EXAMPLES:-15}" --seed 5 --workers 2 \
  --request-timeout 20 --no-color | cut -c 1-300
