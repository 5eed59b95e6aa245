// After an interruption: which connections end, and when. Timers are fake, so the times are exact.
import { Socket } from 'node:net'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { endSilentSockets, type Peer, SilentServer, watchSocket } from '../../src/streams/silent-sockets.ts'

beforeAll(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
})

afterAll(() => {
  vi.useRealTimers()
})

interface Connection {
  readonly socket: Socket
  error?: Error
}

/** Watches a socket without a connection; where it is talking, a byte arrives before each look. */
function open(peer: Peer, isTalking = false): Connection {
  const socket = new Socket()
  let bytes = 0
  Object.defineProperty(socket, 'bytesRead', { get: () => (isTalking ? ++bytes : bytes) })
  const connection: Connection = { socket: watchSocket(socket, peer) }
  socket.once('error', (error) => {
    connection.error = error
  })
  return connection
}

/** Milliseconds until each connection was closed, at most 5000; undefined: it stayed open. */
async function closedAfter<K extends string>(sockets: Record<K, Connection>): Promise<Record<K, number | undefined>> {
  const times = {} as Record<K, number | undefined>
  for (let time = 0; time <= 5000; time += 50) {
    await vi.advanceTimersByTimeAsync(time === 0 ? 0 : 50)
    for (const name of Object.keys(sockets) as K[]) {
      if (sockets[name].socket.destroyed) times[name] ??= time
    }
  }
  return times
}

const alive: Peer = { name: 'alive', isAlive: async () => true }
const dead: Peer = { name: 'dead', isAlive: async () => false }
const unknown: Peer = { name: 'unknown' }

test('connections to unresponsive servers are closed, others stay open', async () => {
  const before = { alive: open(alive), dead: open(dead), unknown: open(unknown), talking: open(unknown, true) }
  await vi.advanceTimersByTimeAsync(60_000)
  expect(Object.values(before).map(({ socket }) => socket.destroyed)).toEqual([false, false, false, false])

  endSilentSockets()
  const cleanUp = { cleanUp: open(alive), talkingCleanUp: open(dead, true) }
  expect(await closedAfter({ ...before, ...cleanUp })).toEqual({ dead: 100, unknown: 800, alive: 1200, cleanUp: 4000 })
  for (const { error } of [before.dead, before.unknown, before.alive]) expect(error).toBeInstanceOf(SilentServer)

  // What is known of a server applies to its later connections.
  expect(await closedAfter({ dead: open(dead), unknown: open(unknown) })).toEqual({ dead: 100, unknown: 100 })
  expect([before.talking, cleanUp.talkingCleanUp].map(({ socket }) => socket.destroyed)).toEqual([false, false])
  for (const { socket } of [before.talking, cleanUp.talkingCleanUp]) socket.destroy()
})
