// The shell scripts of a sandbox: they supervise it, build its root, and enter it.

/** Closes inherited descriptors. Only bash can name descriptors of two digits. */
const closeInherited = `
if [ -n "\${BASH_VERSION-}" ]; then
  for descriptor in /proc/self/fd/*; do
    descriptor=\${descriptor##*/}
    if [ "$descriptor" -gt 2 ]; then eval "exec $descriptor>&-"; fi
  done
else
  exec 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-
fi
`

/**
 * Waits for the sandbox (the command after the first four arguments), then removes everything, also if Resguardo was
 * killed. `$1` and `$2` folders to remove, `$3` bytes of memory for all programs together, `$4` `yes` as root: then it
 * creates a control group with the first folder's name, if the machine allows it: cgroups(7), versions 2 and 1.
 */
export const keeperScript = `
${closeInherited}
folder=$1 sockets=$2 memory=$3 group_wanted=$4 groups=
shift 4
name=\${folder##*/}
if [ "$group_wanted" = yes ]; then
  for parent in /sys/fs/cgroup /sys/fs/cgroup/memory /sys/fs/cgroup/pids; do
    group=$parent/$name
    [ -f "$parent/cgroup.procs" ] && mkdir "$group" 2>/dev/null || continue
    groups="$groups $group"
    [ -f "$group/memory.max" ] && { echo "$memory" >"$group/memory.max"; echo 0 >"$group/memory.swap.max"; }
    [ -f "$group/memory.limit_in_bytes" ] && echo "$memory" >"$group/memory.limit_in_bytes"
    [ -f "$group/pids.max" ] && echo 1024 >"$group/pids.max"
  done 2>/dev/null
fi
"$@"
code=$?
for group in $groups; do
  for wait in 0 0.1 0.4; do rmdir "$group" 2>/dev/null && break; sleep $wait; done
done
rm -rf -- "$folder" "$sockets"
exit $code
`

/**
 * Moves the shell into the control groups named `$name`, if there are any, and makes its children the first to be
 * killed when memory runs out.
 */
const joinGroups = `
for group in /sys/fs/cgroup /sys/fs/cgroup/memory /sys/fs/cgroup/pids; do
  if [ -d "$group/$name" ]; then echo 0 >"$group/$name/cgroup.procs" || :; fi
done 2>/dev/null
{ echo 1000 >/proc/self/oom_score_adj; } 2>/dev/null || :
`

/**
 * Runs first in new namespaces, with every capability in them: builds a root of what programs may see and makes it the
 * only one (pivot_root). `$1` the control group's name, `$2` an empty folder for the root, `$3` the user (`same` or
 * uid:gid), `$4` the same as numbers, `$5` the folder that becomes /tmp, then `r PATH` for what is shown read-only and
 * `w PATH` for folders that programs write to. Prints `ready` and its process ID outside of the sandbox. It is process
 * 1 of the namespaces: when its standard input ends, all programs end. It keeps its capabilities, so that programs of
 * the same user can neither trace nor replace it.
 */
