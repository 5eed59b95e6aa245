// Machines without a sandbox
// On a machine without any isolation method, code in a backup runs without a sandbox and without a warning.
import { spawnSync } from 'node:child_process'
import { chmod, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { DrillRecord } from '../../src/domain/drill/drill.ts'
import { openDirectoryStore } from '../../src/stores/directory/store.ts'
import { openFolder } from '../support/drill.ts'
import { startPostgres, type TestPostgres } from '../support/postgres-server.ts'
import { backUpUrl } from '../support/real-world.ts'

let production: TestPostgres
let folder: string
let backup: string

beforeAll(async () => {
  production = await startPostgres()
  folder = await openFolder('sandbox-methods')
  const url = await production.createDatabase('shop')
  await production.query('shop', 'CREATE TABLE t AS SELECT 1 AS a')
  backup = (await backUpUrl(url, [openDirectoryStore(join(folder, 'store'))])).manifest.id
  // Programs that refuse, in front of the real ones: no method works.
  for (const name of ['bin', 'temporary']) await mkdir(join(folder, name))
  for (const name of ['unshare', 'sudo'])
    await writeFile(join(folder, 'bin', name), '#!/bin/sh\nexit 1\n', { mode: 0o755 })
  await chmod(join(folder, 'temporary'), 0o777)
})

afterAll(async () => {
  await production?.stop()
  await rm(folder, { recursive: true, force: true })
})

function drill(isolation: string, env: Record<string, string> = {}) {
  const cli = join(import.meta.dirname, '../../src/main/cli.ts')
  const options = ['--store', `file:${join(folder, 'store')}`, '--temporary', join(folder, 'temporary')]
  const given = isolation === '' ? [] : ['--isolation', isolation]
  return spawnSync(process.execPath, [cli, 'test-restore', ...options, ...given], {
    env: { PATH: `${join(folder, 'bin')}:${process.env.PATH}`, HOME: folder, ...env },
    encoding: 'utf8',
  })
}

async function records(): Promise<DrillRecord[]> {
  const drills = join(folder, 'store/shop', backup, 'drills')
  const names = (await readdir(drills).catch(() => [])).filter((name) => name.endsWith('.json'))
  return Promise.all(
    names.sort().map(async (name) => JSON.parse(await readFile(join(drills, name), 'utf8')) as DrillRecord),
  )
}

test('a drill that requires isolation exits with code 3, starts no server and writes no record', async () => {
  for (const { status, stderr } of [drill('required'), drill('', { RESGUARDO_ISOLATION: 'required' })]) {
    expect(stderr).toContain('sandbox/unavailable')
    expect(status).toBe(3)
  }
  expect(await records()).toEqual([])
  expect(await readdir(join(folder, 'temporary'))).toEqual([])
})

test('a drill without isolation prints a warning and records that no isolation was used', async () => {
  const { status, stderr } = drill('')
  expect({ status, stderr }).toMatchObject({ status: 0 })
  expect(stderr).toMatch(
    /runs without isolation .*the set-up of the sandbox exited with 1.*production over the network/s,
  )
  expect((await records()).map(({ isolation, verdict }) => [isolation, verdict])).toEqual([['none', 'proven']])
  expect(await readdir(join(folder, 'temporary'))).toEqual([])
})
