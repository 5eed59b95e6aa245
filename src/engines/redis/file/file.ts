// Writes the RDB as a file for a stopped server: complete and verified, or not at all.
import { lstat, mkdir, open, readdir, stat } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { Failure } from '../../../domain/failures/failure.ts'
import type { RedisFileRequest, WriteRedisFile } from '../../../ports/redis.ts'
import { sweepLeftovers, withOwnFolder } from '../../../streams/files/leftovers.ts'
import { explainDisk, keep } from '../restore/verify-and-stage.ts'
import { appear, folderAppears } from './appear.ts'
import { nextSteps } from './next-steps.ts'
import { requireStopped } from './require-stopped.ts'

/** Throws a Failure; then no new file exists. */
export const writeRedisFile: WriteRedisFile = async (request) => {
  const path = resolve(request.path)
  const cluster = request.manifest.server.mode === 'cluster'
  const folder = cluster ? path : dirname(path)
  await requireNew(path, cluster)
  if (!cluster) await requireNoAppendOnlyFile(folder)
  await requireStopped(request.address, folder, request.signal)
  const files = cluster ? await writeAll(request, path) : [await writeOne(request, path)]
  return { files, next: nextSteps(request.manifest, files) }
}

async function requireNew(path: string, cluster: boolean): Promise<void> {
  const there = await lstat(path).catch(() => undefined)
  if (there) {
    throw new Failure('file/exists', `${path} already exists and is not overwritten`, {
      hint: cluster
        ? 'Give a folder that does not exist. One file for each master is written there.'
        : 'Give a new file name, or move the existing file.',
    })
  }
  const parent = await stat(dirname(path)).catch(() => undefined)
  if (parent?.isDirectory()) return
  throw new Failure('file/not-found', `folder ${dirname(path)} does not exist`, {
    hint: 'Create it, or give another path.',
  })
}

/**
 * A server with an append-only file reads nothing else: it would start with the old keys, or none, and would overwrite
 * the RDB.
 */
async function requireNoAppendOnlyFile(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (name !== 'appendonlydir' && !name.endsWith('.aof')) continue
    const path = join(folder, name)
    const isEmpty = await readdir(path).then(
      (names) => names.length === 0,
      () => false,
    )
    if (isEmpty) continue
    throw new Failure(
      'redis/append-only-file',
      `${path} exists: if its append-only file is on, Redis reads that file instead of the RDB`,
      {
        hint: `Stop Redis and move ${name} away (mv ${path} ${path}.old), then run again.`,
      },
    )
  }
}

async function writeOne(request: RedisFileRequest, path: string): Promise<string> {
  const [source] = request.payloads
  if (!source || request.payloads.length > 1)
    throw new Failure('redis/rdb-damaged', 'the backup of one server must be exactly one RDB')
  return inOwnFolder(request, path, async (own) => {
    const beside = join(own, basename(path))
    await keep(source, beside, {}, request.signal, () => {}, true)
    await appear(beside, path)
    return path
  })
}

/**
 * Works in a temporary folder next to `path`, on the same file system. The next run there removes the leftovers of a
 * killed run.
 */
async function inOwnFolder<T>(
  { signal }: RedisFileRequest,
  path: string,
  work: (own: string) => Promise<T>,
): Promise<T> {
  const parent = dirname(path)
  await sweepLeftovers(parent)
  try {
    const result = await withOwnFolder(parent, 'resguardo-redis-', work)
    await flushFolder(parent)
    return result
  } catch (error) {
    signal.throwIfAborted()
    throw explainDisk(error, path)
  }
}

async function writeAll(request: RedisFileRequest, folder: string): Promise<string[]> {
  return inOwnFolder(request, folder, async (own) => {
    const beside = join(own, 'files')
    await mkdir(beside, { mode: 0o700 })
    for (const source of request.payloads) {
      await keep(source, join(beside, nameOf(source.payload.file)), {}, request.signal, () => {}, true)
    }
    await flushFolder(beside)
    await folderAppears(beside, folder)
    return request.payloads.map(({ payload }) => join(folder, nameOf(payload.file)))
  })
}

/** The stored file name without the suffix of the compression. */
function nameOf(file: string): string {
  return basename(file).replace(/\.zst$/, '')
}

async function flushFolder(folder: string): Promise<void> {
  const handle = await open(folder)
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
