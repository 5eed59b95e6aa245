// The policies of docs/aws.md on a real server: they allow enough, and forbidden operations are reported.
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DeleteBucketPolicyCommand, PutBucketPolicyCommand, PutObjectLegalHoldCommand } from '@aws-sdk/client-s3'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { Failure } from '../../src/domain/failures/failure.ts'
import { defaultPolicy } from '../../src/domain/retention/retention.ts'
import { backupKinds } from '../../src/kinds/kinds.ts'
import { backUp } from '../../src/operations/backup/back-up.ts'
import { findBackup } from '../../src/operations/catalogue/find-backup.ts'
import { type Pruned, prune } from '../../src/operations/prune/prune.ts'
import { verifyBackup } from '../../src/operations/verify/verify-backup.ts'
import type { Store } from '../../src/ports/common.ts'
import { openS3Store } from '../../src/stores/s3/store.ts'
import { fakePlatform } from '../support/fake-platform.ts'
import { fakeWorld } from '../support/fakes.ts'
import { realClock } from '../support/real-clock.ts'
import { everything, randomDigits } from '../support/real-world.ts'
import type { S3Server } from '../support/s3-server.ts'
import { idText } from '../support/sample-backups.ts'
import { sharedS3Server } from '../support/shared-s3-server.ts'
import { keysOf } from '../support/store-reading.ts'

const page = readFileSync(join(import.meta.dirname, '../../docs/aws.md'), 'utf8')
let server: S3Server
let bucket: string

beforeAll(async () => {
  server = await sharedS3Server()
})
afterAll(() => server?.stop())
beforeEach(async () => {
  bucket = await server.makeBucket()
})

/** The actions that the page gives a role. */
function actionsOf(role: string): string[] {
  const json = new RegExp(`<!-- policy: ${role} -->\\n\`\`\`json\\n([^\`]+)\`\`\``).exec(page)?.[1] ?? ''
  const policy = JSON.parse(json) as { Statement: { Effect: string; Action: string[] }[] }
  return policy.Statement.flatMap(({ Action }) => Action)
}

/** Every action of S3's on objects and uploads, and those on a bucket that a store may want. */
const actions = [
  ...['s3:ListBucket', 's3:ListBucketMultipartUploads', 's3:ListBucketVersions', 's3:GetBucketObjectLockConfiguration'],
  ...['s3:PutObject', 's3:GetObject', 's3:DeleteObject', 's3:AbortMultipartUpload', 's3:ListMultipartUploadParts'],
  ...['s3:GetObjectVersion', 's3:DeleteObjectVersion', 's3:GetObjectRetention', 's3:GetObjectLegalHold'],
]

/** Denies everybody, the owner too, whatever is not among these actions. */
async function only(allowed: readonly string[]): Promise<void> {
  const Resource = [`arn:aws:s3:::${bucket}`, `arn:aws:s3:::${bucket}/*`]
  const Action = actions.filter((action) => !allowed.includes(action))
  const Policy = JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Deny', Principal: '*', Action, Resource }],
  })
  await server.client.send(new PutBucketPolicyCommand({ Bucket: bucket, Policy }))
}

const noPolicy = () => server.client.send(new DeleteBucketPolicyCommand({ Bucket: bucket }))

function open(): Store {
  const credentials = { accessKeyId: server.accessKey, secretAccessKey: server.secretKey }
  const patience = { attempts: 2, firstDelay: 0.05, longestDelay: 0.1 }
  const settings = {
    bucket,
    prefix: 'resguardo',
    endpoint: server.endpoint,
    region: server.region,
    credentials,
    patience,
  }
  return openS3Store(settings, { clock: realClock })
}

const world = () => ({ ...fakeWorld(), clock: realClock, random: randomDigits })

/** More than a part even when it is compressed, so that it is a multipart upload. */
const large = randomBytes(12_000_000)

function backUpTo(store: Store, { platform = fakePlatform({ content: large }) } = {}) {
  const dump = {
    format: 'custom',
    selection: everything,
    jobs: 1,
    sourceCounts: true,
    globals: true,
    lockTimeout: 5,
  } as const
  const request = {
    stores: [store],
    name: undefined,
    trigger: 'manual',
    dump,
    compressionLevel: 1,
    confirmBytes: 'full',
  } as const
  const rest = { shrinkLimit: 50, allowEmpty: false, keepDays: undefined, recoveryPoint: undefined }
  return backUp({ ...request, ...rest, platform }, world())
}

