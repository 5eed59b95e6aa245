// The servers that keys are restored to: one, or every master of a cluster.
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
  /** One connection to each, in order of slots. */
  readonly all: readonly RawConnection[]
  /** Place in `all` of the server that has the key. */
  placeOf(key: Uint8Array): number
}

/** Connects, works and disconnects. What fails on the way is a Failure. */
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
/** An interrupted restore counts the replies to what it has sent. */
const secondsToSettle = 0.5

/** A master that Sentinel has just replaced is asked for again. */
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

/** Slot -> place of the server that serves it, from `0-99,200` of each. */
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

/** A name that nobody has, whose slot this server serves. */
export function keyAt(place: number, placeOf: (key: Uint8Array) => number): Buffer {
  for (;;) {
    const key = Buffer.from(`resguardo-nothing-${randomBytes(9).toString('base64url')}`)
    if (placeOf(key) === place) return key
  }
}

/** Throws where a database that keys go to is not there. */
export async function select(connection: RawConnection, database: number): Promise<void> {
  await connection.ask('SELECT', database).catch((error) => {
    if (!/out of range|not allowed in cluster/i.test(String(error))) throw error
    throw new Failure('redis/no-such-database', `${connection.display} has no database ${database}`, {
      hint: 'Choose another database with --redis-database and --to-redis-database, or raise databases in the configuration of the server.',
    })
  })
}
