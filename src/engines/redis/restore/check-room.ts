// Checks that the restore fits the target: its memory, its limits for one request, its number of databases.
import { asFailure, type Failure } from '../../../domain/failures/failure.ts'
import { formatBytes } from '../../../domain/text/quantities.ts'
import type { Step } from '../../../ports/restore.ts'
import { configOf, keysIn } from '../connection/info.ts'
import { databasesOf } from './flush.ts'
import type { PreflightContext } from './preflight-context.ts'
import { select } from './servers.ts'

export function checkRoom({ request, each }: PreflightContext): Step[] {
  const { manifest, mode, patterns, database } = request
  const limits = each.map(({ info }) => ({
    limit: Number(info.maxmemory ?? 0) || undefined,
    machine: Number(info.total_system_memory ?? 0) || undefined,
    used: Number(info.used_memory_dataset ?? info.used_memory ?? 0),
    overhead: Number(info.used_memory ?? 0) - Number(info.used_memory_dataset ?? 0),
    policy: info.maxmemory_policy ?? 'noeviction',
    keys: keysIn(info).reduce((sum, { keys }) => sum + keys, 0),
  }))
  const needed = manifest.server.memory
  const evicts = limits.find(({ limit, policy }) => limit !== undefined && policy !== 'noeviction')
  const eviction: Step[] = evicts
    ? [
        {
          title: `The target evicts keys if its memory is full (maxmemory-policy ${evicts.policy})`,
          state: 'warning',
          detail: 'Keys may be evicted during the restore; BullMQ needs noeviction',
        },
      ]
    : []
  const free = limits.reduce((sum, { limit, machine, used, overhead }) => {
    const most = limit ?? machine
    return sum + (most === undefined ? Number.NaN : Math.max(0, most - overhead - (mode === 'flush-first' ? 0 : used)))
  }, 0)
  if (needed === undefined || Number.isNaN(free)) {
    return [{ title: 'The needed or the free memory is not known', state: 'warning' }, ...eviction]
  }
  const limited = limits.some(({ limit }) => limit !== undefined)
  const narrowed = patterns.length > 0 || database !== undefined
  const exact = !narrowed && (mode === 'flush-first' || limits.every(({ keys }) => keys === 0))
  const title = `Memory: ${exact ? '' : 'at most '}${formatBytes(needed)} needed, ${formatBytes(free)} free${limited ? ' (maxmemory)' : ''}`
  if (free >= needed) return [{ title, state: 'done' }, ...eviction]
  const refuses = limits.every(({ limit, policy }) => limit !== undefined && policy === 'noeviction')
  const detail = limited ? 'Raise maxmemory, or remove keys' : 'The machine has too little memory'
  return [{ title, state: exact && refuses ? 'blocked' : 'warning', detail }, ...eviction]
}

const usualRequest = 512 << 20
const usualQuery = 1 << 30

/** A value that exceeds the limits for a request makes the server close the connection. */
export async function checkLargest({ request, each }: PreflightContext): Promise<Step[]> {
  const { largestValue } = request.manifest.fingerprint
  if (largestValue < 1 << 20) return []
  for (const { connection } of each) {
    const most = Number((await configOf(connection, 'proto-max-bulk-len')) ?? usualRequest)
    const query = Number((await configOf(connection, 'client-query-buffer-limit')) ?? usualQuery)
    const [name, limit] = most <= query ? ['proto-max-bulk-len', most] : ['client-query-buffer-limit', query]
    if (largestValue + 1024 <= limit) continue
    return [
      {
        title: `The largest value has ${formatBytes(largestValue)}, but ${connection.display} accepts at most ${formatBytes(limit)}`,
        state: 'blocked',
        detail: `CONFIG SET ${name} ${largestValue + (1 << 20)}`,
      },
    ]
  }
  return []
}

export async function checkDatabases({ request, servers, each }: PreflightContext): Promise<Step[]> {
  const wanted = databasesOf(request)
  const highest = Math.max(0, ...wanted)
  if (highest === 0) return []
  for (const { connection } of each) {
    try {
      await select(connection, highest)
      await connection.ask('SELECT', 0)
    } catch (error) {
      return [databaseStep(asFailure(error), highest, servers.cluster)]
    }
  }
  return []
}

/** Before Valkey 9 a cluster has only database 0. */
function databaseStep({ code, message, cause }: Failure, database: number, cluster: boolean): Step {
  if (code !== 'redis/no-such-database') {
    const detail = cause instanceof Error ? cause.message : message
    return { title: `Database ${database} cannot be selected`, state: 'blocked', detail }
  }
  const setting = cluster ? 'cluster-databases (Valkey 9)' : 'databases'
  const detail = `Raise ${setting} in its configuration, or use --redis-database with --to-redis-database`
  return { title: message, state: 'blocked', detail }
}
