// What every benchmark needs: a process timed with its peak memory, medians, a server with a sample platform.
import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { toUrl, withDatabase } from '../../src/sources/postgres/address.ts'
import { startCluster } from '../../src/sources/postgres/scratch/cluster.ts'
import { type ClientTools, installedTools } from '../../src/sources/postgres/tools.ts'
import { makeSamplePlatform } from '../sample-platform.ts'

export interface BenchOptions {
  readonly root: string
  readonly rounds: number
  readonly megabytes: number
}

/** Measures one thing and gives the lines of a Markdown table. */
export type Part = (options: BenchOptions) => Promise<string[]>

export interface Measured {
  readonly seconds: number
  /** Highest resident memory of the process itself (not of its children), in MB. */
  readonly peakMegabytes: number
  readonly stdout: string
}

/** Runs a program to its end. Throws with its last words if it fails. */
export function measure(
  command: string,
  parameters: readonly string[],
  environment: Record<string, string> = {},
): Promise<Measured> {
  return new Promise((resolve, reject) => {
    const began = performance.now()
    const child = spawn(command, parameters, { env: { ...process.env, ...environment }, stdio: ['ignore', 'pipe', 'pipe'] })
    let stdout = ''
    let stderr = ''
    let peakMegabytes = 0
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr = (stderr + text).slice(-4000)))
    const watch = setInterval(async () => {
      const status = await readFile(`/proc/${child.pid}/status`, 'utf8').catch(() => '')
      const peak = /VmHWM:\s+(\d+) kB/.exec(status)?.[1]
      if (peak) peakMegabytes = Math.max(peakMegabytes, Number(peak) / 1024)
    }, 50)
    child.on('error', reject)
    child.on('close', (code) => {
      clearInterval(watch)
      const seconds = (performance.now() - began) / 1000
      if (code === 0) resolve({ seconds, peakMegabytes, stdout })
      else reject(new Error(`${command} ${parameters.join(' ')} exited with ${code}: ${stderr}`))
    })
  })
}

/** The built command line, as a user's `node dist/cli.js`. */
export function resguardo(
  root: string,
  parameters: readonly string[],
  environment: Record<string, string> = {},
): Promise<Measured> {
  return measure(process.execPath, [join(root, 'dist/cli.js'), ...parameters], environment)
}

/** A pipeline in bash that fails if any of it fails. */
export function pipeline(script: string, environment: Record<string, string> = {}): Promise<Measured> {
  return measure('bash', ['-c', `set -euo pipefail; ${script}`], environment)
}

/** Runs each of several contenders once a round, in turn, and gives all their results. */
export async function interleave<T>(
  rounds: number,
  contenders: Readonly<Record<string, () => Promise<T>>>,
): Promise<Map<string, T[]>> {
  const results = new Map<string, T[]>(Object.keys(contenders).map((name) => [name, []]))
  for (let round = 1; round <= rounds; round += 1) {
    for (const [name, run] of Object.entries(contenders)) {
      const result = await run()
      results.get(name)?.push(result)
      console.error(
        `round ${round}: ${name} ${typeof result === 'object' && result && 'seconds' in result ? `${(result.seconds as number).toFixed(2)} s` : ''}`,
      )
    }
  }
  return results
}

export function median(numbers: readonly number[]): number {
  const sorted = [...numbers].sort((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  return sorted.length % 2 === 1 ? (sorted[middle] as number) : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2
}

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`)
}

export interface Bench {
  readonly tools: ClientTools
  readonly folder: string
  /** Makes a database with a sample platform of this size and gives its URL. */
  sample(megabytes: number, tenants?: number): Promise<string>
  /** Makes an empty database, dropping one of the same name first. */
  empty(name: string): Promise<string>
}

/** A temporary folder for the work, removed afterwards. */
export async function withFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'resguardo-bench-files-'))
  try {
    return await work(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Starts a server with settings of a small production machine, works, and removes everything. */
export async function withServer<T>(work: (bench: Bench) => Promise<T>): Promise<T> {
  const tools = (await installedTools(process.env.PATH ?? '')).find(({ server }) => server)
  if (!tools) throw new Error('no PostgreSQL server is installed')
  const settings = {
    shared_buffers: '512MB',
    max_wal_size: '4GB',
    maintenance_work_mem: '256MB',
    autovacuum: 'off',
    fsync: 'off',
  }
  const cluster = await startCluster({ tools, temporary: tmpdir(), prefix: 'resguardo-bench-', settings })
  const folder = await mkdtemp(join(tmpdir(), 'resguardo-bench-files-'))
  const empty = async (name: string): Promise<string> => {
    const client = new pg.Client({ connectionString: toUrl(cluster.address) })
    await client.connect()
    await client.query(`DROP DATABASE IF EXISTS ${pg.escapeIdentifier(name)}`)
    await client.query(`CREATE DATABASE ${pg.escapeIdentifier(name)} TEMPLATE template0`)
    await client.end()
    return toUrl(withDatabase(cluster.address, name))
  }
  try {
    return await work({
      tools,
      folder,
      empty,
      async sample(megabytes, tenants = 50) {
        const url = await empty(`sample_${megabytes}`)
        console.error(`filling a sample platform of ${megabytes} MB`)
        await makeSamplePlatform(url, { megabytes, tenants })
        return url
      },
    })
  } finally {
    await cluster.stop()
    await rm(folder, { recursive: true, force: true })
  }
}
