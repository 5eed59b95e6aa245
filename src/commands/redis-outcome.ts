// What came of a backup of Redis, for people.

import { commandLine, type Flags, shellWord } from '../domain/command-line.ts'
import type { Payload, RedisManifest } from '../domain/manifest.ts'
import { plural } from '../domain/plural.ts'
import { formatBytes, formatDuration } from '../domain/quantities.ts'
import { installedNames, productName, type RedisProduct } from '../domain/redis/products.ts'
import type { RedisDumpFacts } from '../domain/redis/redis-facts.ts'
import {
  keysOf,
  type QueueFingerprint,
  queueName,
  queueStates,
  type RedisDatabasePrint,
} from '../domain/redis/redis-fingerprint.ts'
import type { SummaryPart } from './summary.ts'

/** `12 waiting, 3 delayed`; `empty` for a queue without a job. */
export function statesText({ states }: Pick<QueueFingerprint, 'states'>): string {
  const texts = queueStates.flatMap((state) => (states[state] ? [`${states[state]} ${state}`] : []))
  return texts.length === 0 ? 'empty' : texts.join(', ')
}

/** Lines for a terminal. */
export function redisLines({ dump, fingerprint, server }: RedisManifest): string[] {
  const { queues, functions } = fingerprint
  return [
    `  ${methodText(dump)}${server.aof === undefined ? '' : `; its append-only file is ${server.aof ? 'on' : 'off'}`}.`,
    ...(dump.skewSeconds === undefined ? [] : [`  ${skewText(dump.skewSeconds)}.`]),
    ...queues
      .slice(0, shownAtMost)
      .map((queue) => `  queue ${queueName(queue)}: ${statesText(queue)}${queue.paused ? ' (paused)' : ''}`),
    ...(queues.length > shownAtMost ? [`  and ${queues.length - shownAtMost} more queues`] : []),
    ...(functions.length > 0 ? [`  functions: ${functions.join(', ')}`] : []),
  ]
}

const shownAtMost = 20

const methods: Readonly<Record<RedisDumpFacts['method'], string>> = {
  replica: 'Read over the replication protocol',
  bgsave: 'Read from the RDB file of the server',
  scan: 'Read key by key',
}

function methodText({ method, consistency, shards, patterns, databases }: RedisDumpFacts): string {
  const [first] = shards
  const from = shards.length === 1 ? `the ${first?.role} ${first?.address}` : rolesText(shards)
  const part = [
    ...(patterns ? [`only keys that match ${patterns.join(' or ')}`] : []),
    ...(databases ? [`only database ${databases.join(', ')}`] : []),
  ]
  const when = consistency === 'instant' ? 'a consistent snapshot' : 'not a consistent snapshot'
  return [
    `${methods[method]}, from ${from}`,
    shards.length > 1 && consistency === 'instant' ? 'a consistent snapshot of each' : when,
    ...part,
  ].join(', ')
}

/** `2 masters and 1 replica`. */
function rolesText(shards: RedisDumpFacts['shards']): string {
  const counts = (['master', 'replica'] as const).map((role) => ({
    role,
    count: shards.filter((shard) => shard.role === role).length,
  }))
  return counts.flatMap(({ role, count }) => (count > 0 ? [plural(count, role)] : [])).join(' and ')
}

function skewText(seconds: number): string {
  if (Math.abs(seconds) < 0.05) return "At the same time as PostgreSQL's snapshot"
  return `${formatDuration(Math.abs(seconds))} ${seconds > 0 ? 'before' : 'after'} PostgreSQL's snapshot`
}

/** Labels and values for a page. */
export function redisFacts({ server, dump, snapshot, fingerprint }: RedisManifest): (readonly [string, string])[] {
  const memory = server.memory === undefined ? '' : `, ${formatBytes(server.memory)} in memory`
  return [
    [
      productName(server.engine),
      `${server.version}${server.mode === 'cluster' ? `, a cluster of ${plural(dump.shards.length, 'master')}` : ''}${memory}`,
    ],
    ['Snapshot', snapshot.taken],
    ['Method', methodText(dump)],
    ...(dump.skewSeconds === undefined ? [] : [['Skew', skewText(dump.skewSeconds)] as const]),
    ['Keys', String(keysOf(fingerprint))],
    ['Append-only file', server.aof === undefined ? 'not known' : server.aof ? 'on' : 'off'],
    ...(fingerprint.functions.length > 0 ? [['Functions', fingerprint.functions.join(', ')] as const] : []),
  ]
}

/** Tables of databases and queues for a page. */
export function redisSummary({ fingerprint }: RedisManifest): SummaryPart[] {
  const { databases, queues } = fingerprint
  return [
    { kind: 'table', head: ['Database', 'Keys', 'Expiring', 'Types'], rows: databases.map(databaseRow) },
    ...queueTable(queues),
  ]
}

function databaseRow({ database, keys, expiring, types }: RedisDatabasePrint): string[] {
  const kinds = Object.entries(types).map(([type, count]) => `${count} ${type}`)
  return [String(database), String(keys), String(expiring), kinds.join(', ')]
}

/** Queues and their jobs, state by state. */
export function queueTable(queues: readonly QueueFingerprint[]): SummaryPart[] {
  if (queues.length === 0) return []
  const used = queueStates.filter((state) => queues.some(({ states }) => states[state]))
  return [
    {
      kind: 'table',
      head: ['Queue', ...used, 'Paused'],
      rows: queues
        .slice(0, 200)
        .map((queue) => [
          queueName(queue),
          ...used.map((state) => String(queue.states[state] ?? 0)),
          queue.paused ? 'yes' : 'no',
        ]),
    },
  ]
}

/** How it is restored. `where`: the flags that name the store and the backup's name. */
export function redisCommands({ id, server }: Pick<RedisManifest, 'id' | 'server'>, where: Flags): string[] {
  return [
    `# restore into a live ${productName(server.engine)} (REDIS_URL): first the plan, then the restore`,
    commandLine(['restore', 'redis', id], { ...where, mode: 'replace', 'dry-run': true }),
    `${commandLine(['restore', 'redis', id], { ...where, mode: 'replace' })} --confirm HOST:PORT`,
  ]
}

/** Shell lines that bring a stopped server back without Resguardo. */
export function redisByHand(payloads: readonly Payload[], product: RedisProduct = 'redis'): string[] {
  const [first, ...others] = payloads.filter(({ role }) => role === 'rdb')
  if (!first) return []
  const warning = `# stop ${productName(product)}; if its append-only file is on, it ignores the RDB: start it once with --appendonly no`
  if (others.length === 0) {
    const { data, user } = installedNames(product)
    const file = `${data}/dump.rdb`
    return [warning, `zstd -dc ${shellWord(first.file)} > ${file} && chown ${user}:${user} ${file}`]
  }
  return [
    warning,
    '# copy the file of each master (see the slots in manifest.json) as its dump.rdb',
    ...[first, ...others].map(({ file }) => `zstd -dc ${shellWord(file)} > ${shellWord(file.replace(/\.zst$/, ''))}`),
  ]
}
