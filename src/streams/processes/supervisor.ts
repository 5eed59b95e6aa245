// Ends the children of this process when it is killed: a small shell has a list of their process groups and acts when
// its input ends.
import { type ChildProcess, spawn } from 'node:child_process'
import type { Socket } from 'node:net'

/** Signal that ends a child; two thirds of a second later, remaining processes get SIGKILL. */
export type EndingSignal = 'SIGTERM' | 'SIGINT' | 'SIGQUIT' | 'SIGKILL'

/**
 * Reads `+ TERM:-71` (process group 71 was started) and `- TERM:-71` (it has ended). On every system, a pipe closes
 * when its writer is killed, so the shell does not depend on process IDs that may be reused.
 */
const script = `
trap '' HUP INT TERM QUIT
targets=' '
while read -r sign target; do
  case $sign in
    +) targets="$targets$target " ;;
    -) case $targets in *" $target "*) targets="\${targets%% "$target" *} \${targets#* "$target" }" ;; esac ;;
  esac
done
[ "$targets" != ' ' ] || exit 0
for target in $targets; do kill -s "\${target%%:*}" -- "\${target#*:}"; done 2>/dev/null
for wait in 1 2 3 4 5 6; do
  left=
  for target in $targets; do kill -s 0 -- "\${target#*:}" && left=yes; done 2>/dev/null
  [ -n "$left" ] || exit 0
  sleep 0.1
done
for target in $targets; do kill -s KILL -- "\${target#*:}"; done 2>/dev/null
`

const targets = new Set<string>()
let supervisor: ChildProcess | undefined

/**
 * Ends a process group (its ID as a negative number) or a process as soon as this process has ended for any reason.
 * Call the returned function when the target has ended, because its ID can be reused. Never throws.
 */
export function supervise(target: number, signal: EndingSignal = 'SIGTERM'): () => void {
  const line = `${signal.slice(3)}:${target}`
  const running = supervisor
  supervisor ??= startSupervisor()
  targets.add(line)
  // A new shell gets the complete list of targets.
  send(supervisor, (running ? [line] : [...targets]).map((each) => `+ ${each}\n`).join(''))
  return () => {
    targets.delete(line)
    send(supervisor, `- ${line}\n`)
  }
}

function send(shell: ChildProcess | undefined, lines: string): void {
  if (shell?.stdin?.writable) shell.stdin.write(lines)
}

/**
 * Starts the shell in its own session, so that signals to our process group do not reach it. It does not delay the exit
 * of this process.
 */
function startSupervisor(): ChildProcess | undefined {
  const child = trySpawn()
  if (!child) return undefined
  const forget = (): void => {
    if (supervisor === child) supervisor = undefined
  }
  child.once('error', forget).once('exit', forget).unref()
  // Undefined if this process has no file descriptor left.
  const input = child.stdin as Socket | undefined
  input?.on('error', forget).unref()
  return child
}

/** Undefined if the system cannot start it. */
function trySpawn(): ChildProcess | undefined {
  try {
    return spawn('/bin/sh', ['-c', script], { stdio: ['pipe', 'ignore', 'ignore'], detached: true, cwd: '/', env: {} })
  } catch {
    return undefined
  }
}
