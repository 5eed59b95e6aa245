// Installation of PostgreSQL programs. apt-get is the real one in simulation mode, or a script, so that no package of the
// machine changes.
import { existsSync } from 'node:fs'
import { chmod, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import type { PostgresManifest } from '../../src/domain/manifest/manifest.ts'
import { installClient, installServer } from '../../src/engines/postgres/install-tools.ts'
import { installedTools } from '../../src/engines/postgres/tools.ts'
import { openDirectoryStore } from '../../src/stores/directory/store.ts'
import { drill, openFolder } from '../support/drill.ts'
import { startPostgres, type TestPostgres } from '../support/postgres-server.ts'
import { backUpUrl, temporaryFolder } from '../support/real-world.ts'

const configuration = '/etc/postgresql-common'

/** Puts these programs first on PATH, and returns their folder. */
async function withPrograms(programs: Record<string, string>): Promise<string> {
  const folder = await temporaryFolder('apt')
  // The real sudo would find the real apt-get.
  const sudo = '#!/bin/sh\nshift\nexec /usr/bin/sudo -n env "PATH=$PATH" "$@"\n'
  for (const [name, script] of Object.entries({ sudo, ...programs })) {
    await writeFile(join(folder, name), script)
    await chmod(join(folder, name), 0o755)
  }
  vi.stubEnv('PATH', `${folder}:${process.env.PATH}`)
  onTestFinished(() => void vi.unstubAllEnvs())
  return folder
}

async function newestMajor(): Promise<number> {
  const [newest] = await installedTools(process.env.PATH ?? '')
  if (!newest) throw new Error('no PostgreSQL client is installed')
  return newest.major
}

test('apt-get installs the client of a major version', async () => {
  await withPrograms({ 'apt-get': '#!/bin/sh\nexec /usr/bin/apt-get --simulate "$@"\n' })
  await expect(installClient(await newestMajor())).resolves.toBeUndefined()
})

test('apt-get installs the server of a major version while the creation of clusters is turned off', async () => {
  const major = await newestMajor()
  const folder = await withPrograms({
    // Notes what the scripts of the package postgresql-<major> would read.
    'apt-get': `#!/bin/sh
echo "$* [$(pg_conftool ${configuration}/createcluster.conf show -bs create_main_cluster)]" >> "$(dirname "$0")/calls"
exec /usr/bin/apt-get --simulate "$@"
`,
  })
  await installServer(major)
  expect((await readFile(join(folder, 'calls'), 'utf8')).trim().split('\n')).toEqual([
    'install -qy --no-install-recommends postgresql-common []',
    `install -qy --no-install-recommends postgresql-${major} [off]`,
  ])
  expect(existsSync(`${configuration}/createcluster.d/resguardo.conf`)).toBe(false)
})

test('the creation of clusters is turned on again after a failed installation', async () => {
  const script = '#!/bin/sh\ncase "$*" in *postgresql-[0-9]*) echo "no space" >&2; exit 100;; esac\n'
  await withPrograms({ 'apt-get': script })
  await expect(installServer(await newestMajor())).rejects.toMatchObject({ code: 'postgres/install-failed' })
  expect(existsSync(`${configuration}/createcluster.d/resguardo.conf`)).toBe(false)
})

describe('a drill of a backup whose major version no installed server has', () => {
  const major = 99
  const newer = (manifest: PostgresManifest) => ({ ...manifest, server: { ...manifest.server, major } })
  let server: TestPostgres
  let folder: string
  let id: string
  const store = () => openDirectoryStore(join(folder, 'store'))

  beforeAll(async () => {
    server = await startPostgres()
    folder = await openFolder('install-tools')
    await server.query('postgres', 'CREATE TABLE product (id int PRIMARY KEY)')
    id = (await backUpUrl(server.url('postgres'), [store()])).manifest.id
  })

  afterAll(async () => {
    await server?.stop()
    await rm(folder, { recursive: true, force: true })
  })

  /** apt-get puts the programs of the newest installed server on PATH, with this major version. */
  async function withApt(): Promise<() => Promise<string[]>> {
    const [tools] = (await installedTools(process.env.PATH ?? '')).filter((each) => each.server)
    const apt = await withPrograms({
      'apt-cache': '#!/bin/sh\necho "  Candidate: 99.1-1"\n',
      'apt-get': `#!/bin/sh
folder=$(dirname "$0")
echo "$*" >> "$folder/calls"
case "$*" in *" postgresql-${major}") ;; *) exit 0 ;; esac
ln -s ${tools?.folder}/* "$folder"
rm "$folder/pg_dump"
printf '#!/bin/sh\\necho "pg_dump (PostgreSQL) ${major}.1"\\n' > "$folder/pg_dump"
chmod 755 "$folder" "$folder/pg_dump"
`,
    })
    return async () => (await readFile(join(apt, 'calls'), 'utf8').catch(() => '')).split('\n').filter(Boolean)
  }

  test('installs the server, and runs on it', async () => {
    const calls = await withApt()
    const { record } = await drill([store()], id, folder, { manifest: newer, installTools: true })
    expect(record).toMatchObject({ verdict: 'proven', scratch: expect.stringContaining('99.1') })
    expect((await calls()).at(-1)).toBe(`install -qy --no-install-recommends postgresql-${major}`)
  })

  test('offers another server if the installation fails', async () => {
    await withPrograms({ 'apt-get': '#!/bin/sh\necho "no space" >&2; exit 100\n' })
    const failing = drill([store()], id, folder, { manifest: newer, installTools: true })
    await expect(failing).rejects.toMatchObject({
      code: 'postgres/install-failed',
      hint: expect.stringContaining('--scratch-url'),
    })
  })

  test('installs nothing without install-tools', async () => {
    const calls = await withApt()
    await expect(drill([store()], id, folder, { manifest: newer })).rejects.toMatchObject({ code: 'drill/no-server' })
    expect(await calls()).toEqual([])
  })

  test('installs nothing if an installed server fits', async () => {
    const calls = await withApt()
    const { record } = await drill([store()], id, folder, { installTools: true })
    expect(record.verdict).toBe('proven')
    expect(await calls()).toEqual([])
  })
})
