// Detects slots of a cluster that move while it is read, from what each master reports about its own slots.
import slotOf from 'cluster-key-slot'
import { Failure } from '../../../domain/failures/failure.ts'
import { displayNode, type ParsedRedis } from '../connection/address.ts'
import { type ConnectOptions, connectCommands } from '../connection/connect.ts'
import { explainRedis } from '../connection/errors.ts'
import type { Layout, ShardNodes } from '../connection/layout.ts'
import { askForText } from '../connection/replies.ts'
import type { RdbHandler, RdbKey } from '../rdb/handler.ts'
import { using } from './shard-stream.ts'

/** A master's own line of CLUSTER NODES. */
interface OwnSlots {
  readonly id: string
  readonly isMaster: boolean
  /** Configuration epoch: raised whenever this node receives a slot, or takes over in a failover. */
  readonly epoch: string
  /** `0-5460` or `0-99,200`. */
  readonly slots: string
  /** Slots that are being moved to or from this node: `[7->-<id>]`, `[7-<-<id>]`. */
  readonly moving: readonly string[]
}

/** Parses CLUSTER NODES; undefined without a line of the node itself. */
export function ownSlotsIn(nodes: string): OwnSlots | undefined {
  const fields = nodes
    .split('\n')
    .map((line) => line.trim().split(' '))
    .find(([, , flags = '']) => flags.split(',').includes('myself'))
  const [id, , flags, , , , epoch, , ...ranges] = fields ?? []
  if (id === undefined || flags === undefined || epoch === undefined) return undefined
  return {
    ...{ id, epoch, isMaster: flags.split(',').includes('master') },
    slots: ranges.filter((range) => !range.startsWith('[')).join(','),
    moving: ranges.filter((range) => range.startsWith('[')),
  }
}

export interface SlotWatch {
  /** Throws `redis/slots-moved` if a slot has moved since the watch began, or moves now. */
  check(): Promise<void>
}

/**
 * Asks every master of the layout, because a node learns late of moves between other nodes. Throws `redis/slots-moved`
 * if a slot moves now, or if the layout is out of date.
 */
export async function watchSlots(layout: Layout, parsed: ParsedRedis, options: ConnectOptions): Promise<SlotWatch> {
  const states = () => Promise.all(layout.shards.map((shard) => steadyState(shard, parsed, options)))
  const first = await states()
  return {
    async check() {
      const now = await states()
      const at = now.findIndex((state, place) => state !== first[place])
      if (at >= 0) throw slotsMoved(displayNode(layout.shards[at]?.node ?? parsed), 'its slots or its epoch changed')
    },
  }
}

/** Returns node ID, epoch and slots as one text: equal texts mean that no slot moved in between. */
async function steadyState(shard: ShardNodes, parsed: ParsedRedis, options: ConnectOptions): Promise<string> {
  const where = displayNode(shard.node)
  const connection = await connectCommands(shard.node, parsed, options)
  const nodes = await using(connection, () => askForText(connection, 'CLUSTER', 'NODES')).catch((error) => {
    throw explainRedis(error, where)
  })
  const own = ownSlotsIn(nodes)
  if (!own) throw new Failure('redis/protocol', `CLUSTER NODES of ${where} does not name the node itself`)
  if (!own.isMaster) throw slotsMoved(where, 'it is no longer a master')
  if (own.moving.length > 0) throw slotsMoved(where, `${own.moving.slice(0, 3).join(' ')} in CLUSTER NODES`)
  if (own.slots !== shard.slots) throw slotsMoved(where, 'its slots changed')
  return `${own.id} ${own.epoch} ${own.slots}`
}

/**
 * Throws `redis/slots-moved` for a key of a slot that the shard does not serve: the slot was being moved when its data
 * was read.
 */
export class OwnSlotsOnly implements RdbHandler {
  readonly #where: string
  readonly #served = new Uint8Array(16_384)

  constructor({ node, slots = '' }: Pick<ShardNodes, 'node' | 'slots'>) {
    this.#where = displayNode(node)
    for (const range of slots.split(',')) {
      const [from = 0, to = from] = range.split('-').map(Number)
      this.#served.fill(1, from, to + 1)
    }
  }

  key({ key }: RdbKey): void {
    const slot = slotOf(key)
    if (this.#served[slot] !== 1)
      throw slotsMoved(this.#where, `its data has keys of slot ${slot}, which it does not serve`)
  }
}

function slotsMoved(where: string, how: string): Failure {
  return new Failure('redis/slots-moved', `slots of the cluster moved while it was read: ${where}: ${how}`, {
    hint: 'Run again after resharding. redis-cli --cluster check shows slots that are being moved.',
  })
}
