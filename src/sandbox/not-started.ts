// Why a sandbox did not start, from what unshare, mount and sudo print.
import { Failure } from '../domain/failures/failure.ts'

const causes: readonly (readonly [RegExp, string])[] = [
  [/sudo: /, 'sudo refused the command'],
  [/unshare: .*(failed|not permitted|denied)/i, 'this machine does not permit new namespaces'],
  [/mount: |pivot_root: /, 'this machine does not permit mounts in a new namespace'],
  [/not found|No such file/i, 'a program that the sandbox needs is missing (util-linux)'],
]

/** Returns the failure for a server that has not created its socket. */
export function noSocket(path: string, cause: unknown): Failure {
  return new Failure('drill/server-failed', `${path} does not exist: the server has not created its socket`, {
    hint: 'Correct the cause in the log of the scratch server, or use your own server with --scratch-url.',
    cause,
  })
}

/** Returns a failure whose hint contains what the programs printed. */
export function notStarted(stderr: string, exit: string): Failure {
  const [unreadable] = /the sandbox user cannot run .+/.exec(stderr) ?? []
  if (unreadable !== undefined) return new Failure('sandbox/not-started', unreadable)
  const said = stderr.trim().split('\n').slice(-3).join(' · ')
  const cause = causes.find(([words]) => words.test(stderr))?.[1] ?? `the set-up of the sandbox ${exit}`
  return new Failure('sandbox/not-started', cause, said === '' ? {} : { hint: `The programs printed: ${said}` })
}
