// Chooses the server of a shard to read: a replica in sync whose backup its master can read, otherwise the master.
import { programName } from '../../../domain/redis/products.ts'
import { canRestoreTo } from '../../../domain/redis/rdb-versions.ts'
import { displayNode, type RedisNode } from '../connection/address.ts'
import { connectCommands } from '../connection/connect.ts'
import { infoOf, programOf } from '../connection/info.ts'
import type { ShardNodes } from '../connection/layout.ts'
import { type ShardRequest, using } from './shard-stream.ts'

/** A server that may be read. */
export interface Candidate {
  readonly node: RedisNode
  readonly role: 'master' | 'replica'
}

const secondsToTry = 5
const secondsBetween = 0.2

/** Best first; the last is always the shard's own node. `note` receives the reason why a replica is skipped. */
export async function candidatesOf(
  shard: ShardNodes,
  preferReplica: boolean,
  { access, clock, signal, note }: Pick<ShardRequest, 'access' | 'clock' | 'signal' | 'note'>,
): Promise<Candidate[]> {
  const last = { node: shard.node, role: shard.role }
  if (!preferReplica || shard.replicas.length === 0) return [last]
  const master = await inspect(shard.node)
  for (const node of shard.replicas) {
    try {
      const info = await inspect(node)
      if (info.role !== 'slave') note(`Skipped ${displayNode(node)}: listed as a replica, but it is not one`)
      else if (
        info.master_link_status !== 'up' ||
        info.master_sync_in_progress === '1' ||
        info.master_replid !== master.master_replid
      ) {
        note(`Skipped replica ${displayNode(node)}: it has no connection to its master`)
      } else if (!canRestoreTo(programOf(info), programOf(master))) {
        const [replica, own] = [info, master].map((each) => programName(programOf(each)))
        note(
          `Skipped replica ${displayNode(node)}: it is ${replica}, and its master, ${own}, could not read the backup`,
        )
      } else if (shard.slots !== undefined && !(await hasReached(node, Number(master.master_repl_offset)))) {
        note(`Skipped replica ${displayNode(node)}: it lags behind its master`)
      } else return [{ node, role: 'replica' }, last]
    } catch (error) {
      signal.throwIfAborted()
      note(`Skipped replica ${displayNode(node)}: ${(error as Error).message}`)
    }
  }
  note(`No replica of ${displayNode(shard.node)} can be read, so the master is read`)
  return [last]

  async function inspect(node: RedisNode) {
    return using(
      await connectCommands(node, access, { signal, secondsToConnect: secondsToTry, secondsToLoad: 0 }),
      (connection) => infoOf(connection),
    )
  }

  /** Keys that have just moved between shards must have reached the replicas of both. */
  async function hasReached(node: RedisNode, offset: number): Promise<boolean> {
    for (let waited = 0; waited < secondsToTry; waited += secondsBetween) {
      if (Number((await inspect(node)).slave_repl_offset) >= offset) return true
      await clock.sleep(secondsBetween, signal)
    }
    return false
  }
}
