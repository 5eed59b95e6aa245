#!/usr/bin/env bash
# A test restore of the latest backup (or of the one that is named): restore into scratch, compare, record the drill.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
if [ -x "$root/node_modules/.bin/node" ]; then PATH="$root/node_modules/.bin:$PATH"; fi
exec node "$root/dist/cli.js" test-restore "$@"
