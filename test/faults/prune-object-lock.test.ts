// Object Lock on a real bucket: prune reports the end of retention, removes unlocked backups, and does not fail.
import { PutObjectRetentionCommand } from '@aws-sdk/client-s3'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { defaultPolicy } from '../../src/domain/retention/retention.ts'
import { backupKinds } from '../../src/kinds/kinds.ts'
import { prune } from '../../src/operations/prune/prune.ts'
import type { Store } from '../../src/ports/common.ts'
import { openS3Store } from '../../src/stores/s3/store.ts'
import { recordingReporter } from '../support/fakes.ts'
import { realClock } from '../support/real-clock.ts'
import type { S3Server } from '../support/s3-server.ts'
import { idText } from '../support/sample-backups.ts'
import { sharedS3Server } from '../support/shared-s3-server.ts'

let server: S3Server
let bucket: string
let store: Store

beforeAll(async () => {
  server = await sharedS3Server()
  bucket = await server.makeBucket(undefined, { objectLock: true })
  const { endpoint, region, accessKey, secretKey } = server
  const credentials = { accessKeyId: accessKey, secretAccessKey: secretKey }
  store = openS3Store({ bucket, prefix: 'backups', endpoint, region, credentials }, { clock: realClock })
})
afterAll(async () => server?.stop())

const day = (count: number) => idText(new Date(Date.now() - count * 86_400_000), 'scheduled', count)
const put = async (id: string) => {
  for (const file of ['database.dump.zst', 'SHA256SUMS', 'manifest.json'])
    await store.create(`shop/${id}/${file}`, Buffer.from('{}'))
}
const retain = (id: string, seconds: number) =>
  server.client.send(
    new PutObjectRetentionCommand({
      Bucket: bucket,
      Key: `backups/shop/${id}/manifest.json`,
      Retention: { Mode: 'GOVERNANCE', RetainUntilDate: new Date(Date.now() + seconds * 1000) },
      BypassGovernanceRetention: true,
    }),
  )

test('prune keeps a backup whose manifest is locked and removes other expired backups', async () => {
  const [newest, free, locked] = [day(0), day(40), day(50)] as const
  for (const id of [newest, free, locked]) await put(id)
  await retain(locked, 600)
  const policy = { ...defaultPolicy, days: { ...defaultPolicy.days, scheduled: 0 }, keepAtLeast: 1 }
  const [result] = await prune({
    kinds: backupKinds,
    stores: [store],
    policy,
    dryRun: false,
    strict: true,
    clock: realClock,
    reporter: recordingReporter(),
    signal: new AbortController().signal,
  })
  const keys: string[] = []
  for await (const { key } of store.list('')) keys.push(key)
  await retain(locked, 1)
  expect(result?.failures).toEqual([])
  expect(result?.removed.map(({ id }) => id.text)).toEqual([free])
  expect(result?.retained).toMatchObject([{ key: `shop/${locked}/manifest.json`, until: expect.any(Date) }])
  expect(keys.filter((key) => key.includes(locked))).toHaveLength(3)
  expect(keys.filter((key) => key.includes(newest))).toHaveLength(3)
  expect(keys).toHaveLength(6)
})
