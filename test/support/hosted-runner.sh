#!/bin/sh
# Runs a command as on a GitHub-hosted runner, for tests; the caller creates the namespaces. The runner has a user with
# passwordless sudo, a Docker socket that all users may use, and a metadata service. `$1`: a folder with passwd, group,
# shadow and sudoers, `$2`: node, `$3`: the runner's uid, then the command.
set -eu
folder=$1 node=$2 uid=$3
shift 3
for file in passwd group shadow sudoers; do mount --bind "$folder/$file" "/etc/$file"; done
mount -t tmpfs -o mode=755 tmpfs /run
ip link set lo up
ip addr add 169.254.169.254/32 dev lo
"$node" -e '
  const { createServer } = require("node:net")
  const answer = (socket) => socket.on("error", () => {}).end("a-secret")
  createServer(answer).listen("/run/docker.sock", () => require("node:fs").chmodSync("/run/docker.sock", 0o666))
  createServer(answer).listen(80, "169.254.169.254")
  createServer(answer).listen(8080, "127.0.0.1")
' &
server=$!
while [ ! -S /run/docker.sock ]; do sleep 0.1; done
code=0
setpriv --reuid="$uid" --regid="$uid" --init-groups -- "$@" || code=$?
kill "$server"
exit $code
