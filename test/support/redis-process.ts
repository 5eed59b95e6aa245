// Processes of Redis test servers, which end with this process, and their TLS certificates.
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

export interface Running {
  readonly process: ChildProcess
  log(): string
  stop(): Promise<void>
}

/** Starts a server; `remove` is a folder to delete when it stops. */
export function startProcess(command: string, args: readonly string[], remove: string | undefined): Running {
  const child = spawn(command, [...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  // Kills the server when standard input ends, and thus also when this process is killed.
  const keeper = spawn(
    '/bin/sh',
    ['-c', 'read -r word; kill -KILL "$0" 2>/dev/null; [ -z "$1" ] || rm -rf "$1"', String(child.pid), remove ?? ''],
    {
      stdio: ['pipe', 'ignore', 'ignore'],
      detached: true,
    },
  )
  let log = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      log = (log + text).slice(-65_536)
    })
  }
  const gone = new Promise<void>((done) => {
    child.once('exit', () => done())
    child.once('error', (error) => {
      log += String(error)
      done()
    })
  })
  const stop = async () => {
    child.kill('SIGCONT')
    child.kill('SIGKILL')
    await gone
    if (keeper.exitCode !== null || keeper.signalCode !== null) return
    const kept = once(keeper, 'exit')
    keeper.stdin.end()
    await kept
    if (remove !== undefined) await rm(remove, { recursive: true, force: true })
  }
  return { process: child, log: () => log, stop }
}

/** `mutual`: clients need a certificate of the same CA; the server's own is accepted. */
export function certificateArguments(folder: string, mutual: boolean): string[] {
  const file = (name: string) => join(folder, name)
  return [
    ...[
      '--tls-cert-file',
      file('server.crt'),
      '--tls-key-file',
      file('server.key'),
      '--tls-ca-cert-file',
      file('ca.crt'),
    ],
    ...['--tls-auth-clients', mutual ? 'yes' : 'no'],
  ]
}

/** Creates a CA and a certificate for localhost and 127.0.0.1. Returns the path of the CA file. */
export async function makeCertificates(folder: string): Promise<string> {
  const file = (name: string) => join(folder, name)
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2']
  await run('openssl', [
    'req',
    '-x509',
    ...newKey,
    '-subj',
    '/CN=Test authority',
    '-keyout',
    file('ca.key'),
    '-out',
    file('ca.crt'),
  ])
  await run('openssl', [
    ...['req', '-x509', ...newKey, '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'],
    ...['-addext', 'basicConstraints=critical,CA:FALSE', '-CA', file('ca.crt'), '-CAkey', file('ca.key')],
    ...['-keyout', file('server.key'), '-out', file('server.crt')],
  ])
  return file('ca.crt')
}
