// Evaluates the facts about one server: findings, with the command that changes a setting if there is one.
import { formatBytes, formatDuration } from '../../../domain/text/quantities.ts'
import type { Finding } from '../../../ports/redis.ts'
import type { Info } from '../connection/info.ts'
import { accessFindings } from './evaluate-access.ts'
import type { NodeFacts } from './facts.ts'

/**
 * All findings about one server, in the order in which people should read them. `maxAge`: maximum age of the last save
 * in seconds. `failover`: the server is in a cluster, or behind Sentinel.
 */
export function evaluateNode(facts: NodeFacts, maxAge: number, within: { readonly failover: boolean }): Finding[] {
  const { info } = facts
  if (!info) {
    return [
      {
        state: 'unknown',
        title: 'Server',
        detail: 'the user cannot run INFO',
        remedy: `ACL SETUSER ${userOf(facts)} +info`,
      },
      ...accessFindings(facts),
    ]
  }
  return [
    ...persistence(facts, info),
    ...lastSave(facts, info, maxAge),
    ...eviction(facts, info),
    ...memory(facts, info),
    ...replicas(facts, info, within.failover),
    ...accessFindings(facts),
  ]
}

function userOf({ backup }: NodeFacts): string {
  return backup.user ?? 'NAME'
}

/** `1 queue of BullMQ (bull:mail)`; empty if no queue was found. */
function queuesText({ queues: { names = [] } }: NodeFacts): string {
  if (names.length === 0) return ''
  const shown = names.slice(0, 3).join(', ')
  return `${names.length === 1 ? '1 queue' : `${names.length} queues`} of BullMQ (${shown}${names.length > 3 ? ', …' : ''})`
}

function persistence(facts: NodeFacts, info: Info): Finding[] {
  const title = 'Persistence'
  const { config } = facts
  if (info.aof_enabled === '1') {
    const fsync = config?.appendfsync
    if (fsync === 'no') {
      const detail =
        'the append-only file is on, but without fsync (appendfsync no): about 30 seconds of writes may be lost'
      return [{ state: 'warning', title, detail, remedy: 'CONFIG SET appendfsync everysec' }, ...stopsWrites(facts)]
    }
    const said =
      fsync === undefined ? '' : fsync === 'always' ? ', with fsync after every write' : ', with fsync every second'
    return [{ state: 'good', title, detail: `the append-only file is on${said}` }, ...stopsWrites(facts)]
  }
  if (!config) {
    const detail = 'the append-only file is off, and the save points are not known (CONFIG is disabled)'
    return [{ state: 'unknown', title, detail }]
  }
  if ((config.save ?? '') === '') {
    const detail = 'neither save points nor an append-only file: a restart loses all data'
    return [{ state: 'bad', title, detail, remedy: 'CONFIG SET appendonly yes' }]
  }
  const queues = queuesText(facts)
  const points = `save points only (${savePoints(config.save ?? '')})`
  const finding: Finding =
    queues === ''
      ? { state: 'good', title, detail: `${points}: a crash loses all writes since the last save` }
      : {
          state: 'warning',
          title,
          detail: `${points}: a crash loses the jobs since the last save, and there are ${queues}`,
          remedy: 'CONFIG SET appendonly yes',
        }
  return [finding, ...stopsWrites(facts)]
}

/** Formats `3600 1 300 100` as `1 change in 1 h, 100 changes in 5 min`. */
function savePoints(save: string): string {
  const numbers = save.split(/\s+/).map(Number)
  const points: string[] = []
  for (let at = 0; at + 1 < numbers.length; at += 2) {
    const [seconds = 0, changes = 0] = numbers.slice(at, at + 2)
    points.push(`${changes === 1 ? '1 change' : `${changes} changes`} in ${formatDuration(seconds)}`)
  }
  return points.join(', ')
}

function stopsWrites({ config }: NodeFacts): Finding[] {
  if (config?.['stop-writes-on-bgsave-error'] !== 'no' || (config.save ?? '') === '') return []
  const detail = 'failed saves do not stop writes, so they may go unnoticed (stop-writes-on-bgsave-error no)'
  return [{ state: 'warning', title: 'Failed saves', detail, remedy: 'CONFIG SET stop-writes-on-bgsave-error yes' }]
}

function lastSave(facts: NodeFacts, info: Info, maxAge: number): Finding[] {
  const title = 'Last save'
  const { config } = facts
  const failed: Finding[] = [
    ...(info.rdb_last_bgsave_status === 'err'
      ? [
          {
            state: 'bad',
            title,
            detail: "the last background save failed; read the server's log",
            remedy: 'BGSAVE',
          } as const,
        ]
      : []),
    ...(info.aof_enabled === '1' && info.aof_last_write_status === 'err'
      ? [
          {
            state: 'bad',
            title,
            detail: "the append-only file could not be written (often a full disk); read the server's log",
          } as const,
        ]
      : []),
    ...(info.aof_enabled === '1' && info.aof_last_bgrewrite_status === 'err'
      ? [
          {
            state: 'warning',
            title,
            detail: 'the last rewrite of the append-only file failed, so the file grows',
            remedy: 'BGREWRITEAOF',
          } as const,
        ]
      : []),
  ]
  if (failed.length > 0) return failed
  if ((config?.save ?? '') === '') return []
  const saved = Number(info.rdb_last_save_time)
  const now = facts.now ?? Number.NaN
  const age = Math.max(0, Math.round(now - saved))
  const changes = Number(info.rdb_changes_since_last_save)
  if (!Number.isFinite(age) || !Number.isFinite(changes)) return []
  const ago = `${formatDuration(age)} ago`
  if (changes === 0) return [{ state: 'good', title, detail: `${ago}, no changes since` }]
  const since = `${changes === 1 ? '1 change' : `${changes} changes`} since`
  if (age <= maxAge) return [{ state: 'good', title, detail: `${ago}, ${since}` }]
  return [
    { state: 'warning', title, detail: `${ago}, more than ${formatDuration(maxAge)}, and ${since}`, remedy: 'BGSAVE' },
  ]
}

