// Setup of tests with other server versions: unpacks the servers once, into the user's cache folder.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { setup as setUpServices, teardown } from './service-setup.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** Name as in scripts/unpack-servers -> folder of its programs. */
    readonly servers: Readonly<Record<string, string>>
  }
}

/** Exit code of the script if Debian packages are not available. */
const unavailable = 75

export { teardown }

/**
 * Vitest calls this once before the tests. Without Debian packages no server is provided, and the tests are skipped.
 */
export async function setup(project: TestProject): Promise<void> {
  await setUpServices(project)
  const { status, stdout } = spawnSync(join(import.meta.dirname, '../../scripts/unpack-servers'), {
    stdio: ['ignore', 'pipe', 'inherit'],
    encoding: 'utf8',
  })
  if (status !== 0 && status !== unavailable) throw new Error(`scripts/unpack-servers exited with ${status}`)
  const rows = status === 0 ? stdout.trim().split('\n') : []
  for (const row of rows) console.error(row)
  const served = rows.map((row) => row.split(' ')).filter(([, version]) => version !== '-')
  project.provide(
    'servers',
    Object.fromEntries(served.map(([name = '', , folder = '']) => [name, join(folder, 'bin')])),
  )
}
