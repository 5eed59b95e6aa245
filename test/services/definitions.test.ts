// Definitions of restored objects: changes of meaning are found, and different texts with the same meaning are not.
import { execFile } from 'node:child_process'
import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Difference } from '../../src/domain/fingerprint/fingerprint.ts'
import type { PostgresManifest } from '../../src/domain/manifest/manifest.ts'
import { compareDatabase } from '../../src/engines/postgres/compare/compare.ts'
import { normalizeDefinition } from '../../src/engines/postgres/definitions/normalize-definition.ts'
import { loadBackup } from '../../src/engines/postgres/load/load.ts'
import type { Loaded } from '../../src/engines/postgres/load/request.ts'
import { openDirectoryStore } from '../../src/stores/directory/store.ts'
import { payloadSources } from '../../src/streams/payload.ts'
import { changedDefinitions, citextExpressions, citextObjects } from '../support/definition-samples.ts'
import { drill, openFolder } from '../support/drill.ts'
import { startPostgres, type TestPostgres } from '../support/postgres-server.ts'
import { backUpUrl, everything } from '../support/real-world.ts'
import { runRestore } from '../support/restore-run.ts'

const run = promisify(execFile)

let server: TestPostgres
let folder: string
const { signal } = new AbortController()
const store = (name: string) => openDirectoryStore(join(folder, name))

interface Restored {
  readonly manifest: PostgresManifest
  readonly loaded: Loaded
  readonly database: string
}

async function restored(source: string, format: 'custom' | 'plain'): Promise<Restored> {
  const database = `${source}_${format}`
  const dump = { format, selection: everything, jobs: 2, sourceCounts: false, globals: false, lockTimeout: 5 }
  const { manifest } = await backUpUrl(server.url(source), [store(database)], { dump })
  await server.createDatabase(database)
  const payloads = payloadSources(store(database), manifest, signal)
  const address = server.address(database)
  const loaded = await loadBackup({
    address,
    tools: server.tools,
    manifest,
    payloads,
    jobs: 2,
    temporary: folder,
    signal,
  })
  return { manifest, loaded, database }
}

async function compared(
  { manifest, loaded }: Restored,
  database: string,
): Promise<{ found: Difference[]; notes: string[] }> {
  const notes: string[] = []
  const given = { address: server.address(database), tools: server.tools, manifest, signal, ...loaded }
  return { found: await compareDatabase({ ...given, onNote: (note) => notes.push(note) }), notes }
}

/**
 * What pg_dump prints of all definitions and rows, in the normal form (docs/decisions/0014) and without its random key
 * of psql's restricted mode.
 */
async function printed(database: string): Promise<string[]> {
  const { stdout } = await run(join(server.tools.folder, 'pg_dump'), [server.url(database)], { maxBuffer: 1 << 26 })
  const statements = stdout.replaceAll(/^(--|\\(un)?restrict ).*\n/gm, '').split(/;\n\n/)
  return statements.map((statement) => normalizeDefinition(statement))
}

/** `VIEW public.v`, as the sentence begins. */
const subjects = (found: readonly Difference[]) =>
  found.map(({ sentence }) => sentence.replace(/: (the definition|uses operator).*$/s, '')).sort()

beforeAll(async () => {
  server = await startPostgres()
  folder = await openFolder('definitions-test')
  await server.createDatabase('every')
  await server.query(
    'every',
    await readFile(join(import.meta.dirname, '../fixtures/definitions/every-kind.sql'), 'utf8'),
  )
  await server.createDatabase('citext')
  await server.query('citext', citextExpressions)
})

afterAll(async () => {
  await server?.stop()
  await rm(folder, { recursive: true, force: true })
})

describe('a database with every kind of object', () => {
  let custom: Restored
  let plain: Restored

  beforeAll(async () => {
    custom = await restored('every', 'custom')
    plain = await restored('every', 'plain')
  })

  test('has the definitions of its backup after a restore', async () => {
    expect(await compared(custom, custom.database)).toEqual({ found: [], notes: [] })
    expect(Object.keys(custom.manifest.fingerprint.inventory?.objects ?? {}).length).toBeGreaterThan(35)
  })

  test('has them after a restore of plain SQL, but for those that may hold passwords', async () => {
    const { found, notes } = await compared(plain, plain.database)
    expect(found).toEqual([])
    expect(notes).toEqual([expect.stringMatching(/^2 definitions not compared/)])
  })

  test('is printed by pg_dump as in the source, after the restore of a drill and after a swap', async () => {
    await server.createDatabase('live', 'TEMPLATE every')
    await backUpUrl(server.url('live'), [store('live')])
    const { record } = await drill([store('live')], 'latest', folder)
    expect([record.verdict, record.differences]).toEqual(['proven', []])
    const before = await printed('live')
    const [{ oid } = { oid: 0 }] = await server.query<{ oid: number }>(
      'live',
      'SELECT oid FROM pg_database WHERE datname = current_database()',
    )
    await runRestore(server.url('live'), [store('live')], { confirm: 'live' })
    expect(await server.query('live', 'SELECT oid FROM pg_database WHERE datname = current_database()')).not.toEqual([
      { oid },
    ])
    expect(await printed('live')).toEqual(before)
    expect(await printed(custom.database)).toEqual(before)
  })

  test('stores no digest of definitions that may hold passwords', () => {
    const objects = custom.manifest.fingerprint.inventory?.objects
    expect(objects?.['USER MAPPING']).toEqual({ count: 1, sha256: expect.any(String) })
    expect(objects?.SERVER).toEqual({ count: 1, sha256: expect.any(String) })
  })

  test('has a difference for each definition that changed', async () => {
    await server.createDatabase('changed', `TEMPLATE ${custom.database}`)
    for (const [sql] of changedDefinitions) await server.query('changed', sql)
    const { found } = await compared(custom, 'changed')
    const expected = [...new Set(changedDefinitions.map(([, subject]) => subject))]
    expect(subjects(found)).toEqual(expect.arrayContaining(expected))
    expect(JSON.stringify(found)).not.toMatch(/secret|RETURN OLD/)
  })

  test('has a difference for a changed definition after a restore of plain SQL, too', async () => {
    await server.query(plain.database, `ALTER TABLE app.base ALTER v SET DEFAULT 'y'; ALTER EVENT TRIGGER et ENABLE`)
    expect(subjects((await compared(plain, plain.database)).found)).toEqual(['EVENT TRIGGER et', 'TABLE app.base'])
  })
})

describe('expressions that find another operator after a restore', () => {
  test('are named in a comparison, and those that find the same one are not', async () => {
    const { found } = await compared(await restored('citext', 'custom'), 'citext_custom')
    expect(subjects(found)).toEqual(citextObjects)
  })

  test('fail a drill', async () => {
    const { manifest } = await backUpUrl(server.url('citext'), [store('drill')])
    const { record } = await drill([store('drill')], manifest.id, folder)
    expect(record.verdict).toBe('failed')
    expect(subjects(record.differences)).toEqual(citextObjects)
  })

  test('fail a swap before the names change', async () => {
    await backUpUrl(server.url('citext'), [store('swap')])
    const swap = runRestore(server.url('citext'), [store('swap')], { confirm: 'citext' })
    await expect(swap).rejects.toMatchObject({ code: 'restore/differs' })
    expect(await server.query('postgres', `SELECT FROM pg_database WHERE datname LIKE 'citext\\_restore%'`)).toEqual([])
  })
})
