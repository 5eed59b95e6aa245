// After an interruption: which connections end, and when.
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { endSilentSockets, type Peer, watchSocket } from '../../src/streams/silent-sockets.ts'

let server: Server
const held: Socket[] = []

/** Sends a byte every tenth of a second to clients that request it, and nothing to others. */
beforeAll(async () => {
  server = createServer((socket) => {
    held.push(socket)
    socket.on('error', () => {})
    socket.on('data', () => {
      const timer = setInterval(() => socket.write('.'), 100)
      socket.once('close', () => clearInterval(timer))
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
})

afterAll(() => {
  for (const socket of held) socket.destroy()
  server.close()
})

interface Ended {
  readonly socket: Socket
  /** Seconds until it was closed. */
  readonly after: Promise<number>
}

function dial(peer: Peer, word?: string): Ended {
  const socket = watchSocket(connect({ port: (server.address() as AddressInfo).port, host: '127.0.0.1' }), peer)
  if (word) socket.write(word)
  socket.resume()
  const began = performance.now()
  const after = once(socket, 'error').then(([error]) => {
    expect(error.code).toBe('ERR_SILENT_SERVER')
    return (performance.now() - began) / 1000
  })
  return { socket, after }
}

const alive: Peer = { name: 'alive', isAlive: async () => true }
const dead: Peer = {
  name: 'dead',
  isAlive: (signal) => new Promise((resolve) => signal.addEventListener('abort', () => resolve(false))),
}
const unknown: Peer = { name: 'unknown' }

test('connections to unresponsive servers are closed, others stay open', async () => {
  const before = { alive: dial(alive), dead: dial(dead), unknown: dial(unknown), talking: dial(unknown, 'talk') }
  await sleep(300)
  expect(Object.values(before).map(({ socket }) => socket.destroyed)).toEqual([false, false, false, false])
  endSilentSockets()
  const cleanUp = { alive: dial(alive), talking: dial(dead, 'talk') }
  // 0.3 s before the interruption are part of each.
  expect(await before.dead.after).toBeLessThan(1.3)
  expect(await before.unknown.after).toBeLessThan(1.6)
  expect(await before.alive.after).toBeLessThan(2)
  const later = [dial(dead), dial(unknown)]
  for (const { after } of later) expect(await after).toBeLessThan(0.5)
  expect([before.talking, ...Object.values(cleanUp)].map(({ socket }) => socket.destroyed)).toEqual([
    false,
    false,
    false,
  ])
  const seconds = await cleanUp.alive.after
  expect(seconds).toBeGreaterThan(3)
  expect(seconds).toBeLessThan(5)
  for (const { socket } of [before.talking, cleanUp.talking]) socket.destroy()
})
