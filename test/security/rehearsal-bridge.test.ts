// Connections of a rehearsed migration
// A rehearsed migration connects to the scratch server as another role or to another database.
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Duplex, duplexPair } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { admitClient } from '../../src/engines/postgres/rehearsal/admit.ts'
import { openDirectoryStore } from '../../src/stores/directory/store.ts'
import { openFolder } from '../support/drill.ts'
import { startPostgres, type TestPostgres } from '../support/postgres-server.ts'
import { backUpUrl } from '../support/real-world.ts'
import { drillWithRehearsal, writeFiles } from '../support/rehearsal.ts'

describe('scratch server that accepts every login', () => {
  let server: TestPostgres
  let folder: string
  let backup: string

  beforeAll(async () => {
    server = await startPostgres()
    folder = await openFolder('rehearsal-bridge')
    const url = await server.createDatabase('shop')
    await server.query('shop', 'CREATE TABLE t AS SELECT i AS a FROM generate_series(1, 10) i')
    backup = (await backUpUrl(url, [openDirectoryStore(join(folder, 'store'))])).manifest.id
    const trust = 'host all all all trust\nlocal all all trust\nhost replication all all trust\n'
    const [{ path } = { path: '' }] = await server.query<{ path: string }>(
      'postgres',
      "SELECT current_setting('hba_file') AS path",
    )
    await writeFile(path, trust)
    await server.query('postgres', 'SELECT pg_reload_conf()')
    const attacks = await readFile(join(import.meta.dirname, '../support/startup-attacks.mjs'), 'utf8')
    await writeFiles(join(folder, 'checkout'), { 'attacks.mjs': attacks })
  }, 120_000)

  afterAll(async () => {
    await server?.stop()
    await rm(folder, { recursive: true, force: true })
  })

  const rehearse = (migrateCommand: string) =>
    drillWithRehearsal({
      ...{ store: join(folder, 'store'), backup, temporary: join(folder, 'temporary') },
      server: { url: server.superuserUrl, database: 'rehearsal_scratch' },
      rehearsal: { directory: join(folder, 'checkout'), migrateCommand },
    })

  test('startup packets for another user, another database or replication are not sent to the server', async () => {
    const { said } = await rehearse('node attacks.mjs')
    const lines = said.map((line) => line.replace(/^\| /, '')).filter((line) => line.startsWith('{"attack"'))
    const got = lines.map((line) => JSON.parse(line) as { attack: string; got: string })
    expect(got.length, said.join('\n')).toBe(29)
    const me =
      'i am resguardo_rehearsal_rehearsal_scratch as resguardo_rehearsal_rehearsal_scratch in rehearsal_scratch'
    for (const { attack, got: answer } of got) {
      if (attack.startsWith('the permitted login')) expect(`${attack}: ${answer}`).toBe(`${attack}: ${me}`)
      else expect([me, 'refused'], `${attack}: ${answer}`).toContain(answer.replace(/^refused.*/, 'refused'))
    }
    expect(got.filter(({ got: answer }) => answer === me)).toHaveLength(2)
  })

  test('psql as user postgres is refused, and the error states the reason', async () => {
    const { said, record } = await rehearse(
      `PGUSER=postgres PGPASSWORD= PGDATABASE=postgres psql -X -c "COPY (SELECT 1) TO PROGRAM 'touch ${folder}/stolen'"`,
    )
    expect(record.rehearsal).toMatchObject({ verdict: 'failed' })
    expect(said.join('\n')).toContain('refused a connection of the rehearsed command: the user is "postgres"')
    await expect(readFile(join(folder, 'stolen'))).rejects.toMatchObject({ code: 'ENOENT' })
  })
})

describe('arbitrary startup packets', () => {
  const allowed = { user: 'rehearsal_né', database: 'shop' }

  /** What a server would get: the startup, then the rest; nothing if the client was refused. */
  async function heardByServer(packets: readonly Buffer[]): Promise<Buffer> {
    const [client, inner] = duplexPair()
    const heard: Buffer[] = []
    const server = new Duplex({
      read: () => {},
      write: (bytes: Buffer, _, done) => {
        heard.push(bytes)
        done()
      },
    })
    client.resume()
    for (const packet of packets) client.write(packet)
    client.end()
    const admitted = await admitClient(inner, allowed, async () => server).catch(() => undefined)
    if (admitted) {
      inner.pipe(admitted)
      await sleep(0)
    }
    client.destroy()
    inner.destroy()
    return Buffer.concat(heard)
  }

  /** As ProcessStartupPacket of the server reads it: of several values the last counts. */
  function asServerReads(bytes: Buffer): Record<string, string> {
    expect(bytes.readUInt32BE(4) >>> 16).toBe(3)
    const words = bytes.toString('utf8', 8, bytes.readUInt32BE(0)).split('\0')
    const found: Record<string, string> = {}
    for (let index = 0; index + 1 < words.length && words[index] !== ''; index += 2)
      found[words[index] ?? ''] = words[index + 1] ?? ''
    return found
  }

  const word = fc.oneof(
    fc.constantFrom(
      'user',
      'database',
      'replication',
      'options',
      'postgres',
      allowed.user,
      allowed.database,
      '',
      'true',
    ),
    fc.string({ maxLength: 12 }),
  )
  const startup = fc
    .record({
      words: fc.array(word, { maxLength: 12 }),
      head: fc.boolean(),
      end: fc.constantFrom('\0', '', '\0\0', 'x'),
      off: fc.oneof(
        { weight: 6, arbitrary: fc.constant(0) },
        { weight: 1, arbitrary: fc.integer({ min: -9, max: 9 }) },
      ),
      code: fc.oneof(
        { weight: 6, arbitrary: fc.constantFrom(0x3_00_00, 0x3_00_02) },
        { weight: 1, arbitrary: fc.nat(0xff_ff_ff_ff) },
      ),
    })
    .map(({ words, head, end, off, code }) => {
      const all = head ? ['user', allowed.user, 'database', allowed.database, ...words] : words
      const body = Buffer.from(all.map((each) => `${each}\0`).join('') + end)
      const bytes = Buffer.alloc(8)
      bytes.writeUInt32BE(Math.max(0, 8 + body.length + off), 0)
      bytes.writeUInt32BE(code, 4)
      return Buffer.concat([bytes, body])
    })
  const encryption = fc.constantFrom(80_877_103, 80_877_104, 80_877_102).map((code) => {
    const bytes = Buffer.alloc(8)
    bytes.writeUInt32BE(8, 0)
    bytes.writeUInt32BE(code, 4)
    return bytes
  })
  const noise = fc.uint8Array({ maxLength: 64 }).map((bytes) => Buffer.from(bytes))

  test('only connections for the permitted user and database are forwarded to the server', async () => {
    let admitted = 0
    const packets = fc.tuple(
      fc.array(encryption, { maxLength: 2 }),
      startup,
      fc.array(fc.oneof(startup, noise), { maxLength: 2 }),
    )
    await fc.assert(
      fc.asyncProperty(packets, fc.boolean(), async ([first, then, more], inOne) => {
        const sent = [...first, then, ...more]
        const heard = await heardByServer(inOne ? [Buffer.concat(sent)] : sent)
        if (heard.length === 0) return
        admitted += 1
        const { user, database, replication } = asServerReads(heard)
        expect({ user, database, replication }).toEqual({ ...allowed, replication: undefined })
      }),
      { numRuns: 1500 },
    )
    expect(admitted).toBeGreaterThan(20)
  })
})
