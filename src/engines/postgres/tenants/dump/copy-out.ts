// One COPY … TO STDOUT, read piece by piece.
import { setTimeout } from 'node:timers/promises'
import type pg from 'pg'
import { to as copyTo } from 'pg-copy-streams'
import { text } from '../quoting.ts'

/** Of a COPY that gives more than this, what is little is not fetched piece by piece. */
const much = 256 << 10
const little = 32 << 10
/** Milliseconds in which a server fills what the system holds for a connection. */
const pause = 2

/**
 * Bytes as the server sends them: 8 KB at a time, and whoever waits for each is woken for each, which costs both sides
 * more than the bytes do. So where little has come, more is left to gather. Whoever does not read to the end loses the
 * connection: what is left of the COPY would block it forever.
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

/** All of it: for a header, or something of that size. */
export async function copyAll(client: pg.Client, statement: string): Promise<Buffer> {
  const pieces: Buffer[] = []
  for await (const piece of copyOut(client, statement)) pieces.push(piece)
  return Buffer.concat(pieces)
}

const byteOrderMark = Buffer.from([0xef, 0xbb, 0xbf])

/** The header line of a table's CSV, as the server writes it; for Excel after a byte order mark. */
export async function headerOf(client: pg.Client, select: string, from: string, excel: boolean): Promise<Buffer> {
  const statement = `COPY (SELECT ${select} FROM ${from} AS t LIMIT 0) TO STDOUT (FORMAT csv, HEADER true)`
  const header = await copyAll(client, statement)
  return excel ? Buffer.concat([byteOrderMark, header]) : header
}

/**
 * Joins the snapshot that another connection holds. Where many tables are joined, compiling takes seconds and saves
 * nothing.
 */
export async function joinSnapshot(client: pg.ClientBase, snapshot: string): Promise<void> {
  await client.query('SET jit = off')
  await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY')
  await client.query(`SET TRANSACTION SNAPSHOT ${text(snapshot)}`)
}
