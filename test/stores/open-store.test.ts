// From addresses to stores.
import { resolve } from 'node:path'
import { expect, test } from 'vitest'
import { openStore } from '../../src/stores/open-store.ts'
import { realClock } from '../support/real-clock.ts'

const world = { clock: realClock }

test.each([
  ['file:./backups', 'file:./backups'],
  ['./backups', 'file:./backups'],
  ['/var/backups', 'file:/var/backups'],
  ['backups', 'file:backups'],
  ['file:///var/back%20ups', 'file:///var/back%20ups'],
  ['s3://bucket', 's3://bucket'],
  ['s3://bucket/', 's3://bucket'],
  ['s3://bucket/a/b/', 's3://bucket/a/b'],
  ['S3://my.bucket-1/a b', 's3://my.bucket-1/a b'],
])('%s opens %s', async (address, opened) => {
  expect((await openStore(address, {}, world)).address).toBe(opened)
})

test.each([
  ['artifact:', 'which repository on GitHub'],
  ['artifact:../x', 'not an address'],
  ['gs://bucket/x', 'no kind of store called gs:'],
  ['s3:bucket', 'not an address'],
  ['s3://', 'not an address'],
  ['s3://bucket/../x', 'not an address'],
  ['s3://bucket/a//b', 'not an address'],
  ['s3://bucket/a?region=x', 'not an address'],
  ['s3://key:topsecret@bucket/x', 'not an address'],
  ['file:', 'not an address'],
  ['', 'not an address'],
  ['file://host/share', 'not an address'],
])('%j is refused', async (address, words) => {
  const failure = await openStore(address, {}, world).catch((error: unknown) => error)
  expect(failure).toMatchObject({ kind: 'usage', message: expect.stringContaining(words), hint: expect.stringMatching(/\w/) })
  expect(String(failure)).not.toContain('topsecret')
})

test.each(['s3.example.com', 'ftp://x', 'https://user:topsecret@s3.example.com'])(
  'the endpoint %s is refused',
  async (endpoint) => {
    const failure = await openStore('s3://bucket', { endpoint }, world).catch((error: unknown) => error)
    expect(failure).toMatchObject({ code: 's3/invalid-endpoint' })
    expect(String(failure)).not.toContain('topsecret')
  },
)

test('a path is relative to the working directory', async () => {
  const store = await openStore('./no-such-folder', {}, world)
  await expect(store.check(false)).rejects.toMatchObject({ message: expect.stringContaining(resolve('no-such-folder')) })
})
