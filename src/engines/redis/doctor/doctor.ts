// Examines how safe the data of a Redis server or cluster is. Changes nothing.
import { Failure } from '../../../domain/failures/failure.ts'
import type { ExamineRequest, Finding, RedisAddress } from '../../../ports/redis.ts'
import { displayNode, type ParsedRedis, parseRedisAddress, type RedisNode } from '../connection/address.ts'
import { connectCommands } from '../connection/connect.ts'
import { explainRedis } from '../connection/errors.ts'
import { findLayout } from '../connection/layout.ts'
import { ReplyError } from '../connection/resp.ts'
import { evaluateNode } from './evaluate.ts'
import { factsOf } from './facts.ts'
import { joinFindings } from './join.ts'

/**
 * Examines the server, or every master of a cluster. Throws a failure of kind unreachable if a server cannot be
 * reached, and of kind refused for a cluster that does not serve all of its slots.
 */
export async function examineRedis(address: RedisAddress, request: ExamineRequest): Promise<readonly Finding[]> {
  const parsed = parseRedisAddress(address)
  const { mode, shards } = await findLayout(parsed, { signal: request.signal })
  const failover = mode === 'cluster' || parsed.sentinels.length > 0
  const nodes: { display: string; findings: Finding[] }[] = []
  for (const { node } of shards)
    nodes.push({ display: displayNode(node), findings: await examineNode(node, parsed, request, failover) })
  return joinFindings(nodes)
}

async function examineNode(
  node: RedisNode,
  parsed: ParsedRedis,
  { maxAge, signal }: ExamineRequest,
  failover: boolean,
): Promise<Finding[]> {
  const connection = await connectCommands(node, parsed, { signal })
  try {
    const facts = await factsOf({
      ...{ display: displayNode(node), host: node.host, tls: parsed.tls },
      askText: (...command) => connection.askText(...command),
      entersAnonymously: () => entersAnonymously(node, parsed, signal),
    })
    return evaluateNode(facts, maxAge, { failover })
  } catch (error) {
    signal.throwIfAborted()
    throw explainRedis(error, connection.display)
  } finally {
    connection.close()
  }
}

const secondsToTry = 5

/** Whether a connection without user, password and client certificate is accepted; undefined if unknown. */
async function entersAnonymously(
  node: RedisNode,
  { user, password, tls, tlsCa, tlsCert }: ParsedRedis,
  signal: AbortSignal,
): Promise<boolean | undefined> {
  if (user === undefined && password === undefined && tlsCert === undefined) return true
  const access = { user: undefined, password: undefined, tls, tlsCa }
  try {
    const connection = await connectCommands(node, access, { signal, secondsToConnect: secondsToTry })
    try {
      await connection.askText('PING')
      return true
    } finally {
      connection.close()
    }
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof Failure && error.code === 'redis/client-certificate') return false
    const cause = error instanceof Error && error.cause !== undefined ? error.cause : error
    if (!(cause instanceof ReplyError)) return undefined
    return /^(NOAUTH|DENIED|NOPERM|WRONGPASS)/.test(cause.message) ? false : undefined
  }
}
