// Fake poolers in front of a PostgreSQL server: they drop or refuse connection options, and may run each transaction on
// another connection.
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

interface TestPooler {
  readonly port: number
  close(): void
}

/**
 * - `drop`: like PgBouncer with `ignore_startup_parameters = options`, in session mode
 * - `refuse`: like PgBouncer without it
 */
type OptionsHandling = 'drop' | 'refuse'

/** Listens on a free port of 127.0.0.1 and forwards every session to the server. */
export async function startSessionPooler(port: number, handling: OptionsHandling): Promise<TestPooler> {
  return listen(async (client): Promise<unknown> => {
    const { read, rest } = messagesOf(client)
    const startup = await read(false)
    if (isTlsRequest(startup)) return client.end('N')
    const parameters = parametersOf(startup)
    if (handling === 'refuse' && parameters.has('options')) return client.end(refusal)
    parameters.delete('options')
    const server = connect(port, '127.0.0.1')
    server.on('error', () => client.destroy())
    client.on('close', () => server.destroy())
    server.write(startupOf(parameters))
    server.write(rest())
    return client.pipe(server).pipe(client)
  })
}

/**
 * Like PgBouncer in transaction mode, in the worst case: transactions alternate between two connections. The server
 * must use `trust` authentication.
 */
export async function startTransactionPooler(port: number, user: string, database: string): Promise<TestPooler> {
  const backends = await Promise.all([0, 1].map(() => openBackend(port, user, database)))
  let turn = 0
  let busy: Promise<unknown> = Promise.resolve()
  return listen(async (client) => {
    const { read } = messagesOf(client)
    await read(false)
    client.write(greeting)
    for (;;) {
      const first = await read(true)
      if (first[0] === 0x58) return client.destroy() // Terminate
      const free = busy
      let release = () => {}
      busy = new Promise<void>((resolve) => {
        release = resolve
      })
      await free
      const backend = backends[turn++ % backends.length] as Backend
      await backend.transaction(first, () => read(true), client)
      release()
    }
  })
}

async function listen(serve: (client: Socket) => Promise<unknown>): Promise<TestPooler> {
  const sockets = new Set<Socket>()
  const server = createServer((client) => {
    sockets.add(client)
    client.on('error', () => {})
    serve(client).catch(() => client.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    close() {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  }
}

interface Backend {
  /** Runs one transaction: from its first message until the server is idle again. */
  transaction(first: Buffer, next: () => Promise<Buffer>, client: Socket): Promise<void>
}

async function openBackend(port: number, user: string, database: string): Promise<Backend> {
  const socket = connect(port, '127.0.0.1')
  const { read } = messagesOf(socket)
  socket.write(
    startupOf(
      new Map([
        ['user', user],
        ['database', database],
      ]),
    ),
  )
  while (!isReady(await read(true)));
  return {
    async transaction(first, next, client) {
      for (let message = first; ; message = await next()) {
        socket.write(message)
        // Query and Sync are answered by ReadyForQuery; other messages wait for the Sync.
        if (message[0] !== 0x51 && message[0] !== 0x53) continue
        let answer: Buffer
        do {
          answer = await read(true)
          client.write(answer)
        } while (!isReady(answer))
        if (answer[5] === 0x49) return
      }
    },
  }
}

const isReady = (message: Buffer): boolean => message[0] === 0x5a

/** Reads complete messages; the startup message has no type. */
function messagesOf(socket: Socket): { read(typed: boolean): Promise<Buffer>; rest(): Buffer } {
  let held: Buffer = Buffer.alloc(0)
  socket.setMaxListeners(100)
  const onData = (chunk: Buffer): void => {
    held = Buffer.concat([held, chunk])
    socket.emit('held')
  }
  socket.on('data', onData)
  return {
    async read(typed) {
      const head = typed ? 5 : 4
      for (;;) {
        const length = held.length < head ? undefined : held.readUInt32BE(head - 4) + head - 4
        if (length !== undefined && held.length >= length) {
          const message = held.subarray(0, length)
          held = held.subarray(length)
          return message
        }
        if (socket.destroyed || socket.readableEnded) throw new Error('the other side has ended')
        await Promise.race([once(socket, 'held'), once(socket, 'close')])
      }
    },
    rest() {
      socket.off('data', onData)
      return held
    },
  }
}

const isTlsRequest = (startup: Buffer): boolean => startup.length === 8 && startup.readUInt32BE(4) === 80_877_103

function parametersOf(startup: Buffer): Map<string, string> {
  const words = startup.toString('utf8', 8).split('\0')
  const pairs: [string, string][] = []
  for (let at = 0; words[at]; at += 2) pairs.push([words[at] as string, words[at + 1] ?? ''])
  return new Map(pairs)
}

function startupOf(parameters: ReadonlyMap<string, string>): Buffer {
  const body = Buffer.from(`\0\x03\0\0${[...parameters].map(([name, value]) => `${name}\0${value}\0`).join('')}\0`)
  return message('', body)
}

function message(type: string, body: Buffer): Buffer {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(body.length + 4)
  return Buffer.concat([Buffer.from(type), length, body])
}

const refusal = message('E', Buffer.from('SFATAL\0C08P01\0Munsupported startup parameter: options\0\0'))
/** AuthenticationOk, BackendKeyData, ReadyForQuery. */
const greeting = Buffer.concat([
  message('R', Buffer.alloc(4)),
  message('K', Buffer.alloc(8)),
  message('Z', Buffer.from('I')),
])