const old = idText(new Date(Date.now() - 40 * 86_400_000))
const kept = idText(new Date(Date.now() - 86_400_000))

/** A store with a backup that is past its time, and one that is not. */
async function storeWithPast(): Promise<Store> {
  const store = open()
  for (const id of [old, kept]) {
    for (const file of ['database.dump.zst', 'SHA256SUMS', 'manifest.json'])
      await store.create(`shop/${id}/${file}`, Buffer.from('x'))
  }
  return store
}

async function pruned(store: Store): Promise<Pruned | undefined> {
  const { reporter, clock, signal } = world()
  // The store's own dates are of now, so no time is left to be past.
  const policy = { ...defaultPolicy, days: { ...defaultPolicy.days, scheduled: 0 }, keepAtLeast: 1 }
  const [result] = await prune({
    stores: [store],
    policy,
    kinds: backupKinds,
    dryRun: false,
    strict: true,
    reporter,
    clock,
    signal,
  })
  return result
}

const backups = async (store: Store) => (await keysOf(store, '')).filter((key) => key.endsWith('/manifest.json'))

describe('under the policies of docs/aws.md', () => {
  test('the writer makes a backup, confirms it, finds it, reads all of it and writes down a drill', async () => {
    await only(actionsOf('writer'))
    const store = open()
    const { manifest, stores } = await backUpTo(store)
    expect(stores).toEqual([{ address: store.address, confirmed: 'read-back' }])
    const [found] = await findBackup([store], { backup: manifest.id })
    expect((await verifyBackup(found.store, found.entry, world())).manifest.id).toBe(manifest.id)
    await store.create(`shop/${manifest.id}/drills/20261124T020005Z-proven.json`, Buffer.from('{}'))
  })

  test.each(actionsOf('writer').map((action) => [action]))('the writer cannot do without %s', async (action) => {
    await only(actionsOf('writer').filter((each) => each !== action))
    const store = open()
    const whole = async (): Promise<void> => {
      await backUpTo(store)
      for await (const _ of store.leftovers(''));
    }
    await expect(whole()).rejects.toMatchObject({ code: 's3/access-denied' })
  })

  test('the writer cannot prune, is told so, and everything stays', async () => {
    const store = await storeWithPast()
    await only(actionsOf('writer'))
    expect(await pruned(store)).toMatchObject({
      removed: [],
      failures: [{ code: 's3/access-denied' }],
    })
    await noPolicy()
    expect(await backups(store)).toEqual([`shop/${old}/manifest.json`, `shop/${kept}/manifest.json`])
  })

  test('a writer whose run fails leaves neither a manifest nor an open upload', async () => {
    await only(actionsOf('writer'))
    const store = open()
    const platform = fakePlatform({ content: large, breaks: new Failure('tool/failed', 'pg_dump exited with 1') })
    await expect(backUpTo(store, { platform })).rejects.toMatchObject({ code: 'tool/failed' })
    await noPolicy()
    expect(await backups(store)).toEqual([])
    expect(await server.openUploads(bucket)).toEqual([])
  })

  test('the pruner removes what is past its time, and can write nothing', async () => {
    const store = await storeWithPast()
    await only(actionsOf('pruner'))
    const result = await pruned(store)
    expect(result?.failures).toEqual([])
    expect(result?.removed.map(({ id }) => id.text)).toEqual([old])
    expect(await backups(store)).toEqual([`shop/${kept}/manifest.json`])
    await expect(store.check(true)).rejects.toMatchObject({ code: 's3/access-denied' })
  })

  test('the pruner sees what a lock still holds', async () => {
    bucket = await server.makeBucket(undefined, { objectLock: true })
    const store = await storeWithPast()
    const Key = `resguardo/shop/${old}/database.dump.zst`
    await server.client.send(new PutObjectLegalHoldCommand({ Bucket: bucket, Key, LegalHold: { Status: 'ON' } }))
    await only(actionsOf('pruner'))
    const result = await pruned(store)
    await server.client
      .send(new PutObjectLegalHoldCommand({ Bucket: bucket, Key, LegalHold: { Status: 'OFF' } }))
      .catch(() => {})
    expect(result?.retained.map(({ key }) => key)).toContain(`shop/${old}/database.dump.zst`)
  })
})
