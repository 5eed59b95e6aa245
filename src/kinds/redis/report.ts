// What a backup of Redis contains, and how it was read.
import type { KindReport } from '../../commands/world.ts'
import type { Payload, RedisManifest } from '../../domain/manifest/manifest.ts'
import { installedNames, productName, type RedisProduct } from '../../domain/redis/products.ts'
import type { RedisDumpFacts } from '../../domain/redis/redis-facts.ts'
import { keysOf, type QueueFingerprint, queueName, queueStates } from '../../domain/redis/redis-fingerprint.ts'
import { shellWord } from '../../domain/text/command-line.ts'
import { plural } from '../../domain/text/plural.ts'
import { formatBytes, formatDuration } from '../../domain/text/quantities.ts'
import { numbers, type Report, report, table } from '../../report/report.ts'

/** `12 waiting, 3 delayed`; `empty` for a queue without a job. */
export function statesText({ states }: Pick<QueueFingerprint, 'states'>): string {
  const texts = queueStates.flatMap((state) => (states[state] ? [`${states[state]} ${state}`] : []))
  return texts.length === 0 ? 'empty' : texts.join(', ')
}

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

/** Labels and values. */
export function redisFacts({ server, dump, snapshot, fingerprint }: RedisManifest): [string, string | undefined][] {
  const memory = server.memory === undefined ? '' : `, ${formatBytes(server.memory)} in memory`
  return [
    [
      productName(server.engine),
      `${server.version}${server.mode === 'cluster' ? `, a cluster of ${plural(dump.shards.length, 'master')}` : ''}${memory}`,
    ],
    ['Snapshot', snapshot.taken],
    ['Method', methodText(dump)],
    ['Skew', dump.skewSeconds === undefined ? undefined : skewText(dump.skewSeconds)],
    ['Keys', String(keysOf(fingerprint))],
    ['Append-only file', server.aof === undefined ? 'not known' : server.aof ? 'on' : 'off'],
    ['Functions', fingerprint.functions.join(', ') || undefined],
  ]
}

/** Tables of databases and queues. */
function redisContents({ fingerprint }: RedisManifest): Report {
  const { databases, queues } = fingerprint
  const used = queueStates.filter((state) => queues.some(({ states }) => states[state]))
  return report(
    table(
      ['Database', numbers('Keys'), numbers('Expiring'), 'Types'],
      databases.map(({ database, keys, expiring, types }) => {
        const kinds = Object.entries(types).map(([type, count]) => `${count} ${type}`)
        return [database, keys, expiring, kinds.join(', ')]
      }),
    ),
    table(
      ['Queue', ...used.map(numbers), 'State'],
      queues.map((queue) => [
        queueName(queue),
        ...used.map((state) => queue.states[state] ?? 0),
        queue.paused ? 'queue is paused' : '',
      ]),
      shownAtMost,
    ),
  )
}

const shownAtMost = 20

/** Shell lines that restore a stopped server without Resguardo. */
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

export const redisReport: KindReport<RedisManifest> = {
  sizes: { rows: 'Keys that do not expire' },
  facts: redisFacts,
  contents: redisContents,
  restore: () => ({ flags: { mode: 'replace' }, confirm: 'HOST:PORT' }),
  byHand: ({ payloads, server }) => redisByHand(payloads, server.engine),
}
