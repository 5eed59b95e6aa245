// Identifies a process. A process ID is not enough: it is reused, and other containers use the same IDs.
import { readFileSync, readlinkSync } from 'node:fs'

/**
 * One line: the process ID and, on Linux, when it started and its PID namespace: proc_pid_stat(5), pid_namespaces(7).
 */
export function identityOf(pid: number): string {
  return `${[pid, startOf(pid), namespaceOf()].filter((word) => word !== undefined).join(' ')}\n`
}

const line = /^(\d{1,10})(?: (\d+))?(?: (\S+))?\s*$/

/** Whether a text is a line of this form. */
export function namesProcess(text: string): boolean {
  return line.test(text)
}

/** Whether the process of such a line runs; undefined if that cannot be determined from this container. */
export function whetherAlive(text: string): boolean | undefined {
  const [, number, start, namespace] = line.exec(text) ?? []
  const pid = Number(number ?? 0)
  if (pid === 0 || (namespace !== undefined && namespace !== namespaceOf())) return undefined
  try {
    process.kill(pid, 0)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false
  }
  return start === undefined || start === startOf(pid)
}

function startOf(pid: number): string | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1')
    return text.slice(text.lastIndexOf(')') + 2).split(' ')[19]
  } catch {
    return undefined
  }
}

function namespaceOf(): string | undefined {
  try {
    return readlinkSync('/proc/self/ns/pid')
  } catch {
    return undefined
  }
}
