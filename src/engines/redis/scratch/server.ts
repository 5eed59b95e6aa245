// A temporary redis-server in a sandbox, reached through a Unix socket. It ends with the process that started it.
import { randomBytes } from 'node:crypto'
import { join, resolve } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import { Redis } from 'ioredis'
import type { IsolationPolicy, IsolationUsed } from '../../../domain/drill/isolation.ts'
import { asFailure, type Failure } from '../../../domain/failures/failure.ts'
import { isAtLeast } from '../../../domain/redis/rdb-versions.ts'
import { openSandbox } from '../../../sandbox/open-sandbox.ts'
import type { Sandbox } from '../../../sandbox/sandbox.ts'
import { type RunningServer, startServer } from '../../../sandbox/start-server.ts'
import type { ServerProgram } from './find-server.ts'
import { endedFailure } from './server-log.ts'

interface ScratchServerRequest {
  readonly program: ServerProgram
  /** Folder in which the server's own folder is created. */
  readonly temporary: string
  /** Number of databases that the server needs. */
  readonly databases: number
  /** Bytes of the largest value that a client may have to read. */
  readonly largestValue: number
  readonly isolation: IsolationPolicy
  readonly signal: AbortSignal
}

export interface ScratchServer {
  /** The server's folder, for messages. */
  readonly folder: string
  /** Path of its Unix socket. */
  readonly socket: string
  readonly password: string
  readonly isolation: IsolationUsed
  /** Opens another connection; its errors appear only as errors of its commands. */
  connect(): Promise<Redis>
  /** A child that writes its standard input to the server's RDB. */
  writeRdb(): { readonly stdin: Writable; readonly exited: Promise<void> }
  /** Streams the server's RDB; fails if the file cannot be read completely. */
  readRdb(): Readable
  removeRdb(): Promise<void>
  /** The last lines of its log so far. */
  log(): string
  /** The failure that explains the end of the server; undefined if it still runs after 500 ms. */
  ended(): Promise<Failure | undefined>
  /** Stops the server and removes its folder. May be called repeatedly; never throws. */
  stop(): Promise<void>
}

/** Starts an empty server, configured as a replica. Leaves nothing behind if it throws. */
export async function startScratchServer(request: ScratchServerRequest): Promise<ScratchServer> {
  const { program, temporary, isolation, signal } = request
  const sandbox = await openSandbox({
    ...{ temporary: resolve(temporary), prefix: 'resguardo-scratch-', policy: isolation, signal },
    programs: [program.path],
  })
  try {
    const password = randomBytes(18).toString('base64url')
    const server = await startServer(sandbox, {
      program: {
        command: '/bin/sh',
        arguments: ['-c', 'exec "$1" - >&2', 'sh', program.path],
        stdout: 'ignore',
        explain: (log, exit) => endedFailure(log, exit, sandbox.work),
      },
      input: settings(request, sandbox, password),
      socket: 'redis.sock',
      connect: async (path) => {
        const client = await connectTo(path, password)
        await client.ping()
        client.disconnect()
      },
      signal,
    })
    return scratchServer(sandbox, server, password)
  } catch (error) {
    await sandbox.close()
    signal.throwIfAborted()
    throw asFailure(error)
  }
}

/**
 * As a replica, the server retains expired keys, so that the backup can be compared; its master does not exist. At a
 * less verbose log level, DEBUG RELOAD does not log why it failed. Settings newer than the program are omitted, because
 * it would not start.
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
      `unixsocket ${quoted(join(sandbox.sockets, 'redis.sock'))}`,
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

/** Quotes a text for the configuration file. */
function quoted(text: string): string {
  return `"${text.replaceAll(/[\\"]/g, (sign) => `\\${sign}`)}"`
}

function scratchServer(sandbox: Sandbox, server: RunningServer<void>, password: string): ScratchServer {
  const { child, socket, ended } = server
  const rdb = join(sandbox.work, 'dump.rdb')
  const clients = new Set<Redis>()
  return {
    ...{ folder: sandbox.work, socket, password },
    isolation: { isolation: sandbox.isolation, reasons: sandbox.reasons },
    connect: async () => {
      const client = await connectTo(socket, password)
      clients.add(client)
      client.once('close', () => clients.delete(client))
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
    ended: () => Promise.race([ended, moment()]),
    stop: async () => {
      for (const client of clients) client.disconnect()
      await sandbox.close()
    },
  }
}

/** A lost connection fails immediately and is not reopened. */
const clientSettings = {
  lazyConnect: true,
  enableReadyCheck: false,
  enableOfflineQueue: false,
  retryStrategy: () => null,
  maxRetriesPerRequest: 0,
} as const

/** Connection errors appear only as errors of commands. */
async function connectTo(path: string, password: string): Promise<Redis> {
  const client = new Redis({ path, password, ...clientSettings })
  client.on('error', () => {})
  await client.connect()
  return client
}

function moment(): Promise<undefined> {
  return new Promise((done) => {
    setTimeout(() => done(undefined), 500).unref()
  })
}