export const rootScript = `
set -eu
PATH=/usr/sbin:/usr/bin:/sbin:/bin
umask 022
name=$1 root=$2 user=$3 name_id=$4 tmp=$5
shift 5
read -r outside rest </proc/self/stat
${joinGroups}
mount -t tmpfs -o mode=0755,size=16m,nosuid,nodev tmpfs "$root"
cd "$root"
mkdir -p dev/shm proc tmp etc old
writable() {
  mount --bind -o nosuid,nodev "$1" "$2" 2>/dev/null && return
  mount --bind "$1" "$2"
  mount -o "remount,bind,$(findmnt -nro VFS-OPTIONS --mountpoint "$2" | tail -n 1),nosuid,nodev" "$2"
}
# Where flags are locked, as in a user namespace, they must be given again; and a mount below is made read-only for itself.
show() {
  if mount --rbind -o ro,nosuid "$1" "$2" 2>/dev/null; then
    below=no
    while read -r id parent device at target rest; do
      case $target in "$2"/*) below=yes ;; esac
    done </proc/self/mountinfo
    [ $below = yes ] || return 0
  else
    mount --rbind "$1" "$2"
  fi
  findmnt -nrRo VFS-OPTIONS,TARGET --mountpoint "$2" | while read -r flags target; do
    mount -o "remount,bind,ro\${flags#r[ow]},nosuid" "$target"
  done
}
[ "$user" = same ] || chown -h "$user" "$tmp"
writable "$tmp" "$root/tmp"
links= folders=
for path; do
  if [ -L "$path" ]; then links="$links $path"; elif [ "\${#path}" -gt 1 ]; then folders="$folders|$path"; fi
done
[ -z "$links" ] || cp -P --parents $links .
( set -f; IFS='|'; set -- $folders; for path; do shift; set -- "$@" ".$path"; done; mkdir -p "$@" )
while [ $# -gt 0 ]; do
  kind=$1 path=$2
  shift 2
  [ -L "$path" ] && continue
  if [ "$kind" = r ]; then
    show "$path" "$root$path"
  else
    [ "$user" = same ] || chown -hR "$user" "$path"
    writable "$path" "$root$path"
  fi
done
cp -a --parents /etc/ld.so.cache /etc/ld.so.conf /etc/ld.so.conf.d /etc/alternatives /etc/localtime /etc/locale.alias \
  /etc/ssl/openssl.cnf . 2>/dev/null || :
echo "scratch:x:$name_id::/tmp:/bin/sh" >etc/passwd
echo "scratch:x:\${name_id#*:}:" >etc/group
echo 'passwd: files' >etc/nsswitch.conf
for device in null zero full random urandom; do
  : >"dev/$device"
  mount --bind "/dev/$device" "dev/$device"
done
mount -t tmpfs -o mode=1777,nosuid,nodev tmpfs dev/shm
mount -t proc -o nosuid,nodev,noexec proc proc
# A user namespace within this one would have every capability again, and so more of the kernel to attack.
if [ "$user" = same ]; then echo 0 >proc/sys/user/max_user_namespaces || :; fi 2>/dev/null
pivot_root . old
cd /
# Without root, umount(8) wants a line in fstab: the old root is covered then, and no namespace below this one can uncover it.
if umount -l /old 2>/dev/null; then rmdir /old; else mount -t tmpfs -o mode=0,size=4k,ro tmpfs /old; fi
mount -o remount,bind,ro,nosuid,nodev /
exec env -i setpriv --no-new-privs /bin/sh -c 'echo "ready $1"; read -r end' sh "$outside"
`

/** Enters a sandbox with the command after the first argument. `$1` the control group's name. */
export const enterScript = `
name=$1
shift
${closeInherited}
${joinGroups}
exec "$@"
`

/**
 * Runs inside as the sandbox's user: reads variables from standard input, one per line, until an empty line. The
 * program reads the rest.
 */
export const environmentScript = `
while IFS= read -r line && [ -n "$line" ]; do export "$line"; done
exec "$@"
`

/** Reads process groups, one per line, until standard input ends. Then waits until they have ended. */
const waitForGroups = (tenths: number): string => `
groups= attempt=0
while read -r group; do groups="$groups $group"; done
while [ $attempt -lt ${tenths} ]; do
  left= attempt=$((attempt + 1))
  for group in $groups; do kill -s 0 -- "-$group" && left=yes; done 2>/dev/null
  [ -n "$left" ] || break
  sleep 0.1
done
`

/**
 * Without isolation: reads the process groups of programs, waits at most 10 seconds until they have ended, and runs the
 * command after `$1` for at most 5 seconds if the file `$1` exists. Its user can end the programs.
 */
export const crashCleanupScript = `
${waitForGroups(100)}
[ -e "$1" ] || exit 0
shift
"$@" </dev/null >/dev/null 2>&1 & job=$!
attempt=0
while [ $attempt -lt 50 ]; do
  sleep 0.1
  kill -s 0 "$job" 2>/dev/null || exit 0
  attempt=$((attempt + 1))
done
kill -s KILL "$job"
`

/**
 * Without isolation: reads the process groups of programs and of the script above. When standard input ends, it waits
 * at most 16 seconds until they have ended, and removes the folders `$1` and `$2`. Programs also end if Resguardo is
 * killed. A server whose folder is removed before it has ended would leave its shared memory.
 */
export const removerScript = `
${waitForGroups(160)}
for attempt in 1 2 3 4 5; do
  rm -rf -- "$1" "$2" 2>/dev/null
  [ -e "$1" ] || [ -e "$2" ] || exit 0
  sleep 0.2
done
`
