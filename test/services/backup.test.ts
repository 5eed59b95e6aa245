import { execFile } from 'node:child_process'
import { readdir, readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { PostgresManifest } from '../../src/domain/manifest/manifest.ts'
import { openDirectoryStore } from '../../src/stores/directory/store.ts'
import { startPostgres, type TestPostgres } from '../support/postgres-server.ts'
import { backUpUrl, everything, temporaryFolder } from '../support/real-world.ts'
import { makeWideDatabase } from '../support/wide-database.ts'

const run = promisify(execFile)
let server: TestPostgres
let folder: string
let wide: string

beforeAll(async () => {
  server = await startPostgres()
  folder = await temporaryFolder('backup-test')
  wide = await makeWideDatabase(server, 'wide')
})

afterAll(async () => {
  await server?.stop()
  await rm(folder, { recursive: true, force: true })
})

const store = (name: string) => openDirectoryStore(join(folder, name))
const place = (name: string, { name: backup, id }: PostgresManifest): string => join(folder, name, backup, id)
const rows = (manifest: PostgresManifest, table: string): number | undefined =>
  manifest.fingerprint.tables.find((print) => print.table === table)?.rows

describe('a backup of a database with one of everything', () => {
  const formats = ['custom', 'plain', 'directory'] as const
  const made = new Map<string, PostgresManifest>()

  test.each(formats)('works in format %s, and sha256sum agrees', async (format) => {
    const { manifest } = await backUpUrl(wide, [store(format)], { dump: { ...defaults, format } })
    made.set(format, manifest)
    const { stdout } = await run('sha256sum', ['-c', '--strict', 'SHA256SUMS'], { cwd: place(format, manifest) })
    expect(stdout.trim().split('\n')).toHaveLength(manifest.payloads.length)
    expect(manifest.dump).toMatchObject({ format, archiveVersion: '1.14', sourceCounts: 'agreed' })
  })

  test('gives the same fingerprint in every format', () => {
    const prints = formats.map((format) => {
      const print = made.get(format)?.fingerprint
      return {
        ...print,
        tables: [...(print?.tables ?? [])].sort((a, b) =>
          `${a.schema}.${a.table}` < `${b.schema}.${b.table}` ? -1 : 1,
        ),
      }
    })
    expect(prints[0]?.tables?.length).toBeGreaterThan(10)
    expect(prints[1]).toEqual(prints[0])
    expect(prints[2]).toEqual(prints[0])
  })

  test('the digest of a table is that of COPY with the dump’s settings', async () => {
    const print = made.get('custom')?.fingerprint.tables.find(({ table }) => table.startsWith('🐘'))
    const copy = `COPY "Odd ""schema"".x"."🐘 t(a, b) FROM" TO STDOUT`
    const { stdout } = await run('bash', ['-c', 'psql -XAt -d "$URL" -c "$COPY" | sha256sum'], {
      env: { ...process.env, URL: wide, COPY: copy },
    })
    expect(`${print?.sha256}  -\n`).toBe(stdout)
  })

  test('files are private to their owner', async () => {
    const at = place('custom', made.get('custom') as PostgresManifest)
    expect((await stat(at)).mode & 0o777).toBe(0o700)
    for (const file of await readdir(at)) expect((await stat(join(at, file))).mode & 0o777).toBe(0o600)
  })

  test('can be restored by hand with zstd and pg_restore alone', async () => {
    await server.createDatabase('by hand')
    const script =
      'zstd -dc "$AT/database.dump.zst" > "$AT/by-hand.dump" && pg_restore --exit-on-error -j2 -d "$TARGET" "$AT/by-hand.dump" && rm "$AT/by-hand.dump"'
    await run('bash', ['-c', script], {
      env: {
        ...process.env,
        AT: place('custom', made.get('custom') as PostgresManifest),
        TARGET: server.url('by hand'),
      },
    })
    const [count] = await server.query<{ n: number }>('by hand', 'SELECT count(*)::int AS n FROM "Product"')
    expect(count?.n).toBe(20)
  })

  test('plain SQL can be restored by hand with zstd and psql alone', async () => {
    await server.createDatabase('by psql')
    const script = 'set -o pipefail; zstd -dc "$AT/database.sql.zst" | psql -X -q -v ON_ERROR_STOP=1 -1 -d "$TARGET"'
    await run('bash', ['-c', script], {
      env: { ...process.env, AT: place('plain', made.get('plain') as PostgresManifest), TARGET: server.url('by psql') },
    })
    const [count] = await server.query<{ n: number }>('by psql', 'SELECT count(*)::int AS n FROM "Product"')
    expect(count?.n).toBe(20)
  })

  test('globals.sql holds the roles', async () => {
    const { stdout } = await run('zstd', [
      '-dc',
      join(place('custom', made.get('custom') as PostgresManifest), 'globals.sql.zst'),
    ])
    expect(stdout).toContain('CREATE ROLE postgres')
  })
})

const defaults = {
  format: 'custom' as const,
  selection: everything,
  jobs: 2,
  sourceCounts: true,
  globals: true,
  lockTimeout: 5,
}

describe('a part of a database', () => {
  const part = async (selection: Partial<typeof everything>) =>
    (
      await backUpUrl(wide, [store('parts')], {
        dump: { ...defaults, selection: { ...everything, ...selection } },
      })
    ).manifest

  test('only some tables', async () => {
    const manifest = await part({ tables: ['public."Tenant"'] })
    expect(manifest.fingerprint.tables.map(({ table }) => table)).toEqual(['Tenant'])
    expect(manifest.fingerprint.largeObjects).toBeUndefined()
  })

  test('all but a schema, and a table without its rows', async () => {
    const manifest = await part({ excludeSchemas: ['"Odd"*'], excludeTableData: ['public."Product"'] })
    expect(rows(manifest, 'Product')).toBeUndefined()
    expect(manifest.fingerprint.tables.some(({ schema }) => schema.startsWith('Odd'))).toBe(false)
    expect(rows(manifest, 'Tenant')).toBe(3)
  })

  test('only the schema', async () => {
    const manifest = await part({ parts: 'schema-only' })
    expect(manifest.fingerprint.tables).toEqual([])
    expect(manifest.fingerprint.inventory?.objects.TABLE?.count).toBeGreaterThan(5)
  })

  test('only the data', async () => {
    const manifest = await part({ parts: 'data-only' })
    expect(rows(manifest, 'Product')).toBe(20)
  })

  test('a pattern that fits nothing is a failure, and nothing is left', async () => {
    await expect(
      backUpUrl(wide, [store('none')], { dump: { ...defaults, selection: { ...everything, tables: ['nope'] } } }),
    ).rejects.toMatchObject({
      message: expect.stringContaining('no matching tables'),
    })
    expect(await readdir(join(folder, 'none'))).toEqual([])
  })
})

describe('databases of every name and encoding', () => {
  test.each(['a b', `it's "x"; $(touch /tmp/oh) \`id\``, '../../etc', 'host=evil user=x', 'ü🙂', '-d', 'x'.repeat(63)])(
    '%s',
    async (name) => {
      const url = await server.createDatabase(name)
      await server.query(name, 'CREATE TABLE t (a int); INSERT INTO t VALUES (1)')
      const { manifest } = await backUpUrl(url, [store('names')])
      expect(manifest.database.name).toBe(name)
      expect(rows(manifest, 't')).toBe(1)
      expect(await readdir(folder)).toContain('names')
      const text = await readFile(join(place('names', manifest), 'manifest.json'), 'utf8')
      expect(JSON.parse(text).id).toBe(manifest.id)
    },
  )

  test.each(['LATIN1', 'SQL_ASCII'])('encoding %s', async (encoding) => {
    const name = `in ${encoding}`
    const url = await server.createDatabase(name, `ENCODING ${encoding} LOCALE 'C'`)
    await server.query(
      name,
      `CREATE TABLE t (a text); INSERT INTO t VALUES ('plain')${encoding === 'LATIN1' ? ', (chr(233))' : ''}`,
    )
    const { manifest } = await backUpUrl(url, [store('encodings')])
    expect(manifest.database.encoding).toBe(encoding)
    expect(manifest.dump.sourceCounts).toBe('agreed')
  })

  test('a database that overrides how bytes are written gives the same digests', async () => {
    const url = await makeWideDatabase(server, 'overriding')
    await server.query(
      'postgres',
      `ALTER DATABASE overriding SET bytea_output = 'escape'; ALTER DATABASE overriding SET DateStyle = 'German'; ALTER DATABASE overriding SET TimeZone = 'Asia/Tokyo'; ALTER DATABASE overriding SET default_transaction_read_only = on`,
    )
    const { manifest } = await backUpUrl(url, [store('overriding')])
    const first = await backUpUrl(wide, [store('overriding')])
    const product = (m: PostgresManifest) => m.fingerprint.tables.find(({ table }) => table === 'Product')?.sha256
    expect(product(manifest)).toBe(product(first.manifest))
  })
})
