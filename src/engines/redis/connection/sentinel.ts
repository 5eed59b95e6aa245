// Finds the master through Sentinels for each new connection, because a failover changes the master.
import { setTimeout as sleep } from 'node:timers/promises'
import { asFailure, Failure } from '../../../domain/failures/failure.ts'
import { displayNode, type ParsedRedis, type RedisNode } from './address.ts'
import { type CommandConnection, type ConnectOptions, connectCommands } from './connect.ts'
import { timeLimit } from './connect-socket.ts'
import { explainRedis } from './errors.ts'
import { type Info, infoOf } from './info.ts'

export interface ConnectedNode {
  readonly node: RedisNode
  readonly connection: CommandConnection
  readonly info: Info
}

/** Connects and reads INFO. Throws a Failure. */
export async function connectNode(
  node: RedisNode,
  access: ParsedRedis,
  options: ConnectOptions,
): Promise<ConnectedNode> {
  const connection = await connectCommands(node, access, options)
  try {
    return { node, connection, info: await infoOf(connection) }
  } catch (error) {
    connection.close()
    throw explainRedis(error, connection.display)
  }
}

/**
 * Sentinels take half a minute to notice that a master is down (down-after-milliseconds), and some seconds to choose
 * another.
 */
const secondsForFailover = 60
const secondsBetween = 1

const ofFailover: readonly string[] = [
  ...['redis/connection-refused', 'redis/connection-lost', 'redis/timeout', 'redis/host-unknown'],
  ...['redis/replica-read-only', 'redis/replica-disconnected'],
]

/** Whether a failover may be the cause, so that Sentinels should be asked again. */
export function mayBeFailover(error: unknown): error is Failure {
  return error instanceof Failure && ofFailover.includes(error.code)
}

/**
 * Connects to the master that a Sentinel names, unless its INFO shows a replica. During a failover, Sentinels may name
 * the old master or a replica, so they are asked again for up to a minute. Throws a Failure.
 */
export async function connectMaster(parsed: ParsedRedis, options: ConnectOptions): Promise<ConnectedNode> {
  for (let waited = 0; ; waited += secondsBetween) {
    const found = await firstMaster(parsed, options)
    if (!(found instanceof Failure)) return found
    if (waited >= secondsForFailover) throw found
    if (waited === 0)
      options.note?.(`Asking the Sentinels again, because the master that they name is not available: ${found.message}`)
    await sleep(secondsBetween * 1000, undefined, options.signal ? { signal: options.signal } : {}).catch(() => {})
    options.signal?.throwIfAborted()
    if (found.code === 'redis/timeout') waited += options.secondsToConnect ?? timeLimit
  }
}

/**
 * Asks the Sentinels in turn, because an isolated one may name an old master. Returns a failure that a failover may
 * explain, and throws all others.
 */
async function firstMaster(parsed: ParsedRedis, options: ConnectOptions): Promise<ConnectedNode | Failure> {
  const problems: Failure[] = []
  const tried = new Map<string, Failure>()
  for (const sentinel of parsed.sentinels) {
    const node = await askSentinel(sentinel, parsed, options)
    if (node instanceof Failure) problems.push(node)
    else if (!tried.has(displayNode(node))) {
      const found = await masterAt(node, parsed, options)
      if (!(found instanceof Failure)) return found
      tried.set(displayNode(node), found)
    }
  }
  const [wrong] = tried.values()
  if (wrong) return wrong
  const first = problems.find(({ kind }) => kind === 'usage') ?? problems[0]
  if (!first || problems.length === 1) throw first ?? new Failure('redis/unknown-master', 'no Sentinel is configured')
  throw first.restate(
    `no Sentinel knows the address of ${parsed.host}: ${problems.map(({ message }) => message).join('; ')}`,
  )
}

/** Connects to a master. Returns a failure that a failover may explain, and throws all others. */
async function masterAt(
  node: RedisNode,
  parsed: ParsedRedis,
  options: ConnectOptions,
): Promise<ConnectedNode | Failure> {
  try {
    const connected = await connectNode(node, parsed, options)
    if (connected.info.role !== 'slave') return connected
    connected.connection.close()
    return new Failure(
      'redis/replica-read-only',
      `${displayNode(node)} is a replica, but a Sentinel names it as the master`,
      {
        hint: `Run again after the failover. SENTINEL GET-MASTER-ADDR-BY-NAME ${parsed.host} must give the same address at each Sentinel.`,
      },
    )
  } catch (error) {
    options.signal?.throwIfAborted()
    if (mayBeFailover(error)) return error
    throw error
  }
}

async function askSentinel(
  sentinel: RedisNode,
  parsed: ParsedRedis,
  options: ConnectOptions,
): Promise<RedisNode | Failure> {
  const display = `Sentinel ${displayNode(sentinel)}`
  try {
    const connection = await connectCommands(
      sentinel,
      { ...parsed, user: undefined, password: parsed.sentinelPassword },
      options,
    )
    try {
      const found = await connection.askText('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', parsed.host)
      if (found !== null && !Array.isArray(found)) return invalidAddress(display)
      if (found) return nodeOf(found) ?? invalidAddress(display)
      return unknownMaster(parsed.host, display, await mastersAt(connection))
    } finally {
      connection.close()
    }
  } catch (error) {
    options.signal?.throwIfAborted()
    return ofSentinel(asFailure(explainRedis(error, display)))
  }
}

/** Undefined if the reply is not an address. */
function nodeOf([host, port]: readonly unknown[]): RedisNode | undefined {
  const number = Number(String(port))
  const isPort = Number.isInteger(number) && number > 0 && number < 65_536
  return isPort && typeof host === 'string' && host !== '' ? { host, port: number } : undefined
}

function invalidAddress(display: string): Failure {
  return new Failure('redis/protocol', `${display} sent an address of the master that is not valid`, {
    hint: 'Check --redis-sentinel HOST:PORT, and SENTINEL GET-MASTER-ADDR-BY-NAME at each Sentinel.',
  })
}

/** Sentinels have their own password. */
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

async function mastersAt(connection: CommandConnection): Promise<string[]> {
  const masters = await connection.askText('SENTINEL', 'MASTERS')
  return Array.isArray(masters) ? masters.flatMap((each) => (Array.isArray(each) ? [String(each[1])] : [])) : []
}
