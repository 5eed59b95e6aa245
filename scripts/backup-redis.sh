#!/usr/bin/env bash
# Backs up the Redis at REDIS_URL (or REDIS_HOST, REDIS_PORT) to all stores; accepts the flags of `resguardo backup`.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
if [ -x "$root/node_modules/.bin/node" ]; then PATH="$root/node_modules/.bin:$PATH"; fi
exec node "$root/dist/cli.js" backup --kind redis "$@"