const noEviction = 'CONFIG SET maxmemory-policy noeviction'

function eviction(facts: NodeFacts, info: Info): Finding[] {
  const title = 'Eviction'
  const policy = facts.config?.['maxmemory-policy'] ?? info.maxmemory_policy
  if (policy === undefined) return [{ state: 'unknown', title, detail: 'maxmemory-policy is not known' }]
  const queues = queuesText(facts)
  const unlimited = Number(info.maxmemory) === 0
  const gone = Number(info.evicted_keys) || 0
  const sofar =
    gone > 0 ? `; ${gone === 1 ? '1 key has' : `${gone} keys have`} been evicted since the server started` : ''
  if (policy === 'noeviction') return [{ state: 'good', title, detail: `keys are never evicted (noeviction)${sofar}` }]
  const what = policy.startsWith('volatile') ? 'keys with a time to live' : 'keys'
  const when = unlimited ? `would evict ${what} if there were a maxmemory` : `evicts ${what} when memory is full`
  if (queues !== '') {
    const lost = policy.startsWith('volatile')
      ? 'locks of jobs may be evicted, and jobs may run twice'
      : 'jobs may be lost'
    const detail = `${policy} ${when}, and there are ${queues}: ${lost}${sofar}`
    return [{ state: unlimited ? 'warning' : 'bad', title, detail, remedy: noEviction }]
  }
  if (unlimited && gone === 0) return [{ state: 'good', title, detail: `${policy} ${when}, and there is none` }]
  const { names, whole } = facts.queues
  const blind =
    names === undefined ? '; the user cannot search for queues' : whole ? '' : '; not all keys were searched for queues'
  const detail = `${policy} ${when}: fine for a cache, not for queues or sessions${blind}${sofar}`
  return [{ state: 'warning', title, detail, remedy: noEviction }]
}

function memory(facts: NodeFacts, info: Info): Finding[] {
  const title = 'Memory'
  const [used, limit, machine] = [Number(info.used_memory), Number(info.maxmemory), Number(info.total_system_memory)]
  if (!Number.isFinite(used)) return []
  if (limit > 0) {
    const share = used / limit
    const detail = `${formatBytes(used)} of ${formatBytes(limit)} (maxmemory) are used`
    if (share < 0.8) return [{ state: 'good', title, detail }]
    const stops = (facts.config?.['maxmemory-policy'] ?? info.maxmemory_policy) === 'noeviction'
    const after = stops ? '; Redis rejects writes at the limit' : ''
    const remedy = `CONFIG SET maxmemory ${Math.ceil((limit * 1.5) / (1 << 20))}mb`
    return [{ state: stops && share >= 0.95 ? 'bad' : 'warning', title, detail: `${detail}${after}`, remedy }]
  }
  if (!(machine > 0)) return [{ state: 'good', title, detail: `${formatBytes(used)} are used; there is no limit` }]
  const detail = `${formatBytes(used)} of the machine's ${formatBytes(machine)} are used, and there is no maxmemory`
  if (used < machine / 2) return [{ state: 'good', title, detail }]
  return [
    {
      state: 'warning',
      title,
      detail: `${detail}: the out-of-memory killer may end the server`,
      remedy: `CONFIG SET maxmemory ${Math.floor((machine * 0.75) / (1 << 20))}mb`,
    },
    {
      state: 'unknown',
      title: 'Overcommit',
      detail:
        'BGSAVE forks, which may fail if half of the memory is used; vm.overcommit_memory cannot be read from here',
      remedy: 'sysctl vm.overcommit_memory=1',
    },
  ]
}

function replicas(facts: NodeFacts, info: Info, failover: boolean): Finding[] {
  const title = 'Replicas'
  if (info.role === 'slave') {
    if (info.master_link_status === 'up')
      return [{ state: 'good', title, detail: 'this is a replica, in sync with its master' }]
    return [{ state: 'bad', title, detail: 'this is a replica without a connection to its master: its data is old' }]
  }
  const lines = Object.entries(info).flatMap(([name, value]) =>
    /^slave\d+$/.test(name) && value !== undefined ? [value] : [],
  )
  if (lines.length === 0) {
    const detail = 'no replica: if this server is lost, all writes since the last backup are lost'
    return [{ state: failover ? 'warning' : 'good', title, detail }]
  }
  const count = lines.length === 1 ? '1 replica' : `${lines.length} replicas`
  const behind = lines.filter((line) => !/state=online/.test(line) || Number(/lag=(\d+)/.exec(line)?.[1] ?? 0) > 10)
  if (behind.length > 0) return [{ state: 'warning', title, detail: `${count}, ${behind.length} of them not in sync` }]
  const least = facts.config?.['min-replicas-to-write']
  if (failover && least === '0') {
    const detail = `${count}; an isolated master continues to accept writes, which are lost at failover (min-replicas-to-write 0)`
    return [{ state: 'warning', title, detail, remedy: 'CONFIG SET min-replicas-to-write 1' }]
  }
  return [{ state: 'good', title, detail: `${count}, in sync` }]
}
