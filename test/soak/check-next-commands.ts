// Runs commands after a kill and checks for leftovers after each.
import { statSync } from 'node:fs'
import { lutimes, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { twoDays } from './aging-proxy.ts'
import { type Finding, finalLeftovers, notCompleted, type Reference, wrongData } from './check-round.ts'
import { filesBelow } from './checks/files.ts'
import { completeBackups, objectsInBucket, objectsInDirectory, unfinished } from './checks/stores.ts'
import type { SoakCommand } from './commands/soak-command.ts'
import { nextCommands } from './commands.ts'
import { localLeftovers, type Observation, observe } from './observe.ts'
import { type Finished, lastLines, runResguardo } from './run-command.ts'
import type { SeededRandom } from './seeded-random.ts'
import type { Workspace } from './workspace.ts'

interface NextCommandsRequest {
  readonly memory: readonly string[]
  readonly before: Observation
  readonly reference: Reference
  readonly random: SeededRandom
}

/** Runs the next command, prune, and the same command again, and checks for leftovers after each. */
export async function checkNextCommands(
  workspace: Workspace,
  command: SoakCommand,
  { memory, before, reference, random }: NextCommandsRequest,
): Promise<{ findings: Finding[]; milliseconds: number }> {
  const next = random.pick(nextCommands)(workspace)
  const findings = outcome({ name: next.join(' ') }, await runResguardo(workspace, next), 'next command')
  findings.push(
    ...localLeftovers(workspace, memory).flatMap((text) =>
      isYoungFolder(workspace, text)
        ? []
        : [{ kind: text.split(' ')[0] ?? '', text: `after the next command: ${text}` }],
    ),
  )

  await age(workspace)
  const stores = [
    '--store',
    `file:${workspace.store}`,
    ...(command.bucket ? ['--store', `s3://${workspace.environment.bucket}/round`] : []),
  ]
  const pruning = ['prune', '--retention-days', '36500', ...stores]
  const proxy = { AWS_S3_ENDPOINT: workspace.environment.proxy.endpoint }
  findings.push(...outcome({ name: 'prune' }, await runResguardo(workspace, pruning, proxy), 'prune'))
  const pruned = [
    objectsInDirectory(workspace.store),
    ...(command.bucket
      ? [await objectsInBucket(workspace.environment.s3, workspace.environment.bucket, workspace.prefix)]
      : []),
  ]
  for (const text of pruned.flatMap(unfinished)) findings.push({ kind: 'store', text: `after prune: ${text}` })

  await command.clear?.(workspace)
  const again = await runAgain(workspace, command)
  const isDone = again.code === command.codeIfRepeated
  findings.push(...outcome(isDone ? { ...command, code: again.code } : command, again, 'the same command again'))
  const end = await observe(workspace, memory, command.bucket ?? false)
  findings.push(
    ...finalLeftovers(before, end, reference),
    ...wrongData(command, before, end, reference),
    ...notCompleted(end, reference),
  )
  return { findings: [...findings, ...(await verifyNew(workspace, before, end))], milliseconds: again.milliseconds }
}

/** Runs the same command again, after its remedy if it is refused. */
async function runAgain(workspace: Workspace, command: SoakCommand): Promise<Finished> {
  const words = command.words(workspace)
  const again = await runResguardo(workspace, words, command.variables?.(workspace))
  if (!command.remedy || !lastLines(again).includes(command.remedy.code)) return again
  const remedied = await runResguardo(workspace, command.remedy.words(words), command.variables?.(workspace))
  return remedied.code === 0 ? runResguardo(workspace, words, command.variables?.(workspace)) : remedied
}

/** Whether a process was killed before it wrote its ID: such a folder is removed when it is a minute old. */
function isYoungFolder({ temporary }: Workspace, text: string): boolean {
  const [, folder = ''] = /^temporary (resguardo-[^/]+)(?:\/pid)?$/.exec(text) ?? []
  if (folder === '') return false
  const files = filesBelow(join(temporary, folder))
  return files.length === 0 || (files.join() === 'pid' && statSync(join(temporary, folder, 'pid')).size === 0)
}

/** Ages unfinished files, temporary folders and logins, so that they can be removed. */
async function age({ environment: { server }, store, temporary }: Workspace): Promise<void> {
  const old = new Date(Date.now() - twoDays)
  for (const name of await readdir(temporary)) await lutimes(join(temporary, name), old, old)
  for (const key of unfinished(objectsInDirectory(store))) await lutimes(join(store, key), old, old)
  const logins = await server.query<{ name: string }>(
    'postgres',
    "SELECT rolname::text AS name FROM pg_roles WHERE starts_with(rolname, 'resguardo_restore_') AND rolvaliduntil IS NOT NULL",
  )
  for (const { name } of logins) await server.query('postgres', `ALTER ROLE "${name}" VALID UNTIL '2000-01-01'`)
}

/** Checks that each new backup that is listed as complete is valid. */
async function verifyNew(workspace: Workspace, before: Observation, end: Observation): Promise<Finding[]> {
  const findings: Finding[] = []
  const stores = [
    { address: `file:${workspace.store}`, before: before.directory, end: end.directory },
    { address: `s3://${workspace.environment.bucket}/round`, before: before.bucket, end: end.bucket },
  ]
  for (const store of stores) {
    const known = new Set(completeBackups(store.before))
    for (const backup of completeBackups(store.end).filter((each) => !known.has(each))) {
      const [name = '', id = ''] = backup.split('/')
      const done = await runResguardo(workspace, ['checksum', id, '--name', name, '--store', store.address])
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
    ...done.remaining.map((text) => ({ kind: 'process', text: `${what}: alive 3 s later: ${text}` })),
  ]
}
