#!/bin/sh
# Ask a running server the questions of the npm package graphql-http; every answer must be ok.
# The package is installed into a folder of its own that is removed afterwards.
set -eu
url="${1:?usage: scripts/graphql_http_audit.sh http://127.0.0.1:8000/graphql}"
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT INT TERM
cd "$folder"
npm install --silent --no-audit --no-fund --prefix "$folder" graphql-http@1.23.1 graphql@16 >/dev/null
cat >audit.mjs <<'SCRIPT'
import { auditServer } from 'graphql-http';
const results = await auditServer({ url: process.argv[2], fetchFn: fetch });
const failed = results.filter((result) => result.status !== 'ok');
for (const result of failed) console.log(result.status, result.id, result.name, '-', result.reason);
console.log(`${results.length - failed.length} of ${results.length} ok`);
process.exit(failed.length ? 1 : 0);
SCRIPT
node audit.mjs "$url"
