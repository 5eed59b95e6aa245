// One COPY … TO STDOUT, read piece by piece.
import type pg from 'pg'
import { to as copyTo } from 'pg-copy-streams'
import { text } from '../quoting.ts'

/** Bytes as the server sends them. */
export async function* copyOut(client: pg.ClientBase, statement: string): AsyncGenerator<Buffer> {
  const stream = client.query(copyTo(statement, { highWaterMark: 1 << 20 }))
  for await (const chunk of stream as AsyncIterable<Buffer>) yield chunk
}

/** All of it: for a header, or something of that size. */
export async function copyAll(client: pg.ClientBase, statement: string): Promise<Buffer> {
  const pieces: Buffer[] = []
  for await (const piece of copyOut(client, statement)) pieces.push(piece)
  return Buffer.concat(pieces)
}

/** The header line of a table's CSV, as the server writes it. */
export function headerOf(client: pg.ClientBase, select: string, from: string): Promise<Buffer> {
  return copyAll(client, `COPY (SELECT ${select} FROM ${from} AS t LIMIT 0) TO STDOUT (FORMAT csv, HEADER true)`)
}

/** Joins the snapshot that another connection holds. Where many tables are joined, compiling takes seconds and saves nothing. */
export async function joinSnapshot(client: pg.ClientBase, snapshot: string): Promise<void> {
  await client.query('SET jit = off')
  await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY')
  await client.query(`SET TRANSACTION SNAPSHOT ${text(snapshot)}`)
}
