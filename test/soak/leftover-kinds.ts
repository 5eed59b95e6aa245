// One leftover of each kind, for tests of the checks.
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { AbortMultipartUploadCommand, CreateMultipartUploadCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import { Redis } from 'ioredis'
import pg from 'pg'
import { withMarker } from '../../src/sources/postgres/live/marker.ts'
import type { Ground, Place } from './ground.ts'
import { prepareBucket } from './ground.ts'

/** ID of the backup with leftovers in stores. */
export const leftoverId = '20261124T020005Z-platform-manual-7f3a9c'

const emptyId = leftoverId.replace('7f3a9c', '000000')

/** Puts an object of one byte into the bucket. */
export const putObject = ({ s3, bucket }: Ground, Key: string) =>
  s3.client.send(new PutObjectCommand({ Bucket: bucket, Key, Body: 'x' }))

type Undo = (() => Promise<unknown> | unknown) | undefined

async function file(path: string): Promise<Undo> {
  await writeFile(path, 'x')
  return () => rm(path)
}

const sql = ({ ground }: Place, statement: string, database = 'postgres') => ground.server.query(database, statement)

async function session({ ground }: Place, statement: string): Promise<Undo> {
  const client = new pg.Client({ connectionString: ground.server.url('shop') })
  await client.connect()
  await client.query(statement)
  return () => client.end()
}

async function emptyDatabase(place: Place, name: string, comment: string | null): Promise<Undo> {
  await place.ground.server.createDatabase(name)
  await sql(place, `COMMENT ON DATABASE "${name}" IS ${comment === null ? 'NULL' : pg.escapeLiteral(comment)}`)
  return () => place.ground.server.dropDatabase(name)
}

const restoring = withMarker(undefined, {
  role: 'restoring',
  database: 'shop',
  backup: leftoverId,
  time: '2026-11-24T02:00:05Z',
})

/** Title, kind, part of the finding's text, and the function that creates the leftover. */
export const leftoverKinds: [string, string, string, (place: Place) => Promise<Undo>][] = [
  ['a temporary file', 'temporary', 'resguardo-x', (place) => file(join(place.temporary, 'resguardo-x'))],
  ['a file of the user', 'home', '.psql_history', (place) => file(join(place.folder, 'home/.psql_history'))],
  ['a file where the command ran', 'work', 'core', (place) => file(join(place.folder, 'work/core'))],
  [
    'a role',
    'role',
    'left',
    (place) => sql(place, 'CREATE ROLE "left"').then(() => () => sql(place, 'DROP ROLE "left"')),
  ],
  [
    ...(['a replication slot', 'replication slot', 'forgotten'] as const),
    async (place) => {
      await sql(place, "SELECT pg_create_physical_replication_slot('forgotten', true)")
      return () => sql(place, "SELECT pg_drop_replication_slot('forgotten')")
    },
  ],
  [
    ...(['a prepared transaction', 'prepared transaction', 'undecided'] as const),
    async (place) => {
      await (await session(place, "BEGIN; PREPARE TRANSACTION 'undecided'"))?.()
      return async () => (await session(place, "ROLLBACK PREPARED 'undecided'"))?.()
    },
  ],
  [
    ...(['a subscription', 'subscription', 'copying'] as const),
    async (place) => {
      await sql(
        place,
        "CREATE SUBSCRIPTION copying CONNECTION '' PUBLICATION p WITH (connect = false, slot_name = NONE)",
        'shop',
      )
      return () => sql(place, 'DROP SUBSCRIPTION copying', 'shop')
    },
  ],
  ['a session', 'session', 'pg_sleep', (place) => session(place, 'SELECT pg_sleep(0)')],
  ['an advisory lock', 'advisory lock', '1 2', (place) => session(place, 'SELECT pg_advisory_lock(1, 2)')],
  ['a database without a mark', 'database', 'left (no mark)', (place) => emptyDatabase(place, 'left', null)],
  ['a half-loaded database', 'database', 'half (restoring)', (place) => emptyDatabase(place, 'half', restoring)],
  [
    ...(['a connection to Redis', 'connection to Redis', 'name=left'] as const),
    async (place) => {
      const { host, port } = place.ground.redis
      const client = new Redis({ host, port, connectionName: 'left' })
      await client.ping()
      return () => client.disconnect()
    },
  ],
  [
    'a file that is not complete',
    'object',
    '.part',
    (place) => file(join(place.store, 'shop/.dump.0123456789ab.part')),
  ],
  ['the probe of a store', 'object', '.probe', (place) => file(join(place.store, '.probe.0123456789ab.part'))],
  [
    ...(['a backup without a manifest', 'object', 'database.dump.zst'] as const),
    async (place) => {
      await mkdir(join(place.store, 'shop', leftoverId))
      await writeFile(join(place.store, 'shop', leftoverId, 'database.dump.zst'), 'x')
      return () => rm(join(place.store, 'shop', leftoverId), { recursive: true })
    },
  ],
  [
    ...(['an empty folder', 'object', emptyId] as const),
    async (place) => {
      await mkdir(join(place.store, 'shop', emptyId))
      return () => rm(join(place.store, 'shop', emptyId), { recursive: true })
    },
  ],
  [
    ...(['an object of no backup', 'object in the bucket', 'dump.zst'] as const),
    async (place) => {
      await putObject(place.ground, `round/shop/${leftoverId}/dump.zst`)
      return () => prepareBucket(place)
    },
  ],
  [
    ...(['an open upload', 'object in the bucket', 'upload '] as const),
    async (place) => {
      const upload = { Bucket: place.ground.bucket, Key: `round/shop/${leftoverId}/large.zst` }
      const { UploadId } = await place.ground.s3.client.send(new CreateMultipartUploadCommand(upload))
      return () => place.ground.s3.client.send(new AbortMultipartUploadCommand({ ...upload, UploadId }))
    },
  ],
]
