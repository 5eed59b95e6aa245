// Installation of the PostgreSQL client with the real apt-get in simulation mode, so that no package of the machine
// changes.
import { chmod, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { installClient } from '../../src/engines/postgres/install-tools.ts'
import { installedTools } from '../../src/engines/postgres/tools.ts'
import { temporaryFolder } from '../support/real-world.ts'

const programs = {
  'apt-get': '#!/bin/sh\nexec /usr/bin/apt-get --simulate "$@"\n',
  sudo: '#!/bin/sh\nshift\nexec "$@"\n', // the real one would find the real apt-get
}

test('apt-get installs the client of a major version', async () => {
  const [newest] = await installedTools(process.env.PATH ?? '')
  if (!newest) throw new Error('no PostgreSQL client is installed')
  const folder = await temporaryFolder('apt')
  for (const [name, script] of Object.entries(programs)) {
    await writeFile(join(folder, name), script)
    await chmod(join(folder, name), 0o755)
  }
  vi.stubEnv('PATH', `${folder}:${process.env.PATH}`)
  onTestFinished(() => void vi.unstubAllEnvs())
  await expect(installClient(newest.major)).resolves.toBeUndefined()
})
