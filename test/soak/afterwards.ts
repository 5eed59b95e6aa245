// Runs commands after a kill and checks for leftovers after each.
import { lutimes } from 'node:fs/promises'
import { join } from 'node:path'
import { twoDays } from './aging-front.ts'
import { completeBackups, objectsInBucket, objectsInDirectory, unfinished } from './checks/stores.ts'
import { nextCommands, type SoakCommand } from './commands.ts'
import type { Place } from './ground.ts'
import { type Finding, leftAtTheEnd, notCompleted, type Reference, wrongData } from './judge.ts'
import { type Observation, observe, onMachine } from './observe.ts'
import { type Finished, lastLines, resguardoIn } from './run-command.ts'
import type { SeededRandom } from './seeded-random.ts'

interface Afterwards {
  readonly memory: readonly string[]
  readonly before: Observation
  readonly reference: Reference
  readonly random: SeededRandom
}

/** Runs the next command, prune, and the same command again, and checks for leftovers after each. */
export async function afterwards(
  place: Place,
  command: SoakCommand,
  { memory, before, reference, random }: Afterwards,
): Promise<{ findings: Finding[]; milliseconds: number }> {
  const next = random.pick(nextCommands)(place)
  const findings = outcome({ name: next.join(' ') }, await resguardoIn(place, next), 'next command')
  findings.push(
    ...onMachine(place, memory).map((text) => ({
      kind: text.split(' ')[0] ?? '',
      text: `after the next command: ${text}`,
    })),
  )

  await age(place)
  const stores = [
    '--store',
    `file:${place.store}`,
    ...(command.bucket ? ['--store', `s3://${place.ground.bucket}/round`] : []),
  ]
  const pruning = ['prune', '--retention-days', '36500', ...stores]
  const front = { AWS_S3_ENDPOINT: place.ground.front.endpoint }
  findings.push(...outcome({ name: 'prune' }, await resguardoIn(place, pruning, front), 'prune'))
  const pruned = [
    objectsInDirectory(place.store),
    ...(command.bucket ? [await objectsInBucket(place.ground.s3, place.ground.bucket, place.prefix)] : []),
  ]
  for (const text of pruned.flatMap(unfinished)) findings.push({ kind: 'store', text: `after prune: ${text}` })

  await command.clear?.(place)
  const again = await runAgain(place, command)
  const isDone = again.code === command.codeOnceDone
  findings.push(...outcome(isDone ? { ...command, code: again.code } : command, again, 'the same command again'))
  const end = await observe(place, memory, command.bucket ?? false)
  findings.push(
    ...leftAtTheEnd(before, end, reference),
    ...wrongData(command, before, end, reference),
    ...notCompleted(end, reference),
  )
  return { findings: [...findings, ...(await verifyNew(place, before, end))], milliseconds: again.milliseconds }
}

/** Runs the same command again, after its remedy where it is refused. */
async function runAgain(place: Place, command: SoakCommand): Promise<Finished> {
  const words = command.words(place)
  const again = await resguardoIn(place, words, command.environment?.(place))
  if (!command.remedy || !lastLines(again).includes(command.remedy.code)) return again
  const remedied = await resguardoIn(place, command.remedy.words(words), command.environment?.(place))
  return remedied.code === 0 ? resguardoIn(place, words, command.environment?.(place)) : remedied
}

/** Ages unfinished files and logins, so that they can be removed. */
async function age({ ground: { server }, store }: Place): Promise<void> {
  const old = new Date(Date.now() - twoDays)
  for (const key of unfinished(objectsInDirectory(store))) await lutimes(join(store, key), old, old)
  const logins = await server.query<{ name: string }>(
    'postgres',
    "SELECT rolname::text AS name FROM pg_roles WHERE starts_with(rolname, 'resguardo_restore_') AND rolvaliduntil IS NOT NULL",
  )
  for (const { name } of logins) await server.query('postgres', `ALTER ROLE "${name}" VALID UNTIL '2000-01-01'`)
}

/** Checks that each new backup that is listed as complete is valid. */
async function verifyNew(place: Place, before: Observation, end: Observation): Promise<Finding[]> {
  const findings: Finding[] = []
  const stores = [
    { address: `file:${place.store}`, before: before.directory, end: end.directory },
    { address: `s3://${place.ground.bucket}/round`, before: before.bucket, end: end.bucket },
  ]
  for (const store of stores) {
    const known = new Set(completeBackups(store.before))
    for (const backup of completeBackups(store.end).filter((each) => !known.has(each))) {
      const [name = '', id = ''] = backup.split('/')
      const done = await resguardoIn(place, ['checksum', id, '--name', name, '--store', store.address])
      findings.push(...outcome({ name: `checksum of ${backup}` }, done, 'checksum'))
    }
  }
  return findings
}

/** Returns findings for an unexpected exit code or remaining processes. */
export function outcome(
  { name, code = 0 }: Pick<SoakCommand, 'name'> & { readonly code?: number },
  done: Finished,
  what: string,
): Finding[] {
  return [
    ...(done.code === code
      ? []
      : [{ kind: 'exit code', text: `${what} (${name}) ended with ${done.code}: ${lastLines(done)}` }]),
    ...done.outlived.map((text) => ({ kind: 'process', text: `${what}: alive 3 s later: ${text}` })),
  ]
}
