// zstd compression and decompression, by the program `zstd` if it is on PATH (faster: it runs in parallel with Node),
// otherwise by Node. The format is the same.
import { accessSync, constants } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { type Duplex, Readable, type Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import zlib from 'node:zlib'
import { Failure } from '../../domain/failures/failure.ts'
import { type Child, harmlessEnvironment, preventAutoResume, startChild } from '../processes/child.ts'
import { notWhole, tooLong, tooShort } from './zstd-failures.ts'
import { oneFrame } from './zstd-frame.ts'

/** A stream that passes through a filter. `output` ends only after all of the input was processed successfully. */
export interface Filtered {
  readonly output: Readable
  /**
   * Resolves when the input is processed; rejects with the first failure of either side. A rejection is never
   * unhandled.
   */
  readonly done: Promise<void>
  stop(): Promise<void>
}

/** Path of the zstd program; undefined if there is none. */
function zstdProgram(): string | undefined {
  for (const folder of (harmlessEnvironment().PATH ?? '').split(delimiter).filter(Boolean)) {
    const program = join(folder, 'zstd')
    try {
      accessSync(program, constants.X_OK)
      return program
    } catch {}
  }
  return undefined
}

/** Compresses; `level` 1 to 19. The choice of the engine is based on measurements: docs/decisions. */
export function compress(source: Readable, level: number, engine: 'child' | 'node' | 'auto' = 'auto'): Filtered {
  const program = engine === 'node' ? undefined : zstdProgram()
  if (program) return throughChild(source, program, ['-q', '-T0', `-${level}`, '-c'])
  const parameters = { [zlib.constants.ZSTD_c_compressionLevel]: level, [zlib.constants.ZSTD_c_checksumFlag]: 1 }
  return throughTransform(source, zlib.createZstdCompress({ chunkSize: 1 << 18, params: parameters }))
}

/**
 * Decompresses to exactly `contentBytes`. Damaged input, or input that is not one frame, fails with
 * `backup/content-mismatch` on both `output` and `done`. Shorter or longer content fails on `output`; nothing beyond
 * that length is passed on or requested. `what` is for messages.
 */
export function decompress(
  source: Readable,
  contentBytes: number,
  what: string,
  engine: 'child' | 'node' | 'auto' = 'auto',
): Filtered {
  const damaged = notWhole(what)
  const program = engine === 'node' ? undefined : zstdProgram()
  const frame = frameOf(source, damaged)
  const filtered = program
    ? throughChild(frame, program, decompressing, damaged)
    : throughTransform(frame, zlib.createZstdDecompress({ chunkSize: 1 << 18, params: windowLimit }), damaged)
  const output = Readable.from(exactly(filtered, contentBytes, what), { objectMode: false, highWaterMark: 1 << 18 })
  return { ...filtered, output }
}

/**
 * Decompresses into an empty file, as `decompress` does. The zstd program writes to the file itself; `ulimit` prevents
 * it from writing more than `contentBytes`, rounded up to 512. Throws the failures of `output`, and `disk/full`.
 */
export async function decompressInto(
  file: FileHandle,
  source: Readable,
  contentBytes: number,
  what: string,
  signal: AbortSignal,
): Promise<void> {
  const program = zstdProgram()
  if (!program) {
    const { output } = decompress(source, contentBytes, what, 'node')
    return pipeline(output, file.createWriteStream({ autoClose: false }), { signal })
  }
  const damaged = notWhole(what)
  const child = startChild({
    command: '/bin/sh',
    arguments: ['-c', limitedScript, 'sh', String(Math.ceil(contentBytes / 512)), program, ...decompressing],
    ...{ stdin: 'pipe', stdout: file.fd, signal },
    explain: (stderr, exit) => {
      if (/No space left|quota exceeded/i.test(stderr))
        return new Failure('disk/full', `could not write ${what}: ${stderr}`)
      return exit.includes('SIGXFSZ') ? tooLong(what, contentBytes) : damaged(stderr || exit)
    },
  })
  await fed(child, frameOf(source, damaged))
  const { size } = await file.stat()
  if (size > contentBytes) throw tooLong(what, contentBytes)
  if (size < contentBytes) throw tooShort(what, contentBytes, size)
}

/** Runs a program that cannot write more than `$1` blocks of 512 bytes to a file. */
const limitedScript = 'ulimit -c 0; ulimit -f "$1"; shift; exec "$@"'

/** Maximum window of a decompressor. `compress` at level 19 uses 8 MiB. */
const windowBytes = 128 << 20
const decompressing = ['-q', '-d', '-c', `--memory=${windowBytes >> 20}MB`]
const windowLimit = { [zlib.constants.ZSTD_d_windowLogMax]: Math.log2(windowBytes) }

async function* exactly({ output, stop }: Filtered, contentBytes: number, what: string): AsyncGenerator<Uint8Array> {
  let bytes = 0
  try {
    for await (const chunk of output as AsyncIterable<Uint8Array>) {
      bytes += chunk.length
      if (bytes > contentBytes) throw tooLong(what, contentBytes)
      yield chunk
    }
  } finally {
    await stop()
  }
  if (bytes < contentBytes) throw tooShort(what, contentBytes, bytes)
}

function frameOf(source: Readable, damaged: (detail: string) => Failure): Readable {
  return Readable.from(oneFrame(source, damaged), { objectMode: false, highWaterMark: 1 << 18 })
}

function throughChild(
  source: Readable,
  program: string,
  parameters: readonly string[],
  explain?: (detail: string) => Failure,
): Filtered {
  const child = startChild({
    command: program,
    arguments: parameters,
    stdin: 'pipe',
    ...(explain ? { explain: (stderr: string, exit: string) => explain(stderr || exit) } : {}),
  })
  const done = fed(child, source)
  done.catch(() => {})
  const output = Readable.from(until(preventAutoResume(child.stdout), done), {
    objectMode: false,
    highWaterMark: 1 << 18,
  })
  return { output, done, stop: () => child.stop() }
}

/** Resolves when the child has read the whole source and exited 0. */
async function fed(child: Child, source: Readable): Promise<void> {
  try {
    await feedInBatches(source, child.stdin)
  } catch (error) {
    // If the child died first, its failure explains the broken pipe. Any other error is that of the source.
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EPIPE' || code === 'ERR_STREAM_PREMATURE_CLOSE') await child.exited
    await child.stop()
    throw error
  }
  await child.exited
}

const batchBytes = 1 << 17

/**
 * Like `pipeline`, but writes many small chunks in one system call: pg_dump writes a few KB at a time, and one write
 * for each would cost more than all other processing (docs/decisions/0002).
 */
function feedInBatches(source: Readable, target: Writable): Promise<void> {
  return new Promise((resolve, reject) => {
    let held = 0
    const release = (): void => {
      held = 0
      target.uncork()
      if (!target.writableNeedDrain || target.destroyed) return
      source.pause()
      target.once('drain', () => source.resume())
    }
    const fail = (error: Error): void => {
      source.destroy()
      target.destroy()
      reject(error)
    }
    if (source.destroyed || target.destroyed) return fail(source.errored ?? prematureClose())
    source.on('data', (chunk: Uint8Array) => {
      if (held === 0) target.cork()
      held += chunk.length
      target.write(chunk)
      if (held >= batchBytes) release()
    })
    source.once('error', fail)
    source.once('close', () => {
      if (!source.readableEnded) fail(prematureClose())
    })
    source.once('end', () => {
      if (held > 0) target.uncork()
      target.end()
    })
    target.once('error', fail)
    target.once('close', () => (target.writableFinished ? resolve() : fail(prematureClose())))
    target.once('finish', resolve)
    source.resume()
  })
}

function prematureClose(): Error {
  return Object.assign(new Error('Premature close'), { code: 'ERR_STREAM_PREMATURE_CLOSE' })
}

function throughTransform(
  source: Readable,
  transform: Duplex & Writable,
  explain?: (detail: string) => Failure,
): Filtered {
  const fed = pipeline(source, transform)
  const explained = (error: NodeJS.ErrnoException): Error =>
    explain && /^(ERR_ZSTD|ZSTD|Z_)/.test(error.code ?? '') ? explain(error.message) : error
  const done = fed.catch((error) => {
    throw explained(error)
  })
  done.catch(() => {})
  const output = Readable.from(until(transform, done, explained), { objectMode: false, highWaterMark: 1 << 18 })
  return {
    output,
    done,
    stop: async () => {
      transform.destroy()
    },
  }
}

async function* until(
  stream: Readable,
  done: Promise<void>,
  explained = (error: Error) => error,
): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of stream) yield chunk as Uint8Array
  } catch (error) {
    await done // rejects with the better explanation, if there is one
    throw explained(error as Error)
  }
  await done
}
