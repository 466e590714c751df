#!/bin/sh
# Books a meeting over the API: ENTENTE_URL and ENTENTE_TOKEN say where and as whom.
set -eu
: "${ENTENTE_URL:=http://localhost:8080}" "${ENTENTE_TOKEN:?an API token, as \`entente token create\` prints it}"
start=$(date -u -d '+3 days 10:00' +%Y-%m-%dT%H:%M:%SZ)
end=$(date -u -d '+3 days 10:45' +%Y-%m-%dT%H:%M:%SZ)
curl --fail-with-body --silent --show-error "$ENTENTE_URL/api/v1/meetings" \
  -H "Authorization: Bearer $ENTENTE_TOKEN" \
  -H "Content-Type: application/json" \
  -H "Idempotency-Key: example-$start" \
  -d "{
    \"title\": \"Design walk\",
    \"start\": \"$start\",
    \"end\": \"$end\",
    \"host\": {\"email\": \"alex@example.org\", \"name\": \"Alex\", \"time_zone\": \"Europe/Lisbon\"},
    \"guests\": [{\"email\": \"robin@example.com\", \"name\": \"Robin\", \"time_zone\": \"Europe/Paris\"}]
  }"
echo
