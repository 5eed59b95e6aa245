// Which servers there are at an address: one, the master that Sentinel knows, or the masters of a cluster, with their replicas.
import { Failure } from '../../domain/failure.ts'
import { displayNode, type ParsedRedis, type RedisNode } from './address.ts'
import { type ConnectOptions, connectRaw, type RawConnection, type TextReply } from './connect-raw.ts'
import { explainRedis } from './errors.ts'
import { type Info, infoOf, replicasIn } from './info.ts'
import { ReplyError } from './resp.ts'

/** One server, or one master of a cluster, and what replicates it. */
export interface ShardNodes {
  /** The master; where the address names a replica, that. */
  readonly node: RedisNode
  readonly role: 'master' | 'replica'
  /** Those that are in step, as the master says; addresses may be unreachable from here. */
  readonly replicas: readonly RedisNode[]
  /** Of a cluster: `0-5460` or `0-99,200`. */
  readonly slots?: string
}

export interface Layout {
  readonly mode: 'standalone' | 'cluster'
  /** In order of slots. */
  readonly shards: readonly ShardNodes[]
}

/** Throws a failure of kind unreachable, or of kind refused for a cluster that does not serve every slot. */
export async function findLayout(parsed: ParsedRedis, options: ConnectOptions = {}): Promise<Layout> {
  const node = parsed.sentinels.length > 0 ? await askSentinels(parsed, options) : parsed
  const connection = await connectRaw(node, parsed, options)
  try {
    const info = await infoOf(connection)
    if (await isCluster(connection, info)) return await clusterAt(connection, node)
    return { mode: 'standalone', shards: [shardOf(node, info)] }
  } catch (error) {
    throw explainRedis(error, connection.display)
  } finally {
    connection.close()
  }
}

/** INFO may leave the mode out: then CLUSTER tells. Throws `redis/permission-denied` where neither does. */
async function isCluster(connection: RawConnection, info: Info): Promise<boolean> {
  const { cluster_enabled: enabled, redis_mode: mode, redis_version: version } = info
  if (enabled !== undefined || mode !== undefined) return enabled === '1' || mode === 'cluster'
  try {
    await connection.ask('CLUSTER', 'INFO')
    return true
  } catch (error) {
    if (!(error instanceof ReplyError)) throw error
    // Without any INFO the caller decides what it can do.
    if (version === undefined || !error.message.startsWith('NOPERM')) return false
    throw new Failure('redis/permission-denied', `could not determine whether ${connection.display} is part of a cluster`, {
      hint: 'Permit INFO completely, or give the user +cluster|info.',
      cause: error,
    })
  }
}

function shardOf({ host, port }: RedisNode, info: Info): ShardNodes {
  const replica = info.role === 'slave'
  return { node: { host, port }, role: replica ? 'replica' : 'master', replicas: replica ? [] : replicasIn(info) }
}

/** The first Sentinel that knows the master tells where it is. */
async function askSentinels(parsed: ParsedRedis, options: ConnectOptions): Promise<RedisNode> {
  const { host: name, sentinelPassword: password } = parsed
  const problems: Failure[] = []
  for (const sentinel of parsed.sentinels) {
    const display = `Sentinel ${displayNode(sentinel)}`
    try {
      const connection = await connectRaw(sentinel, { ...parsed, user: undefined, password }, options)
      try {
        const found = await connection.askText('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', name)
        if (Array.isArray(found)) return { host: String(found[0]), port: Number(found[1]) }
        problems.push(unknownMaster(name, display, await mastersAt(connection)))
      } finally {
        connection.close()
      }
    } catch (error) {
      options.signal?.throwIfAborted()
      problems.push(ofSentinel(explainRedis(error, display)))
    }
  }
  const first = problems.find(({ kind }) => kind === 'usage') ?? problems[0]
  if (!first || problems.length === 1) throw first ?? new Failure('redis/unknown-master', 'no Sentinel is configured')
  throw first.restate(`no Sentinel knows the address of ${name}: ${problems.map(({ message }) => message).join('; ')}`)
}

/** Sentinels have a password of their own. */
function ofSentinel(failure: Failure): Failure {
  const answered = (failure.cause as Error | undefined)?.name === 'ReplyError'
  const hint = answered
    ? 'Give the password of the Sentinels with --redis-sentinel-password, not in REDIS_URL.'
    : 'Check --redis-sentinel HOST:PORT.'
  return failure.restate(`Sentinel: ${failure.message}`, hint)
}

function unknownMaster(name: string, display: string, known: readonly string[]): Failure {
  return new Failure('redis/unknown-master', `${display} does not know a master named ${name}`, {
    hint: `The host in REDIS_URL is the master's name${known.length > 0 ? `; known names: ${known.join(', ')}` : ''}.`,
  })
}

async function mastersAt(connection: RawConnection): Promise<string[]> {
  const masters = await connection.askText('SENTINEL', 'MASTERS')
  return Array.isArray(masters) ? masters.flatMap((each) => (Array.isArray(each) ? [String(each[1])] : [])) : []
}

const slotsOfCluster = 16_384

async function clusterAt(connection: RawConnection, asked: RedisNode): Promise<Layout> {
  const state = await connection.askText('CLUSTER', 'INFO')
  if (!/^cluster_state:ok/m.test(String(state))) {
    throw new Failure(
      'redis/cluster-incomplete',
      `the cluster is incomplete: ${connection.display} reports a state other than ok`,
      clusterHint,
    )
  }
  const answer = await connection.askText('CLUSTER', 'SLOTS')
  const ranges = (Array.isArray(answer) ? answer : []).map((range) => rangeOf(range, asked)).sort((a, b) => a.from - b.from)
  const served = ranges.reduce((sum, { from, to }) => sum + to - from + 1, 0)
  if (served !== slotsOfCluster) {
    throw new Failure(
      'redis/cluster-incomplete',
      `the cluster is incomplete: ${served} of ${slotsOfCluster} slots are served`,
      clusterHint,
    )
  }
  const shards = Map.groupBy(ranges, ({ nodes: [master] }) => (master ? displayNode(master) : ''))
  return { mode: 'cluster', shards: [...shards.values()].map(shardOfRanges) }
}

const clusterHint = {
  hint: 'Run redis-cli --cluster check and repair the cluster first, because a partial backup would look complete.',
}

interface SlotRange {
  readonly from: number
  readonly to: number
  /** The master first. */
  readonly nodes: readonly RedisNode[]
}

function rangeOf(range: TextReply, asked: RedisNode): SlotRange {
  const [from, to, ...nodes] = Array.isArray(range) ? range : []
  return { from: Number(from), to: Number(to), nodes: nodes.map((node) => nodeOf(node, asked)) }
}

/** A node that does not know its own address leaves it out: it is the one that was asked. */
function nodeOf(node: TextReply, asked: RedisNode): RedisNode {
  const [host, port] = Array.isArray(node) ? node : []
  const unknown = host === null || host === undefined || host === '' || host === '?'
  return { host: unknown ? asked.host : String(host), port: Number(port) }
}

function shardOfRanges(ranges: readonly SlotRange[]): ShardNodes {
  const [node = { host: '', port: 0 }, ...replicas] = ranges[0]?.nodes ?? []
  const slots = ranges.map(({ from, to }) => (from === to ? `${from}` : `${from}-${to}`)).join(',')
  return { node, role: 'master', replicas, slots }
}
