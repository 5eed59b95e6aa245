// Starts real Redis servers for tests, each on a free port and in its own folder. They end with this process, even if
// it is killed.
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { freePort } from './free-port.ts'
import { certificateArguments, makeCertificates, type Running, startProcess } from './redis-process.ts'

const run = promisify(execFile)

export interface TestRedisOptions {
  /** Additional arguments of redis-server: `['--appendonly', 'yes']`. */
  readonly args?: readonly string[]
  /**
   * Serve TLS only, with a certificate for localhost and 127.0.0.1; `ca` is the CA's PEM file. `mutual`: clients need a
   * certificate too: server.crt and server.key in the folder.
   */
  readonly tls?: boolean | 'mutual'
  /** An additional user; `rules` as in ACL SETUSER: `~* +@all`. The password and `on` are added. */
  readonly user?: { readonly name: string; readonly password: string; readonly rules: string }
  /** Password of the default user. */
  readonly password?: string
  /** Folder for the data, which is not removed: a second server can start on the same data. */
  readonly folder?: string
  readonly port?: number
  /** Resolve once the server listens, even if it is still loading. */
  readonly asSoonAsItListens?: boolean
  /** Path of the program; default: redis-server. */
  readonly server?: string
}

export interface TestRedis {
  /** URL of the default user, database 0; `rediss:` with TLS. */
  readonly url: string
  /** URL of this user. */
  urlOf(user: { readonly name: string; readonly password: string }): string
  readonly host: string
  readonly port: number
  readonly folder: string
  /** PEM file of the authority, with TLS. */
  readonly ca: string | undefined
  /** Returns the output of redis-cli (raw) without the final newline. Throws if the server replies with an error. */
  cli(...args: readonly string[]): Promise<string>
  /** Passes commands to redis-cli's standard input, one per line: for many keys at once. */
  script(lines: readonly string[]): Promise<void>
  /** The server's output so far (the last 65,536 characters). */
  log(): string
  /** Sends a signal, SIGKILL by default; does not wait. SIGSTOP and SIGCONT pause and resume the server. */
  kill(signal?: NodeJS.Signals): void
  /** Kills the process and removes the folder, unless it was given. Idempotent. */
  stop(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/** Starts a redis-server and waits until it replies; takes about 0.1 s. Replicas receive their data without delay. */
export async function startRedis(options: TestRedisOptions = {}): Promise<TestRedis> {
  const folder = options.folder ?? (await mkdtemp(join(tmpdir(), 'resguardo-test-redis-')))
  const port = options.port ?? (await freePort())
  const { user, password } = options
  const ca = options.tls ? await makeCertificates(folder) : undefined
  const lines = [
    ...[
      '--bind',
      '127.0.0.1',
      '--dir',
      folder,
      '--save',
      '',
      '--repl-diskless-sync-delay',
      '0',
      '--enable-debug-command',
      'yes',
    ],
    ...(options.tls
      ? ['--port', '0', '--tls-port', String(port), ...certificateArguments(folder, options.tls === 'mutual')]
      : ['--port', String(port)]),
    ...(password === undefined ? [] : ['--requirepass', password]),
    ...(user ? ['--user', user.name, ...user.rules.split(' '), `>${user.password}`, 'on'] : []),
    ...(options.args ?? []),
  ]
  const server = startProcess(
    options.server ?? 'redis-server',
    lines,
    options.folder === undefined ? folder : undefined,
  )
  const scheme = options.tls ? 'rediss' : 'redis'
  const place = [
    '-h',
    '127.0.0.1',
    '-p',
    String(port),
    ...(ca ? ['--tls', '--cacert', ca, '--cert', join(folder, 'server.crt'), '--key', join(folder, 'server.key')] : []),
  ]
  const access = password === undefined ? [] : ['--no-auth-warning', '-a', password]
  const cli = async (...args: readonly string[]) => {
    const { stdout } = await run('redis-cli', ['-e', ...place, ...access, ...args], { maxBuffer: 1 << 28 })
    return stdout.replace(/\n$/, '')
  }
  const redis: TestRedis = {
    url: `${scheme}://${password === undefined ? '' : `:${encodeURIComponent(password)}@`}127.0.0.1:${port}`,
    urlOf: (who) => `${scheme}://${encodeURIComponent(who.name)}:${encodeURIComponent(who.password)}@127.0.0.1:${port}`,
    ...{ host: '127.0.0.1', port, folder, ca, cli },
    script: (commands) => feedCli([...place, ...access], commands),
    log: server.log,
    kill: (signal = 'SIGKILL') => void server.process.kill(signal),
    stop: server.stop,
    [Symbol.asyncDispose]: server.stop,
  }
  await untilAnswers(redis, server, options.asSoonAsItListens ? /PONG|LOADING/ : /PONG/)
  return redis
}

interface TestSentinel {
  /** `127.0.0.1:26379`. */
  readonly address: string
  readonly masterName: string
  cli(...args: readonly string[]): Promise<string>
  log(): string
  stop(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/** Starts a Sentinel with quorum 1 for a master, which is named `mymaster` by default. */
export async function startSentinel(
  master: TestRedis,
  options: { readonly masterName?: string; readonly password?: string; readonly masterPassword?: string } = {},
): Promise<TestSentinel> {
  const { masterName = 'mymaster', password, masterPassword } = options
  const folder = await mkdtemp(join(tmpdir(), 'resguardo-sentinel-'))
  const port = await freePort()
  const file = join(folder, 'sentinel.conf')
  const lines = [
    ...[
      'bind 127.0.0.1',
      `port ${port}`,
      `dir ${folder}`,
      `sentinel monitor ${masterName} ${master.host} ${master.port} 1`,
    ],
    ...[`sentinel down-after-milliseconds ${masterName} 2000`, `sentinel failover-timeout ${masterName} 5000`],
    ...(password === undefined ? [] : [`requirepass ${password}`]),
    ...(masterPassword === undefined ? [] : [`sentinel auth-pass ${masterName} ${masterPassword}`]),
  ]
  await writeFile(file, `${lines.join('\n')}\n`)
  const server = startProcess('redis-server', [file, '--sentinel'], folder)
  const access = password === undefined ? [] : ['--no-auth-warning', '-a', password]
  const cli = async (...args: readonly string[]) => {
    const { stdout } = await run('redis-cli', ['-e', '-p', String(port), ...access, ...args])
    return stdout.replace(/\n$/, '')
  }
  await untilAnswers({ cli }, server, /PONG/)
  return {
    address: `127.0.0.1:${port}`,
    masterName,
    cli,
    log: server.log,
    stop: server.stop,
    [Symbol.asyncDispose]: server.stop,
  }
}

/** Waits until a condition is true. Throws after `seconds`. */
export async function until(question: () => Promise<boolean> | boolean, seconds = 15): Promise<void> {
  const end = Date.now() + seconds * 1000
  while (!(await question())) {
    if (Date.now() > end) throw new Error(`not so within ${seconds} seconds: ${String(question)}`)
    await sleep(50)
  }
}

async function untilAnswers(server: Pick<TestRedis, 'cli'>, running: Running, good: RegExp): Promise<void> {
  for (let attempt = 0; ; attempt += 1) {
    const answer = await server
      .cli('ping')
      .catch((error: Error & { stdout?: string; stderr?: string }) => `${error.stdout}${error.stderr}`)
    if (good.test(answer) || /NOAUTH/.test(answer)) return
    if (running.process.exitCode !== null || attempt > 400) {
      await running.stop()
      throw new Error(`redis-server does not answer (${answer.trim()}): ${running.log()}`)
    }
    await sleep(20)
  }
}

async function feedCli(args: readonly string[], commands: readonly string[]): Promise<void> {
  const child = spawn('redis-cli', [...args], { stdio: ['pipe', 'pipe', 'inherit'] })
  let errors = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    errors += text
      .split('\n')
      .filter((line) => /^(ERR|WRONG|NOPERM|OOM|\(error\))/.test(line))
      .join('\n')
  })
  child.stdin.end(`${commands.join('\n')}\n`)
  await once(child, 'close')
  if (errors) throw new Error(errors.slice(0, 500))
}
