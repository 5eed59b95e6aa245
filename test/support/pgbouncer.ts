// A real PgBouncer in front of a test's server.
import { chmod, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { startChild } from '../../src/streams/processes/child.ts'
import { freePort } from './free-port.ts'
import type { TestPostgres } from './postgres-server.ts'
import { temporaryFolder } from './real-world.ts'
import { serverUser } from './server-user.ts'

export interface PgBouncer {
  /** URL of a database through PgBouncer, as superuser. */
  url(database: string): string
  stop(): Promise<void>
}

/**
 * `ignores`: drop the startup parameter `options`; otherwise refuse it. Needs the program `pgbouncer` on PATH or in
 * /usr/sbin.
 */
export async function startPgBouncer(
  server: TestPostgres,
  mode: 'session' | 'transaction' | 'statement',
  ignores: boolean,
): Promise<PgBouncer> {
  const folder = await temporaryFolder('pgbouncer')
  await chmod(folder, 0o755)
  const port = await freePort()
  const file = join(folder, 'pgbouncer.ini')
  await writeFile(
    file,
    `[databases]
* = host=127.0.0.1 port=${server.port} user=postgres password=${server.password}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = any
pool_mode = ${mode}
ignore_startup_parameters = extra_float_digits${ignores ? ', options' : ''}
`,
  )
  const user = await serverUser()
  const child = startChild({
    command: 'pgbouncer',
    arguments: ['-q', file],
    environment: { PATH: `${process.env.PATH}:/usr/sbin` },
    stdout: 'ignore',
    ...(user && { user }),
  })
  const stop = async (): Promise<void> => {
    await child.stop()
    await rm(folder, { recursive: true, force: true })
  }
  let ended: unknown
  child.exited.catch((error) => {
    ended = error
  })
  while (!(await answers(port))) {
    if (ended) throw ended
    await sleep(20)
  }
  return { url: (database) => `postgresql://postgres@127.0.0.1:${port}/${database}?sslmode=disable`, stop }
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
}
