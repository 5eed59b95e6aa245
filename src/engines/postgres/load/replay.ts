// Restores one entry of an archive again, with the search_path of its source database.
import { once } from 'node:events'
import { join } from 'node:path'
import pg from 'pg'
import { from as copyFrom } from 'pg-copy-streams'
import type { TocEntry } from '../archive/toc-entry.ts'
import type { Address } from '../connection/address.ts'
import { connect } from '../connection/connect.ts'
import { qualified } from '../dump/snapshot.ts'
import { explainLoad } from './explain-load.ts'
import type { LoadRequest } from './request.ts'
import { startLoading, writeList } from './restore-tool.ts'

/** Kinds of entries whose restore can run functions, and that have no owner to set. */
const kinds: ReadonlySet<string> = new Set([
  ...['TABLE DATA', 'INDEX', 'CONSTRAINT', 'CHECK CONSTRAINT', 'FK CONSTRAINT', 'TRIGGER', 'POLICY', 'RULE'],
  ...['TABLE ATTACH', 'INDEX ATTACH', 'MATERIALIZED VIEW DATA'],
])

export function isReplayable({ description }: TocEntry): boolean {
  return kinds.has(description)
}

/** The rights with which an entry is restored again. */
export interface ReplaySession {
  readonly address: Address
  /** Role for SET ROLE. */
  readonly role?: string | undefined
}

interface Replay {
  readonly entry: TocEntry
  readonly schemas: readonly string[]
  readonly folder: string
  readonly archive: string
  /** Encoding of the archive's rows. */
  readonly encoding: string
}

/** As in the sessions of pg_restore and psql: foreign servers are not contacted. */
const quietSql = `SELECT pg_catalog.set_config(s.name, 'foreign-table', true)
  FROM pg_catalog.pg_settings s WHERE s.name OPERATOR(pg_catalog.=) 'restrict_nonsystem_relation_kind'`

/** Restores the entry in a separate transaction. Throws the server's error. */
export async function replay(request: LoadRequest, session: ReplaySession, task: Replay): Promise<void> {
  const client = await connect(session.address, 'resettable')
  const stop = (): void => void client.end().catch(() => {})
  request.signal.addEventListener('abort', stop, { once: true })
  try {
    await client.query('BEGIN')
    await client.query(quietSql)
    if (session.role !== undefined) await client.query(`SET LOCAL ROLE ${pg.escapeIdentifier(session.role)}`)
    const path = task.schemas.map((schema) => pg.escapeIdentifier(schema)).join(', ')
    await client.query("SELECT pg_catalog.set_config('search_path', $1, true)", [path])
    const tablespace = request.noTablespaces ? '' : (task.entry.tablespace ?? '')
    await client.query("SELECT pg_catalog.set_config('default_tablespace', $1, true)", [tablespace])
    if (task.entry.copyStatement === undefined) await client.query(task.entry.definition)
    else await copyRows(request, client, task, task.entry.copyStatement)
    await client.query('COMMIT')
  } finally {
    request.signal.removeEventListener('abort', stop)
    await client.end().catch(() => {})
  }
}

async function copyRows(request: LoadRequest, client: pg.Client, task: Replay, statement: string): Promise<void> {
  const { entry, folder, archive, encoding } = task
  const list = await writeList([entry], folder)
  await request.sandbox?.share(folder)
  const child = startLoading(request, {
    command: join(request.tools.folder, 'pg_restore'),
    arguments: ['--file=-', '--data-only', `--use-list=${list}`, archive],
    environment: { LC_ALL: 'C' },
    stdout: 'pipe',
    explain: explainLoad('pg_restore', request.address.display, request.tools.major),
  })
  const script = child.output() // at once: unread output of a program that has ended is lost
  await client.query(`TRUNCATE ONLY ${qualified({ schema: entry.schema ?? '', table: entry.tag })}`)
  const rows = client.query(
    copyFrom(statement.trim().replace(/FROM stdin;$/, `FROM stdin (ENCODING ${pg.escapeLiteral(encoding)})`)),
  )
  let failure: unknown
  const ended = Promise.race([
    once(rows, 'finish'),
    once(rows, 'error').then(([error]) => Promise.reject(error)),
  ]).catch((error) => {
    failure = error
  })
  // The script is read to its end even if the server rejects the rows: stopping one program of a sandbox would end all
  // of them.
  for await (const chunk of afterHead(script, statement)) {
    if (failure === undefined && !rows.write(chunk)) await Promise.race([once(rows, 'drain').catch(() => {}), ended])
  }
  if (failure === undefined) rows.end()
  await ended
  if (failure !== undefined) throw failure
}

/** What follows the COPY statement. PostgreSQL ignores everything after the end of the rows. */
async function* afterHead(script: AsyncIterable<Uint8Array>, statement: string): AsyncGenerator<Uint8Array> {
  let head: Buffer | undefined = Buffer.alloc(0)
  const line = Buffer.from(' FROM stdin;\n')
  const start = Buffer.from(statement.slice(0, 5))
  for await (const chunk of script) {
    if (head === undefined) {
      yield chunk
      continue
    }
    head = Buffer.concat([head, chunk])
    const copy = head.indexOf(Buffer.concat([Buffer.from('\n'), start]))
    const end = copy === -1 ? -1 : head.indexOf(line, copy)
    if (end === -1) continue
    yield head.subarray(end + line.length)
    head = undefined
  }
}
