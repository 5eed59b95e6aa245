// Runs COPY … TO STDOUT and reads its output as a stream.
import { setTimeout } from 'node:timers/promises'
import type pg from 'pg'
import { to as copyTo } from 'pg-copy-streams'
import { text } from '../quoting.ts'

/** Bytes of output after which the reader pauses on a chunk smaller than `little`. */
const much = 256 << 10
const little = 32 << 10
/** Milliseconds in which a server fills the socket buffers of a connection. */
const pause = 2

/**
 * Yields the bytes that the server sends. It sends 8 KB at a time, and waking the reader for each costs both sides more
 * than the bytes do. So after a small chunk, the reader pauses until more has arrived. If the caller does not read to
 * the end, the connection is closed, because the rest of the COPY would block it forever.
 */
export async function* copyOut(client: pg.Client, statement: string): AsyncGenerator<Buffer> {
  const stream = client.query(copyTo(statement, { highWaterMark: 1 << 16 }))
  let bytes = 0
  let over = false
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      yield chunk
      bytes += chunk.length
      if (bytes > much && chunk.length < little) await setTimeout(pause)
    }
    over = true
  } catch (error) {
    over = true
    throw error
  } finally {
    if (!over) await client.end().catch(() => {})
  }
}

/** Reads all output into memory: only for small output, such as a header. */
export async function copyAll(client: pg.Client, statement: string): Promise<Buffer> {
  const pieces: Buffer[] = []
  for await (const piece of copyOut(client, statement)) pieces.push(piece)
  return Buffer.concat(pieces)
}

const byteOrderMark = Buffer.from([0xef, 0xbb, 0xbf])

/** Returns the header line of a table's CSV as the server writes it; for Excel, preceded by a byte order mark. */
export async function headerOf(client: pg.Client, select: string, from: string, excel: boolean): Promise<Buffer> {
  const statement = `COPY (SELECT ${select} FROM ${from} AS t LIMIT 0) TO STDOUT (FORMAT csv, HEADER true)`
  const header = await copyAll(client, statement)
  return excel ? Buffer.concat([byteOrderMark, header]) : header
}

/**
 * Begins a read-only transaction in a snapshot that another connection exports. Turns JIT off: compiling a query with
 * many joins takes seconds and saves nothing.
 */
export async function joinSnapshot(client: pg.ClientBase, snapshot: string): Promise<void> {
  await client.query('SET jit = off')
  await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY')
  await client.query(`SET TRANSACTION SNAPSHOT ${text(snapshot)}`)
}
