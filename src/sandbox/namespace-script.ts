// The scripts of the sandbox for rehearsed commands: one prepares new namespaces, the other supervises the command.

/**
 * Runs first in new namespaces, with every capability in them: builds a read-only root of the visible folders, and
 * starts the supervisor. `$1` an empty folder for that root, `$2` the folder with `checkout`, `home` and `tmp`, `$3`
 * the user (`same`, or uid:gid), `$4` the network (`none` or `shared`), `$5` `new` before the first untrusted command
 * (the user then becomes owner of the folders), `used` afterwards, `$6` node, `$7` the supervisor's script, then every
 * folder to show.
 *
 * An untrusted command can write to three folders and to nothing above them. Each is a separate mount, so that it
 * cannot be renamed, removed or replaced from inside. Root follows no path that a command could have prepared, and
 * changes nothing below the folders once a command has run.
 */
export const namespaceScript = `
set -eu
umask 022
PATH=/usr/sbin:/usr/bin:/sbin:/bin
root=$1 inside=$2 user=$3 network=$4 state=$5 node=$6 warden=$7
shift 7
for part in checkout home tmp; do
  [ -d "$inside/$part" ] && [ ! -L "$inside/$part" ] && continue
  echo "$inside/$part is not a directory" >&2
  exit 1
done
mount -t tmpfs -o mode=0755,size=64m tmpfs "$root"
for shown in "$@"; do
  mkdir -p "$root\${shown%/*}"
  if [ -L "$shown" ]; then ln -s "$(readlink "$shown")" "$root$shown"; continue; fi
  mkdir -p "$root$shown"
  mount --rbind "$shown" "$root$shown"
  findmnt -nrRo VFS-OPTIONS,TARGET --mountpoint "$root$shown" | while read -r flags target; do
    mount -o "remount,bind,ro\${flags#r[ow]}" "$target"
  done
done
mkdir -p "$root/dev/shm" "$root/proc" "$root/tmp" "$root/rehearsal/checkout" "$root/rehearsal/home"
for device in null zero full random urandom; do
  : >"$root/dev/$device"
  mount --bind "/dev/$device" "$root/dev/$device"
done
ln -s /proc/self/fd "$root/dev/fd"
ln -s /proc/self/fd/0 "$root/dev/stdin"
ln -s /proc/self/fd/1 "$root/dev/stdout"
ln -s /proc/self/fd/2 "$root/dev/stderr"
mount -t tmpfs -o mode=1777,size=64m,nosuid,nodev tmpfs "$root/dev/shm"
mount -t proc -o nosuid,nodev,noexec proc "$root/proc"
if [ "$user" != same ]; then
  [ "$state" = used ] || chown -hR "$user" "$inside/checkout" "$inside/home" "$inside/tmp"
  { cat /etc/passwd && echo "rehearsal:x:$user::/rehearsal/home:/bin/sh"; } >"$root/dev/passwd"
  mount --bind "$root/dev/passwd" "$root/etc/passwd"
  rm "$root/dev/passwd"
fi
writable() {
  mount --bind "$1" "$2"
  mount -o "remount,bind,$(findmnt -nro VFS-OPTIONS --mountpoint "$2" | tail -n 1),nosuid,nodev" "$2"
}
writable "$inside/checkout" "$root/rehearsal/checkout"
writable "$inside/home" "$root/rehearsal/home"
writable "$inside/tmp" "$root/tmp"
mount -o remount,bind,ro "$root"
if [ "$network" = none ]; then
  ip link set lo up 2>/dev/null || ifconfig lo up 2>/dev/null || {
    echo 'neither ip (iproute2) nor ifconfig is installed to bring up the loopback' >&2
    exit 1
  }
fi
identity='--no-new-privs --inh-caps=-all --ambient-caps=-all --bounding-set=-all'
[ "$user" = same ] || identity="--reuid=\${user%:*} --regid=\${user#*:} --clear-groups $identity"
cd /
# A signal USR1 would open Node's inspector, and through it this side of the root, to a command of the same user.
exec "$node" --disable-sigusr1 -e "$warden" "$(command -v chroot)" "$root" "$(command -v setpriv)" $identity -- "$(command -v prlimit)" --nproc=1024 --core=0
`

/**
 * Process 1 of the namespaces, outside of the built root: when it ends, the kernel ends all processes that the command
 * has started. Reads its request as one line of JSON on standard input, and ends with that input, so also if the caller
 * is killed. Forwards a port inside to a socket outside. Prints `<token> begun` and `<token> ended <exit code>`; the
 * command does not know the token.
 */
export const supervisor = `
const { spawn } = require('node:child_process')
const net = require('node:net')
const { signals } = require('node:os').constants
let text = ''
let begun = false
process.stdin.setEncoding('utf8').on('data', (chunk) => {
  text += chunk
  const end = text.indexOf('\\n')
  if (begun || end < 0) return
  begun = true
  const order = JSON.parse(text.slice(0, end))
  if (order.socket === undefined) run(order)
  else forward(order)
})
process.stdin.on('end', () => process.exit(1))
function forward(order) {
  net.createServer({ allowHalfOpen: true }, (inner) => {
    const outer = net.connect({ path: order.socket, allowHalfOpen: true })
    inner.pipe(outer).pipe(inner)
    inner.on('error', () => outer.destroy()).on('close', () => outer.destroy())
    outer.on('error', () => inner.destroy()).on('close', () => inner.destroy())
  }).listen(order.port, '127.0.0.1', () => run(order))
}
function run({ token, environment, directory, command }) {
  const say = (words) => process.stdout.write('\\n' + token + ' ' + words + '\\n')
  say('begun')
  const [file, ...words] = process.argv.slice(1)
  const child = spawn(file, [...words, '/bin/sh', '-c', 'cd "$1" && exec /bin/sh -c "$2"', 'sh', directory, command], {
    env: environment,
    stdio: ['ignore', 1, 1],
  })
  child.on('error', (error) => {
    process.stderr.write(error.message + '\\n')
    process.exit(1)
  })
  child.on('exit', (code, signal) => {
    say('ended ' + (code === null ? 128 + signals[signal] : code))
    process.exit(0)
  })
}
`
