// Which server of a shard is read: a replica that is in step, else the master.
import { displayNode, type RedisAccess, type RedisNode } from '../address.ts'
import { connectRaw } from '../connect-raw.ts'
import { infoOf } from '../info.ts'
import type { ShardNodes } from '../layout.ts'
import { using } from './shard-stream.ts'

/** A server that may be read. */
export interface Candidate {
  readonly node: RedisNode
  readonly role: 'master' | 'replica'
}

const secondsToTry = 5

/** Best first; the last is always the shard's own node. `note` is told why a replica is left out. */
export async function candidatesOf(
  shard: ShardNodes,
  preferReplica: boolean,
  { access, signal, note }: { readonly access: RedisAccess; readonly signal: AbortSignal; note(sentence: string): void },
): Promise<Candidate[]> {
  const last = { node: shard.node, role: shard.role }
  if (!preferReplica || shard.replicas.length === 0) return [last]
  const id = await replicationOf(shard.node)
  for (const node of shard.replicas) {
    try {
      const info = await lookAt(node)
      if (info.role !== 'slave') note(`${displayNode(node)} is listed as a replica, and is none: left out`)
      else if (info.master_link_status !== 'up' || info.master_sync_in_progress === '1' || info.master_replid !== id) {
        note(`The replica ${displayNode(node)} is not in step with its master: left out`)
      } else return [{ node, role: 'replica' }, last]
    } catch (error) {
      signal.throwIfAborted()
      note(`The replica ${displayNode(node)} is left out: ${(error as Error).message}`)
    }
  }
  note(`No replica of ${displayNode(shard.node)} can be read: its master is`)
  return [last]

  async function lookAt(node: RedisNode) {
    return using(await connectRaw(node, access, { signal, secondsToConnect: secondsToTry, secondsToLoad: 0 }), (connection) =>
      infoOf(connection, 'replication'),
    )
  }

  async function replicationOf(node: RedisNode): Promise<string | undefined> {
    return (await lookAt(node)).master_replid
  }
}
