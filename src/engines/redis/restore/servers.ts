// Connects to the servers that keys are restored to: one, or every master of a cluster.
import { randomBytes } from 'node:crypto'
import slotOf from 'cluster-key-slot'
import { Failure } from '../../../domain/failures/failure.ts'
import type { ParsedRedis } from '../connection/address.ts'
import { connectRaw, type RawConnection } from '../connection/connect.ts'
import { explainRedis } from '../connection/errors.ts'
import { findLayout, type Layout } from '../connection/layout.ts'
import { mayBeFailover } from '../connection/sentinel.ts'

export interface TargetServers {
  readonly cluster: boolean
  /** One connection to each server, in order of slots. */
  readonly all: readonly RawConnection[]
  /** Index in `all` of the server that has the key. */
  placeOf(key: Uint8Array): number
}

/** Connects, runs `work` and disconnects. Throws any error as a Failure. */
export async function withServers<T>(
  parsed: ParsedRedis,
  signal: AbortSignal,
  work: (servers: TargetServers) => Promise<T>,
) {
  const { layout, opened } = await openServers(parsed, signal)
  try {
    const cluster = layout.mode === 'cluster'
    const places = cluster ? placesOf(layout.shards.map(({ slots }) => slots ?? '')) : undefined
    const placeOf = (key: Uint8Array) => places?.[slotOf(key as Buffer)] ?? 0
    return await work({ cluster, all: opened, placeOf })
  } catch (error) {
    throw explainRedis(error, parsed.display)
  } finally {
    for (const connection of opened) connection.close()
  }
}

const attempts = 3
/** Time for an interrupted restore to count the replies to its sent commands. */
const secondsToSettle = 0.5

/** Asks Sentinel again if it may have just replaced the master. */
async function openServers(
  parsed: ParsedRedis,
  signal: AbortSignal,
): Promise<{ layout: Layout; opened: RawConnection[] }> {
  for (let attempt = 1; ; attempt += 1) {
    const layout = await findLayout(parsed, { signal })
    const opened: RawConnection[] = []
    try {
      for (const { node } of layout.shards) opened.push(await connectRaw(node, parsed, { signal, secondsToSettle }))
      return { layout, opened }
    } catch (error) {
      for (const connection of opened) connection.close()
      signal.throwIfAborted()
      if (parsed.sentinels.length === 0 || attempt === attempts || !mayBeFailover(error))
        throw explainRedis(error, parsed.display)
    }
  }
}

const slotsOfCluster = 16_384

/** Index of the server by slot, from the ranges of each server such as `0-99,200`. */
function placesOf(slots: readonly string[]): Uint16Array {
  const places = new Uint16Array(slotsOfCluster)
  for (const [place, ranges] of slots.entries()) {
    for (const range of ranges.split(',')) {
      const [from = 0, to = from] = range.split('-').map(Number)
      places.fill(place, from, to + 1)
    }
  }
  return places
}

/** Returns an unused random key name in a slot that this server serves. */
export function keyAt(place: number, placeOf: (key: Uint8Array) => number): Buffer {
  for (;;) {
    const key = Buffer.from(`resguardo-nothing-${randomBytes(9).toString('base64url')}`)
    if (placeOf(key) === place) return key
  }
}

/** Selects a database. Throws `redis/no-such-database` if it does not exist. */
export async function select(connection: RawConnection, database: number): Promise<void> {
  await connection.ask('SELECT', database).catch((error) => {
    if (!/out of range|not allowed in cluster/i.test(String(error))) throw error
    throw new Failure('redis/no-such-database', `${connection.display} has no database ${database}`, {
      hint: 'Choose another database with --redis-database and --to-redis-database, or raise databases in the configuration of the server.',
    })
  })
}
