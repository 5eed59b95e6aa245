// The first pass over a backup: verifies it, stores it decompressed in files, and inspects the selected keys. The
// target is not changed before it ends.
import { createWriteStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { asFailure, Failure } from '../../../domain/failures/failure.ts'
import { queueName } from '../../../domain/redis/redis-fingerprint.ts'
import type { PayloadSource } from '../../../ports/platform.ts'
import type { RedisRestoreRequest } from '../../../ports/redis.ts'
import type { RdbHandler } from '../rdb/handler.ts'
import { RdbReader } from '../rdb/reader.ts'
import { Counter } from './counter.ts'
import { FoundLibraries } from './libraries.ts'
import { type Sample, Samples } from './samples.ts'
import type { Selection } from './selection.ts'

/** A verified backup. */
export interface StagedBackup {
  /** Number of selected keys, without keys of queues that are left out. */
  readonly keys: number
  /** A value of each selected type. */
  readonly samples: readonly Sample[]
  readonly libraries: FoundLibraries
  /** Parses the backup again, from the files. `wait` is called after each piece. */
  read(handler: RdbHandler, wait: () => Promise<void>): Promise<void>
}

/**
 * Throws a failure of kind integrity for bytes that are not those of the backup. Creates files in `folder`, which the
 * caller removes.
 */
export async function verifyAndStage(
  request: RedisRestoreRequest,
  selection: Selection,
  folder: string,
): Promise<StagedBackup> {
  const counter = new Counter(selection)
  const samples = new Samples(({ database, key }) => selection.takes(database) && selection.matches(key))
  const libraries = new FoundLibraries()
  const files: string[] = []
  let bytes = 0
  const of = request.payloads.reduce((sum, { payload }) => sum + payload.contentBytes, 0)
  for (const [at, source] of request.payloads.entries()) {
    const path = join(folder, `${at}.rdb`)
    files.push(path)
    await keep(source, path, [counter, samples, libraries], request.signal, (more) => {
      bytes += more
      request.progress({ what: 'verifying', bytes, of })
    })
  }
  leaveOutParts(selection)
  const keys =
    counter.keys - selection.queues.reduce((sum, queue) => sum + (queue.outcome === 'left-out' ? queue.selected : 0), 0)
  if (
    keys === 0 &&
    selection.narrowedByName &&
    !selection.queues.some(({ outcome, selected }) => outcome === 'left-out' && selected > 0)
  )
    throw nothingMatches(request)
  return {
    keys,
    samples: samples.found,
    libraries,
    read: (handler, wait) => readAgain(files, handler, wait, { signal: request.signal, request, of }),
  }
}

/** Most likely a typing error, so it fails instead of restoring nothing. */
function nothingMatches({ patterns, manifest }: RedisRestoreRequest): Failure {
  const queues = manifest.fingerprint.queues.slice(0, 5).map(queueName)
  return new Failure('redis/no-matching-keys', `no key of the backup matches ${patterns.join(' or ')}`, {
    hint:
      queues.length > 0
        ? `Write patterns as for KEYS; they are case-sensitive. The backup has the queues ${queues.join(', ')}.`
        : 'Write patterns as for KEYS; they are case-sensitive.',
  })
}

/** Leaves out queues that are only partly selected: a queue without all of its keys is broken. */
function leaveOutParts({ queues }: Selection): void {
  for (const queue of queues) if (queue.selected < queue.keys) queue.outcome = 'left-out'
}

/** Reads and verifies one payload, and writes it to a new file. `flush`: also syncs the file to disk. */
export async function keep(
  source: PayloadSource,
  path: string,
  handler: RdbHandler | readonly RdbHandler[],
  signal: AbortSignal,
  progress: (bytes: number) => void,
  flush = false,
): Promise<void> {
  const reader = new RdbReader(handler)
  const check = new Transform({
    transform(chunk: Buffer, _, done) {
      try {
        reader.write(chunk)
        progress(chunk.length)
        done(null, chunk)
      } catch (error) {
        done(error as Error)
      }
    },
    flush(done) {
      try {
        reader.end()
        done()
      } catch (error) {
        done(error as Error)
      }
    },
  })
  try {
    await pipeline(await source.open(), check, createWriteStream(path, { flags: 'wx', mode: 0o600, flush }), { signal })
  } catch (error) {
    signal.throwIfAborted()
    throw explainDisk(error, path)
  }
}

/** Explains an error of the file system, such as a full disk; returns other errors as failures. */
export function explainDisk(error: unknown, path: string): Failure {
  const { code } = error as { code?: string }
  if (error instanceof Failure || code === undefined || !/^E[A-Z]+$/.test(code)) return asFailure(error)
  return new Failure('disk/not-writable', `could not write ${path}: ${(error as Error).message}`, {
    hint: 'The RDB is decompressed there first. Choose a folder with more space with --temporary, or free space.',
    cause: error,
  })
}

const piece = 256 << 10

async function readAgain(
  files: readonly string[],
  handler: RdbHandler,
  wait: () => Promise<void>,
  { signal, request, of }: { readonly signal: AbortSignal; readonly request: RedisRestoreRequest; readonly of: number },
): Promise<void> {
  const buffer = Buffer.allocUnsafeSlow(piece)
  let bytes = 0
  for (const path of files) {
    const reader = new RdbReader(handler, { checksum: false })
    const file = await open(path)
    try {
      for (;;) {
        signal.throwIfAborted()
        const { bytesRead } = await file.read(buffer, 0, piece)
        if (bytesRead === 0) break
        reader.write(buffer.subarray(0, bytesRead))
        await wait()
        bytes += bytesRead
        request.progress({ what: 'restoring', bytes, of })
      }
      reader.end()
    } finally {
      await file.close()
    }
  }
}
