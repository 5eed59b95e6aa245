// Compares what a killed command reports with its result: success must not be reported for an incomplete result.

import { type Finding, notCompleted, type Reference } from './check-round.ts'
import { newDatabases } from './checks/server.ts'
import type { Objects } from './checks/stores.ts'
import type { SoakCommand } from './commands/soak-command.ts'
import type { Observation } from './observe.ts'
import type { Finished } from './run-command.ts'

/** Whether exit code or output report success: code 0, a JSON document without an error, or results without an error. */
export function reportsSuccess({ code, stdout, stderr }: Finished, json: boolean): boolean {
  if (code === 0) return true
  if (!json) return stdout !== '' && !/^code: /m.test(stderr)
  try {
    return !Object.hasOwn(JSON.parse(stdout) as object, 'error')
  } catch {
    return false
  }
}

/** Returns the parts of the result that a complete run has and this one lacks. */
export function falseSuccess(
  before: Observation,
  now: Observation,
  reference: Reference,
  { mustFail = false }: Pick<SoakCommand, 'mustFail'>,
): Finding[] {
  const expected = changesOf(reference.before, reference.after)
  const found = changesOf(before, now)
  const differences = [
    ...expected.filter((change) => !found.includes(change)).map((change) => `missing: ${change}`),
    ...found.filter((change) => !expected.includes(change)).map((change) => `unexpected: ${change}`),
    ...notCompleted(now, reference).map(({ text }) => `not as after a complete run: ${text}`),
    ...(mustFail ? ['a command that must fail'] : []),
  ]
  return differences.map((text) => ({ kind: 'false success', text }))
}

/** Added and removed objects and databases, without IDs, times and numbers; the same change twice has two names. */
function changesOf(before: Observation, now: Observation): string[] {
  const changes = [
    ...differencesOf('directory', before.directory, now.directory),
    ...differencesOf('bucket', before.bucket, now.bucket),
    ...newDatabases(before.server, now.server).map(({ name, role }) => `database ${name} (${role ?? 'no mark'})`),
  ].map((change) => change.replaceAll(/[0-9a-f]{6,}|\d+/g, '#'))
  return [...Map.groupBy(changes, (change) => change)].flatMap(([change, { length }]) =>
    Array.from({ length }, (_, index) => (index === 0 ? change : `${change} (${index + 1})`)),
  )
}

function differencesOf(store: string, before: Objects, now: Objects): string[] {
  const added = [...now.keys()].filter((key) => !before.has(key))
  const removed = [...before.keys()].filter((key) => !now.has(key))
  return [...added.map((key) => `${store}: added ${key}`), ...removed.map((key) => `${store}: removed ${key}`)]
}

/** A drill record that proves a damaged backup, or a pin of the gate for it. */
export function falseProof({ mustFail }: SoakCommand, before: Observation, now: Observation): Finding[] {
  if (!mustFail) return []
  const added = [...now.directory.keys(), ...now.bucket.keys()].filter(
    (key) => !before.directory.has(key) && !before.bucket.has(key),
  )
  return added.filter((key) => /proven|pins\//.test(key)).map((text) => ({ kind: 'false proof', text }))
}
