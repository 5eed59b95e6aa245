// The variables that an untrusted command gets: a short list of our own, so that nothing of ours slips in.
import { harmlessEnvironment } from '../streams/processes/child.ts'

/** Language and time zone as here; what tools look at to know that nobody is watching. */
export function commonEnvironment(): Record<string, string> {
  const { LANG = 'C.UTF-8', TZ } = harmlessEnvironment()
  return { LANG, ...(TZ === undefined ? {} : { TZ }), SHELL: '/bin/sh', TERM: 'dumb', CI: 'true' }
}
