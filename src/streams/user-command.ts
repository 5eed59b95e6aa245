// A command of the user's own, through the shell, with everything this process was given.
import { exec } from '@actions/exec'
import { wholeEnvironment } from './child.ts'

/**
 * Says its process's number first, before the command can say anything. `setsid`, where there is one, makes that a group of its
 * own, so that all of it can be ended.
 */
const wrapper = `
begun='printf "%s\\n" "$$"; exec /bin/sh -c "$1"'
if command -v setsid >/dev/null 2>&1; then setsid /bin/sh -c "$begun" sh "$1" & else /bin/sh -c "$begun" sh "$1" & fi
wait "$!"`

/**
 * Runs `/bin/sh -c command` and gives its exit code; each line that it says, on either stream, goes to `onLine` and nowhere else.
 * An aborted signal ends the command and whatever it started (SIGTERM, after two seconds SIGKILL) and rejects with its reason.
 */
export async function runUserCommand(
  command: string,
  options: { readonly environment?: Readonly<Record<string, string>>; readonly signal: AbortSignal },
  onLine: (line: string) => void = () => {},
): Promise<number> {
  const { signal } = options
  signal.throwIfAborted()
  const job = new Job()
  const stop = (): void => job.stop()
  signal.addEventListener('abort', stop, { once: true })
  try {
    const exitCode = await exec('/bin/sh', ['-c', wrapper, 'sh', command], {
      env: { ...wholeEnvironment(), ...options.environment },
      silent: true,
      ignoreReturnCode: true,
      listeners: { stdline: (line) => (job.group === undefined ? job.begin(line) : onLine(line)), errline: onLine },
    })
    signal.throwIfAborted()
    return exitCode
  } finally {
    signal.removeEventListener('abort', stop)
    job.end()
  }
}

class Job {
  group: number | undefined
  #stopped = false
  #hard: NodeJS.Timeout | undefined

  begin(line: string): void {
    const group = Number(line)
    // 0 and 1 would mean ourselves and everybody.
    if (!Number.isInteger(group) || group <= 1) throw new Error(`a command began with ${JSON.stringify(line)}`)
    this.group = group
    if (this.#stopped) this.#kill('SIGTERM')
  }

  stop(): void {
    this.#stopped = true
    this.#kill('SIGTERM')
    this.#hard = setTimeout(() => this.#kill('SIGKILL'), 2000)
  }

  end(): void {
    clearTimeout(this.#hard)
  }

  #kill(signal: NodeJS.Signals): void {
    for (const target of this.group === undefined ? [] : [-this.group, this.group]) {
      try {
        process.kill(target, signal)
        return
      } catch {
        // no such group, or gone already
      }
    }
  }
}
