#!/usr/bin/env bash
# Drills the latest backup (or the one that is named): restores it into scratch, compares it, and records the drill.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
if [ -x "$root/node_modules/.bin/node" ]; then PATH="$root/node_modules/.bin:$PATH"; fi
exec node "$root/dist/cli.js" test-restore "$@"
