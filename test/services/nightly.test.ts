// The complete nightly job as cron runs it: one command, a real server, a real drill.
import { execFile } from 'node:child_process'
import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { openDirectoryStore } from '../../src/stores/directory/store.ts'
import { openFolder } from '../support/drill.ts'
import { startPostgres, type TestPostgres } from '../support/postgres-server.ts'
import { backUpUrl } from '../support/real-world.ts'

const program = join(import.meta.dirname, '../../src/main/cli.ts')
const execute = promisify(execFile)
let server: TestPostgres
let url: string
let folder: string

beforeAll(async () => {
  server = await startPostgres()
  url = await server.createDatabase('shop')
  await server.query(
    'shop',
    'CREATE TABLE product (id int PRIMARY KEY); INSERT INTO product SELECT generate_series(1, 1000)',
  )
})
afterAll(() => server?.stop())
beforeEach(async () => {
  folder = await openFolder('nightly-test')
  return () => rm(folder, { recursive: true, force: true })
})

interface Night {
  readonly code: number
  readonly stderr: string
  readonly document: Readonly<Record<string, unknown>>
}

/** Runs `resguardo nightly --json` from the sources. */
async function night(...flags: string[]): Promise<Night> {
  const words = ['nightly', '--json', '--temporary', folder, '--backup-dir', join(folder, 'backups'), ...flags]
  const env = { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '/', DATABASE_URL: url }
  const {
    code = 0,
    stdout,
    stderr,
  } = await execute(process.execPath, [program, ...words], { env }).catch((error) => error)
  return { code, stderr, document: JSON.parse(stdout) }
}

const backups = () => readdir(join(folder, 'backups/shop'))

describe('nightly', () => {
  test('backs up, proves and prunes', async () => {
    const store = openDirectoryStore(join(folder, 'backups'))
    for (let n = 0; n < 2; n += 1) await backUpUrl(url, [store], { trigger: 'scheduled' })
    // Ids of one second sort by chance.
    await new Promise((resolve) => setTimeout(resolve, 1000))
    const { code, document } = await night('--drill', '--retention-days', '0', '--keep-at-least', '1')
    expect(code).toBe(0)
    expect(document).toMatchObject({
      drill: { verdict: 'proven', rows: 1000 },
      prune: { dryRun: false, stores: [{ removed: [expect.anything(), expect.anything()], failures: [] }] },
    })
    expect(await backups()).toEqual([(document as { backup: { backup: string } }).backup.backup])
  })

  test('of which a check fails ends with 4, keeps everything and shows all of it', async () => {
    const { code, document, stderr } = await night('--drill', '--check-sql', 'SELECT count(*) > 1000 FROM product')
    expect(code).toBe(4)
    expect(document).toMatchObject({
      backup: { rows: 1000 },
      drill: { verdict: 'failed' },
      prune: null,
      error: { code: 'drill/failed' },
    })
    expect(stderr).toContain('Nothing was pruned')
    expect(await backups()).toHaveLength(1)
  })
})
