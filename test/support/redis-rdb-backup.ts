// Backups of test servers as a restore receives them, without a store: RDBs written by SAVE, and their manifest.
import { createReadStream } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { asFailure, Failure } from '../../src/domain/failures/failure.ts'
import type { RedisManifest } from '../../src/domain/manifest/manifest.ts'
import { addPrints, RdbPrint } from '../../src/engines/redis/rdb/fingerprint.ts'
import { RdbReader } from '../../src/engines/redis/rdb/reader.ts'
import type { PayloadSource } from '../../src/ports/platform.ts'
import type { RedisRestoreRequest } from '../../src/ports/redis.ts'
import type { TestRedis } from './redis.ts'

export interface RdbBackup {
  readonly manifest: RedisManifest
  readonly payloads: readonly PayloadSource[]
}

/** Backs up a server, or the masters of a cluster. */
export async function backUp(...servers: readonly TestRedis[]): Promise<RdbBackup> {
  const paths: string[] = []
  for (const server of servers) {
    await server.cli('SAVE')
    paths.push(join(server.folder, 'dump.rdb'))
  }
  return backupOf(paths, servers.length > 1 ? 'cluster' : 'standalone')
}

/** Creates a backup of RDB files. Payloads read the files when they are opened. */
export async function backupOf(
  paths: readonly string[],
  mode: 'standalone' | 'cluster' = 'standalone',
): Promise<RdbBackup> {
  const prints: RdbPrint[] = []
  const payloads: PayloadSource[] = []
  for (const [at, path] of paths.entries()) {
    const print = new RdbPrint()
    const reader = new RdbReader(print)
    for await (const chunk of createReadStream(path)) reader.write(chunk as Buffer)
    reader.end()
    prints.push(print)
    const { size } = await stat(path)
    const file = paths.length > 1 ? `shard-${at}.rdb` : 'dump.rdb'
    const payload = {
      file,
      role: 'rdb',
      bytes: size,
      sha256: '',
      encodings: [],
      contentBytes: size,
    } as const
    payloads.push({ payload, open: async () => createReadStream(path), save: async () => {} })
  }
  const taken = '2026-11-24T02:00:05.000Z'
  const manifest: RedisManifest = {
    ...{
      format: 'resguardo/1',
      id: '20261124T020005Z-redis-manual-7f3a9c',
      name: 'shop',
      trigger: 'manual',
      kind: 'redis',
    },
    ...{
      started: taken,
      finished: taken,
      snapshot: { taken, standby: false },
      tools: {},
      origin: {},
      recoveryPoint: 'r',
    },
    ...{ notes: [], digest: '' },
    payloads: payloads.map(({ payload }) => payload),
    server: { engine: 'redis', version: '7.0.15', major: 7, mode, memory: 1 << 20 },
    dump: {
      ...{ method: 'replica', consistency: 'instant' },
      shards: payloads.map(({ payload }, at) => ({
        ...{ file: payload.file, address: `127.0.0.1:${at}`, role: 'master', taken },
        rdbVersion: prints[at]?.version ?? 0,
      })),
    },
    fingerprint: addPrints(prints.map((print) => print.fingerprint())),
  }
  return { manifest, payloads }
}

/** Replaces the content of every payload with `keep` of the file at `path`. */
export async function damaged(backup: RdbBackup, keep: (bytes: Buffer) => Buffer, path: string): Promise<RdbBackup> {
  const bytes = keep(await readFile(path))
  const { Readable } = await import('node:stream')
  return {
    ...backup,
    payloads: backup.payloads.map((source) => ({ ...source, open: async () => Readable.from([bytes]) })),
  }
}

export function requestOf(
  backup: RdbBackup,
  temporary: string,
  more: Partial<RedisRestoreRequest> = {},
): RedisRestoreRequest {
  return {
    ...backup,
    ...{ mode: 'merge', patterns: [], resumeQueues: false, temporary, signal: new AbortController().signal },
    phase: (_, work) => work(),
    progress: () => {},
    ...more,
  }
}

/** The failure with which work ends, or an internal error if it does not fail. */
export const failureOf = (work: Promise<unknown>): Promise<Failure> =>
  work.then(() => new Failure('internal/bug', 'it did not fail'), asFailure)
