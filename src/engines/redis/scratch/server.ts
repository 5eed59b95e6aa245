// A throwaway redis-server of the installed program in a sandbox, reached through a unix socket, gone with the process
// that started it.
import { randomBytes } from 'node:crypto'
import { join, resolve } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import { Redis } from 'ioredis'
import type { IsolationPolicy, IsolationUsed } from '../../../domain/drill/isolation.ts'
import { asFailure, Failure } from '../../../domain/failures/failure.ts'
import { isAtLeast } from '../../../domain/redis/rdb-versions.ts'
import { openSandbox } from '../../../sandbox/open-sandbox.ts'
import type { Sandbox } from '../../../sandbox/sandbox.ts'
import type { Child } from '../../../streams/processes/child.ts'
import type { ServerProgram } from './find-server.ts'
import { endedFailure } from './server-log.ts'

export interface ScratchServerRequest {
  readonly program: ServerProgram
  /** Folder in which the server's own folder is made. */
  readonly temporary: string
  /** How many numbered databases there must be. */
  readonly databases: number
  /** Bytes of the largest value that a client may have to read. */
  readonly largestValue: number
  readonly isolation: IsolationPolicy
  readonly signal: AbortSignal
}

export interface ScratchServer {
  /** For messages. */
  readonly folder: string
  /** Of its unix socket. */
  readonly socket: string
  readonly password: string
  readonly isolation: IsolationUsed
  /** A connection more; its errors are those of its commands. */
  connect(): Promise<Redis>
  /** A child that writes its standard input to the server's RDB. */
  writeRdb(): { readonly stdin: Writable; readonly exited: Promise<void> }
  /** The server's RDB; errors if it cannot be read whole. */
  readRdb(): Readable
  removeRdb(): Promise<void>
  /** Its last lines so far. */
  log(): string
  /** What the server's end means; undefined while it runs. Waits for that a moment. */
  ended(): Promise<Failure | undefined>
  /** Ends it and removes its folder. Any number of times; never throws. */
  stop(): Promise<void>
}

const socketName = 'redis.sock'

/** Makes and starts an empty server that takes itself for a replica. Leaves nothing behind where it throws. */
export async function startScratchServer(request: ScratchServerRequest): Promise<ScratchServer> {
  const { program, temporary, isolation, signal } = request
  const sandbox = await openSandbox({
    ...{ temporary: resolve(temporary), prefix: 'resguardo-scratch-', policy: isolation, signal },
    programs: [program.path],
  })
  try {
    const password = randomBytes(18).toString('base64url')
    const child = sandbox.start({
      command: '/bin/sh',
      arguments: ['-c', 'exec "$1" - >&2', 'sh', program.path],
      ...{ stdin: 'pipe', stdout: 'ignore' },
      explain: (log, exit) => endedFailure(log, exit, sandbox.work),
    })
    child.stdin.end(settings(request, sandbox, password))
    const server = running(sandbox, child, password, await publishOnceMade(sandbox, child, signal))
    await untilReady(server, signal)
    return server
  } catch (error) {
    await sandbox.close()
    signal.throwIfAborted()
    throw asFailure(error)
  }
}

/**
 * As a replica it keeps keys whose time is over, so that what was backed up can be compared; its master is nowhere. At
 * a lower log level DEBUG RELOAD does not say why it failed. What is newer than the program is left out: it would not
 * start.
 */
