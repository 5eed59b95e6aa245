// One leftover of each kind, for tests of the checks.
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { AbortMultipartUploadCommand, CreateMultipartUploadCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import { Redis } from 'ioredis'
import pg from 'pg'
import { withMarker } from '../../src/engines/postgres/live/marker.ts'
import { prepareBucket } from './test-environment.ts'
import type { TestEnvironment, Workspace } from './workspace.ts'

/** ID of the backup with leftovers in stores. */
export const leftoverId = '20261124T020005Z-platform-manual-7f3a9c'

const emptyId = leftoverId.replace('7f3a9c', '000000')

/** Puts an object of one byte into the bucket. */
export const putObject = ({ s3, bucket }: TestEnvironment, Key: string) =>
  s3.client.send(new PutObjectCommand({ Bucket: bucket, Key, Body: 'x' }))

type Undo = (() => Promise<unknown> | unknown) | undefined

async function file(path: string): Promise<Undo> {
  await writeFile(path, 'x')
  return () => rm(path)
}

const sql = ({ environment }: Workspace, statement: string, database = 'postgres') =>
  environment.server.query(database, statement)

async function session({ environment }: Workspace, statement: string): Promise<Undo> {
  const client = new pg.Client({ connectionString: environment.server.url('shop') })
  await client.connect()
  await client.query(statement)
  return () => client.end()
}

async function emptyDatabase(workspace: Workspace, name: string, comment: string | null): Promise<Undo> {
  await workspace.environment.server.createDatabase(name)
  await sql(workspace, `COMMENT ON DATABASE "${name}" IS ${comment === null ? 'NULL' : pg.escapeLiteral(comment)}`)
  return () => workspace.environment.server.dropDatabase(name)
}

const restoring = withMarker(undefined, {
  role: 'restoring',
  database: 'shop',
  backup: leftoverId,
  time: '2026-11-24T02:00:05Z',
})

/** Title, kind, part of the finding's text, and the function that creates the leftover. */
export const leftoverKinds: [string, string, string, (workspace: Workspace) => Promise<Undo>][] = [
  ['a temporary file', 'temporary', 'resguardo-x', (workspace) => file(join(workspace.temporary, 'resguardo-x'))],
  ['a file of the user', 'home', '.psql_history', (workspace) => file(join(workspace.folder, 'home/.psql_history'))],
  ['a file where the command ran', 'work', 'core', (workspace) => file(join(workspace.folder, 'work/core'))],
  [
    'a role',
    'role',
    'left',
    (workspace) => sql(workspace, 'CREATE ROLE "left"').then(() => () => sql(workspace, 'DROP ROLE "left"')),
  ],
  [
    ...(['a replication slot', 'replication slot', 'forgotten'] as const),
    async (workspace) => {
      await sql(workspace, "SELECT pg_create_physical_replication_slot('forgotten', true)")
      return () => sql(workspace, "SELECT pg_drop_replication_slot('forgotten')")
    },
  ],
  [
    ...(['a prepared transaction', 'prepared transaction', 'undecided'] as const),
    async (workspace) => {
      await (await session(workspace, "BEGIN; PREPARE TRANSACTION 'undecided'"))?.()
      return async () => (await session(workspace, "ROLLBACK PREPARED 'undecided'"))?.()
    },
  ],
  [
    ...(['a subscription', 'subscription', 'copying'] as const),
    async (workspace) => {
      await sql(
        workspace,
        "CREATE SUBSCRIPTION copying CONNECTION '' PUBLICATION p WITH (connect = false, slot_name = NONE)",
        'shop',
      )
      return () => sql(workspace, 'DROP SUBSCRIPTION copying', 'shop')
    },
  ],
  ['a session', 'session', 'pg_sleep', (workspace) => session(workspace, 'SELECT pg_sleep(0)')],
  ['an advisory lock', 'advisory lock', '1 2', (workspace) => session(workspace, 'SELECT pg_advisory_lock(1, 2)')],
  ['a database without a mark', 'database', 'left (no mark)', (workspace) => emptyDatabase(workspace, 'left', null)],
  [
    'a half-loaded database',
    'database',
    'half (restoring)',
    (workspace) => emptyDatabase(workspace, 'half', restoring),
  ],
  [
    ...(['a connection to Redis', 'connection to Redis', 'name=left'] as const),
    async (workspace) => {
      const { host, port } = workspace.environment.redis
      const client = new Redis({ host, port, connectionName: 'left' })
      await client.ping()
      return () => client.disconnect()
    },
  ],
  [
    'a file that is not complete',
    'object',
    '.part',
    (workspace) => file(join(workspace.store, 'shop/.dump.0123456789ab.part')),
  ],
  ['the probe of a store', 'object', '.probe', (workspace) => file(join(workspace.store, '.probe.0123456789ab.part'))],
  [
    ...(['a backup without a manifest', 'object', 'database.dump.zst'] as const),
    async (workspace) => {
      await mkdir(join(workspace.store, 'shop', leftoverId))
      await writeFile(join(workspace.store, 'shop', leftoverId, 'database.dump.zst'), 'x')
      return () => rm(join(workspace.store, 'shop', leftoverId), { recursive: true })
    },
  ],
  [
    ...(['an empty folder', 'object', emptyId] as const),
    async (workspace) => {
      await mkdir(join(workspace.store, 'shop', emptyId))
      return () => rm(join(workspace.store, 'shop', emptyId), { recursive: true })
    },
  ],
  [
    ...(['an object of no backup', 'object in the bucket', 'dump.zst'] as const),
    async (workspace) => {
      await putObject(workspace.environment, `round/shop/${leftoverId}/dump.zst`)
      return () => prepareBucket(workspace)
    },
  ],
  [
    ...(['an open upload', 'object in the bucket', 'upload '] as const),
    async (workspace) => {
      const upload = { Bucket: workspace.environment.bucket, Key: `round/shop/${leftoverId}/large.zst` }
      const { UploadId } = await workspace.environment.s3.client.send(new CreateMultipartUploadCommand(upload))
      return () => workspace.environment.s3.client.send(new AbortMultipartUploadCommand({ ...upload, UploadId }))
    },
  ],
]
