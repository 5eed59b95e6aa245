// A client newer than the server, whose pg_restore sets transaction_timeout, which the server does not know.
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest'
import type { PostgresManifest } from '../../src/domain/manifest/manifest.ts'
import { compareDatabase } from '../../src/engines/postgres/compare/compare.ts'
import { loadBackup } from '../../src/engines/postgres/load/load.ts'
import type { LoadRequest } from '../../src/engines/postgres/load/request.ts'
import { type ClientTools, installedTools } from '../../src/engines/postgres/tools.ts'
import { openDirectoryStore } from '../../src/stores/directory/store.ts'
import { payloadSources } from '../../src/streams/payload.ts'
import { startPostgres, type TestPostgres } from '../support/postgres-server.ts'
import { backUpUrl, everything, temporaryFolder } from '../support/real-world.ts'
import { makeWideDatabase } from '../support/wide-database.ts'

const servers = inject('servers')
const [older, newer] = [servers['postgres-15'] ?? '', servers['postgres-17'] ?? '']
const formats = ['custom', 'plain', 'directory'] as const
type Format = (typeof formats)[number]
/** More than any disk has. */
const noRoom = { reserve: Number.MAX_SAFE_INTEGER }

describe.skipIf(!older || !newer)('a client of 17 with a server of 15', () => {
  let server: TestPostgres
  let folder: string
  let tools: ClientTools
  const made = new Map<string, PostgresManifest>()
  const { signal } = new AbortController()
  const store = () => openDirectoryStore(join(folder, 'store'))

  beforeAll(async () => {
    server = await startPostgres({ binFolder: older })
    folder = await temporaryFolder('clients')
    tools = (await installedTools('', [newer])).find((each) => each.folder === newer) as ClientTools
    const url = await makeWideDatabase(server, 'wide')
    for (const format of formats) {
      const dump = { format, selection: everything, jobs: 2, sourceCounts: false, globals: false, lockTimeout: 5 }
      made.set(format, (await backUpUrl(url, [store()], { dump })).manifest)
    }
    const failing = await server.createDatabase('failing')
    await server.query(
      'failing',
      `CREATE FUNCTION base(t text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT t';
       CREATE FUNCTION f(t text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN base(t); END';
       CREATE TABLE t (v text); CREATE INDEX t_f ON t (f(v)); INSERT INTO t VALUES ('x')`,
    )
    made.set('failing', (await backUpUrl(failing, [store()])).manifest)
  })

  afterAll(async () => {
    await server?.stop()
    await rm(folder, { recursive: true, force: true })
  })

  beforeEach(async () => {
    await server.dropDatabase('target')
    await server.createDatabase('target')
  })

  const load = (name: string, more: Partial<LoadRequest> = {}) => {
    const manifest = made.get(name) as PostgresManifest
    const payloads = payloadSources(store(), manifest, signal)
    const place = { address: server.address('target'), temporary: folder }
    return loadBackup({ ...place, tools, manifest, payloads, jobs: 2, signal, ...more })
  }

  test.each([
    ...formats.map((format): [Format, Partial<LoadRequest>] => [format, {}]),
    ['custom', noRoom],
    ['directory', { codeRunsAs: 'owners' }],
  ] as [Format, Partial<LoadRequest>][])('loads a backup in format %s, %o', async (format, more) => {
    const loaded = await load(format, more)
    const manifest = made.get(format) as PostgresManifest
    expect(await compareDatabase({ address: server.address('target'), tools, manifest, signal, ...loaded })).toEqual([])
  })

  test('restores no object again, and says what to do', async () => {
    await expect(load('failing', { isScratch: true })).rejects.toMatchObject({
      code: 'restore/inconsistent-backup',
      hint: expect.stringContaining('pg_restore --file=- ARCHIVE | psql'),
    })
  })
})
