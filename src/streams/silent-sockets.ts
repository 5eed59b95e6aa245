// Connections to servers, and their end where an interrupted run would wait for a server that does not answer any more.
import type { Socket } from 'node:net'

/** What a connection leads to. */
export interface Peer {
  /** `db.example.com:5432`: what is found out about one connection counts for all to the same server. */
  readonly name: string
  /** Whether the server answers at all, in half a second. Absent: the connection itself must show it. */
  readonly isAlive?: (signal: AbortSignal) => Promise<boolean>
}

/** A connection that was ended because nothing came since the run was interrupted. */
export class SilentServer extends Error {
  readonly code = 'ERR_SILENT_SERVER'

  constructor(peer: string) {
    super(`no answer from ${peer} since the interruption`)
  }
}

/** Milliseconds without a byte, after an interruption, before a connection is ended. */
const limits = {
  /** Nothing is known of the server. */
  unknown: 800,
  /** The server is known not to answer. */
  dead: 100,
  /** The server answers others: what this connection did is cancelled, so it should be heard of soon. */
  begunBefore: 1200,
  /** The server answers others, and this is clean-up, such as DROP DATABASE. */
  cleanUp: 4000,
}
const probeLimit = 500
const lookEvery = 50

const open = new Map<Socket, Peer>()
const answers = new Map<string, Promise<boolean | undefined>>()
let isEnding = false

/** Makes sure that nobody waits long for the server after an interruption. Give it each socket before it connects. */
export function watchSocket<T extends Socket>(socket: T, peer: Peer): T {
  open.set(socket, peer)
  socket.once('close', () => open.delete(socket))
  if (isEnding) void endIfSilent(socket, peer, limits.cleanUp)
  return socket
}

/** The run was interrupted: from now on, connections of this process end when their server is silent. */
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

/** Undefined where it is not known. */
function answerOf(peer: Peer): Promise<boolean | undefined> {
  const known = answers.get(peer.name)
  if (known) return known
  if (!peer.isAlive) return Promise.resolve(undefined)
  const answer = peer.isAlive(AbortSignal.timeout(probeLimit)).catch(() => false)
  answers.set(peer.name, answer)
  return answer
}
