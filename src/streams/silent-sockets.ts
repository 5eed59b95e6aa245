// Closes connections to servers that stop responding after an interruption.
import type { Socket } from 'node:net'

/** The server of a connection. */
export interface Peer {
  /** `db.example.com:5432`: the state of a server applies to all of its connections. */
  readonly name: string
  /** Checks whether the server responds within half a second. Absent: only traffic on the connection counts. */
  readonly isAlive?: (signal: AbortSignal) => Promise<boolean>
}

/** The error of a connection that was closed because no data arrived after the interruption. */
export class SilentServer extends Error {
  readonly code = 'ERR_SILENT_SERVER'

  constructor(peer: string) {
    super(`no answer from ${peer} since the interruption`)
  }
}

/** Milliseconds without data after an interruption before a connection is closed. */
const limits = {
  /** The state of the server is unknown. */
  unknown: 800,
  /** The server does not respond. */
  dead: 100,
  /** The server responds; the cancelled work of this connection should end soon. */
  begunBefore: 1200,
  /** The server responds, and the connection does cleanup, such as DROP DATABASE. */
  cleanUp: 4000,
}
const probeLimit = 500
const lookEvery = 50

const open = new Map<Socket, Peer>()
const answers = new Map<string, Promise<boolean | undefined>>()
let isEnding = false

/** Limits the wait for the server after an interruption. Call it for each socket before it connects. */
export function watchSocket<T extends Socket>(socket: T, peer: Peer): T {
  open.set(socket, peer)
  socket.once('close', () => open.delete(socket))
  if (isEnding) void endIfSilent(socket, peer, limits.cleanUp)
  return socket
}

/** Call it when the run is interrupted: from now on, connections without traffic are closed. */
export function endSilentSockets(): void {
  isEnding = true
  for (const [socket, peer] of open) void endIfSilent(socket, peer, limits.begunBefore)
}

async function endIfSilent(socket: Socket, peer: Peer, ifAlive: number): Promise<void> {
  const answer = await answerOf(peer)
  const limit = answer === undefined ? limits.unknown : answer ? ifAlive : limits.dead
  let read = socket.bytesRead
  let silence = 0
  const timer = setInterval(() => {
    silence = socket.bytesRead === read ? silence + lookEvery : 0
    read = socket.bytesRead
    if (silence >= limit) {
      if (!peer.isAlive) answers.set(peer.name, Promise.resolve(false))
      socket.destroy(new SilentServer(peer.name))
    }
    if (socket.destroyed) clearInterval(timer)
  }, lookEvery)
}

/** Returns undefined if it is unknown. */
function answerOf(peer: Peer): Promise<boolean | undefined> {
  const known = answers.get(peer.name)
  if (known) return known
  if (!peer.isAlive) return Promise.resolve(undefined)
  const answer = peer.isAlive(AbortSignal.timeout(probeLimit)).catch(() => false)
  answers.set(peer.name, answer)
  return answer
}
