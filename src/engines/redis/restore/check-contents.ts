// Checks what a restore does to the keys of the target: counts, modules, queues and their workers.
import slotOf from 'cluster-key-slot'
import { isAtLeast } from '../../../domain/redis/rdb-versions.ts'
import { keysOf, queueName } from '../../../domain/redis/redis-fingerprint.ts'
import { plural } from '../../../domain/text/plural.ts'
import type { Step } from '../../../ports/restore.ts'
import { keysIn } from '../connection/info.ts'
import { ReplyError } from '../connection/resp.ts'
import { checkClients } from './check-clients.ts'
import { databasesOf } from './flush.ts'
import type { PreflightContext } from './preflight-context.ts'
import { matchesOne } from './selection.ts'

export async function checkBackup({ request, each }: PreflightContext): Promise<Step[]> {
  const { dump, fingerprint } = request.manifest
  const steps: Step[] = []
  if (dump.consistency === 'per-key') {
    const title = 'The backup is not a consistent snapshot'
    steps.push({ title, state: 'warning', detail: 'It was read key by key (scan), so related keys may not match' })
  }
  const keys = fingerprint.databases.reduce((sum, { types }) => sum + (types.module ?? 0), 0)
  if (keys > 0) steps.push(...(await checkModules(fingerprint.modules ?? [], keys, each)))
  return steps
}

const vectorSet = 'vectorset'

/** MODULE LIST does not return the names of types, so it is conclusive only if it is empty. */
async function checkModules(types: readonly string[], keys: number, each: PreflightContext['each']): Promise<Step[]> {
  const named = `${plural(keys, 'key')} of modules (${types.join(', ')})`
  for (const { connection, program } of each) {
    const list = await connection.askText('MODULE', 'LIST').catch((error) => {
      if (error instanceof ReplyError) return undefined
      throw error
    })
    const needed = types.filter(
      (type) => type !== vectorSet || program.product !== 'redis' || !isAtLeast(program.version, '8.0'),
    )
    if (needed.length === 0 || !Array.isArray(list) || list.length > 0) continue
    const title = `The backup has ${named}, and ${connection.display} has no modules`
    return [
      { title, state: 'blocked', detail: 'Load the modules in the target, or exclude these keys with --redis-pattern' },
    ]
  }
  return [
    {
      title: `The backup has ${named}`,
      state: 'warning',
      detail: 'A value of each type is tried before any key is removed',
    },
  ]
}

/** Describes what the mode does to existing keys. */
export function checkMode({ request, each }: PreflightContext): Step[] {
  const { manifest, mode, patterns, database } = request
  const own = patterns.length > 0 ? patterns : (manifest.dump.patterns ?? [])
  const there = each.flatMap(({ info }) => keysIn(info))
  const concerned = new Set(databasesOf(request))
  const inConcerned = sum(there.filter((each) => concerned.has(each.database)))
  const backup = manifest.fingerprint.databases.filter((each) => database === undefined || each.database === database)
  const some = patterns.length > 0 ? ` that match ${patterns.join(', ')}` : ''
  const come = `${some ? 'those of the ' : ''}${plural(keysOf({ databases: backup }), 'key')} of the backup${some}`
  const titles = {
    merge: `Add ${come}; keep keys that exist (${inConcerned} now)`,
    replace: `Restore ${come}; overwrite keys that exist (${inConcerned} now)`,
    'flush-first': `Remove ${removedText(there, concerned, own)}, then restore ${come}`,
  }
  const steps: Step[] = [{ title: titles[mode], state: 'planned', stage: 'during' }]
  const others = there.filter((each) => each.keys > 0 && !concerned.has(each.database))
  if (mode === 'flush-first' && others.length > 0) {
    const title = `${others.map((each) => `Database ${each.database} (${plural(each.keys, 'key')})`).join(', ')} not changed`
    steps.push({ title, state: 'warning', detail: 'The backup has no keys of these databases' })
  }
  return steps
}

/** `all 12 keys of database 0, all 3 keys of database 7`, or `keys of database 0 that match bull:*`. */
function removedText(there: readonly KeysThere[], concerned: ReadonlySet<number>, patterns: readonly string[]): string {
  const counts = Map.groupBy(there, ({ database }) => database)
  const texts = [...concerned].map((database) =>
    patterns.length > 0
      ? `database ${database}`
      : `all ${plural(sum(counts.get(database) ?? []), 'key')} of database ${database}`,
  )
  return patterns.length > 0
    ? `keys of ${texts.join(', ')} that match ${patterns.join(', ')}`
    : texts.join(', ') || 'nothing'
}

type KeysThere = ReturnType<typeof keysIn>[number]

function sum(counts: readonly { readonly keys: number }[]): number {
  return counts.reduce((all, { keys }) => all + keys, 0)
}

export async function checkQueues(preflight: PreflightContext): Promise<Step[]> {
  const { request, servers } = preflight
  const { manifest, database } = request
  const patterns = request.patterns.map((pattern) => Buffer.from(pattern))
  const queues = manifest.fingerprint.queues.filter(
    (queue) =>
      (database === undefined || queue.database === database) &&
      (patterns.length === 0 || matchesOne(patterns, Buffer.from(`${queue.prefix}:${queue.name}:meta`))),
  )
  if (queues.length === 0) return []
  const steps: Step[] = []
  const apart = servers.cluster
    ? queues.filter(({ prefix, name }) => slotOf(`${prefix}:${name}:wait`) !== slotOf(`${prefix}:${name}:meta`))
    : []
  if (apart.length > 0) {
    const title = `${apart.slice(0, 5).map(queueName).join(', ')}: BullMQ cannot use it in a cluster`
    steps.push({ title, state: 'warning', detail: 'Its keys are in several slots, because its prefix has no braces' })
  }
  return [...steps, ...(await checkClients(preflight, queues))]
}
