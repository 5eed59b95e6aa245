// Installs the PostgreSQL client with the real apt-get, in the installed version, so that nothing changes.
import { expect, test } from 'vitest'
import { installClient } from '../../src/sources/postgres/install-tools.ts'
import { installedTools } from '../../src/sources/postgres/tools.ts'

test('apt-get installs the client of a major version, as root or with sudo', async () => {
  const [newest] = await installedTools(process.env.PATH ?? '')
  if (!newest) throw new Error('no PostgreSQL client is installed')
  await expect(installClient(newest.major)).resolves.toBeUndefined()
})