function settings(
  { program, databases, largestValue }: ScratchServerRequest,
  sandbox: Sandbox,
  password: string,
): string {
  const since = (version: string, ...lines: string[]) => (isAtLeast(program.version, version) ? lines : [])
  const lines = [
    ...[
      'port 0',
      `unixsocket ${quoted(join(sandbox.sockets, socketName))}`,
      'unixsocketperm 777',
      `requirepass ${password}`,
    ],
    ...[
      `dir ${quoted(sandbox.work)}`,
      'dbfilename dump.rdb',
      'save ""',
      'appendonly no',
      'stop-writes-on-bgsave-error no',
    ],
    ...[
      'daemonize no',
      'logfile ""',
      'loglevel verbose',
      'always-show-logo no',
      `databases ${databases}`,
      'maxmemory 0',
    ],
    ...['replicaof 127.0.0.1 1', 'replica-serve-stale-data yes', 'replica-read-only yes'],
    `proto-max-bulk-len ${Math.max(512 << 20, largestValue + 1024)}`,
    ...since('6.2', 'sanitize-dump-payload yes', 'crash-log-enabled no'),
    ...since('7.0', 'enable-debug-command local'),
  ]
  return `${lines.join('\n')}\n`
}

/** A text in quotes as the configuration file has them. */
function quoted(text: string): string {
  return `"${text.replaceAll(/[\\"]/g, (sign) => `\\${sign}`)}"`
}

function running(sandbox: Sandbox, child: Child, password: string, socket: string): ScratchServer {
  const rdb = join(sandbox.work, 'dump.rdb')
  const clients = new Set<Redis>()
  return {
    ...{ folder: sandbox.work, socket, password },
    isolation: { isolation: sandbox.isolation, reasons: sandbox.reasons },
    connect: async () => {
      const client = new Redis({ path: socket, password, ...clientSettings })
      client.on('error', () => {}) // each command tells
      clients.add(client)
      client.once('close', () => clients.delete(client))
      await client.connect()
      return client
    },
    writeRdb: () =>
      sandbox.start({
        command: '/bin/sh',
        arguments: ['-c', 'exec cat >"$1"', 'sh', rdb],
        ...{ stdin: 'pipe', stdout: 'ignore' },
        explain: (log) => endedFailure(log, 'refused', sandbox.work),
      }),
    readRdb: () => sandbox.start({ command: 'cat', arguments: [rdb] }).output(),
    removeRdb: async () => void (await sandbox.read({ command: 'rm', arguments: ['-f', rdb] })),
    log: () => child.stderr(),
    ended: () => Promise.race([failureOf(child.exited), moment()]),
    stop: async () => {
      for (const client of clients) client.disconnect()
      await sandbox.close()
    },
  }
}

/** A lost connection fails at once, and is not made again. */
const clientSettings = {
  lazyConnect: true,
  enableReadyCheck: false,
  enableOfflineQueue: false,
  retryStrategy: () => null,
  maxRetriesPerRequest: 0,
} as const

async function failureOf(exited: Promise<void>): Promise<Failure> {
  return exited.then(
    () => new Failure('drill/server-failed', 'the scratch server stopped unexpectedly'),
    (error) => asFailure(error),
  )
}

function moment(): Promise<undefined> {
  return new Promise((done) => {
    setTimeout(() => done(undefined), 500).unref()
  })
}

const secondsToStart = 60

/** Tries until it succeeds or the server ends. */
async function retried<T>(work: () => Promise<T>, ended: () => Promise<unknown>, signal: AbortSignal): Promise<T> {
  for (let attempt = 0; ; attempt += 1) {
    signal.throwIfAborted()
    try {
      return await work()
    } catch (error) {
      const failure = attempt % 10 === 9 ? await ended() : undefined
      if (failure) throw failure
      if (attempt >= secondsToStart * 20)
        throw new Failure('drill/server-failed', `the scratch server does not answer (${String(error)})`)
      await new Promise((next) => setTimeout(next, 50))
    }
  }
}

/** Before anything of a backup is there, so the socket is the server's. */
async function publishOnceMade(sandbox: Sandbox, child: Child, signal: AbortSignal): Promise<string> {
  const ended = () => Promise.race([failureOf(child.exited), moment()])
  return retried(() => sandbox.publish(socketName), ended, signal)
}

async function untilReady(server: ScratchServer, signal: AbortSignal): Promise<void> {
  const ping = async () => {
    const client = await server.connect()
    await client.ping()
    client.disconnect()
  }
  await retried(ping, server.ended, signal)
}
