// The environment of untrusted commands: a short list, so that no other variable of this process is passed on.
import { harmlessEnvironment } from '../streams/processes/child.ts'

/** LANG and TZ of this process, and variables by which tools detect that no user is present. */
export function commonEnvironment(): Record<string, string> {
  const { LANG = 'C.UTF-8', TZ } = harmlessEnvironment()
  return { LANG, ...(TZ === undefined ? {} : { TZ }), SHELL: '/bin/sh', TERM: 'dumb', CI: 'true' }
}
