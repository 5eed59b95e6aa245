// Opening stores by address, and the properties of every kind of store.
import { resolve } from 'node:path'
import { expect, test } from 'vitest'
import { registryOf } from '../../src/commands/registry.ts'
import { openStore, placeOf, storeKindOf } from '../../src/operations/stores/store-kinds.ts'
import { storeKinds } from '../../src/stores/stores.ts'
import { realClock } from '../support/real-clock.ts'

const world = { clock: realClock, warnOnce: () => {}, environment: {} }

test.each([
  ['file:./backups', 'file:./backups'],
  ['./backups', 'file:./backups'],
  ['/var/backups', 'file:/var/backups'],
  ['backups', 'file:backups'],
  ['file:///var/back%20ups', 'file:///var/back%20ups'],
  ['file:///var/back%2Cups', 'file:///var/back%2Cups'],
  ['s3://bucket', 's3://bucket'],
  ['s3://bucket/', 's3://bucket'],
  ['s3://bucket/a/b/', 's3://bucket/a/b'],
  ['S3://my.bucket-1/a b', 's3://my.bucket-1/a b'],
])('%s opens %s', async (address, opened) => {
  expect((await openStore(storeKinds, address, {}, world)).address).toBe(opened)
})

test.each([
  ['artifact:', 'github/no-repository'],
  ['artifact:../x', 'store/invalid-address'],
  ['gs://bucket/x', 'store/invalid-address'],
  ['s3:bucket', 'store/invalid-address'],
  ['s3://', 'store/invalid-address'],
  ['s3://bucket/../x', 'store/invalid-address'],
  ['s3://bucket/a//b', 'store/invalid-address'],
  ['s3://bucket/a?region=x', 'store/invalid-address'],
  ['s3://key:topsecret@bucket/x', 'store/invalid-address'],
  ['file:', 'store/invalid-address'],
  ['', 'store/invalid-address'],
  ['a,b', 'store/invalid-address'],
  ['file:./backups, s3://bucket/x', 'store/invalid-address'],
  ['file:./backups s3://bucket/x', 'store/invalid-address'],
  ['s3://bucket/x,artifact:', 'store/invalid-address'],
  ['file://host/share', 'store/invalid-address'],
])('%j is refused: %s', async (address, code) => {
  const failure = await openStore(storeKinds, address, {}, world).catch((error: unknown) => error)
  expect(failure).toMatchObject({ code, hint: expect.stringMatching(/\w/) })
  expect(String(failure)).not.toContain('topsecret')
})

test.each(['s3.example.com', 'ftp://x', 'https://user:topsecret@s3.example.com'])(
  'the endpoint %s is refused',
  async (endpoint) => {
    const failure = await openStore(storeKinds, 's3://bucket', { s3Endpoint: endpoint }, world).catch(
      (error: unknown) => error,
    )
    expect(failure).toMatchObject({ code: 's3/invalid-endpoint' })
    expect(String(failure)).not.toContain('topsecret')
  },
)

test('a path is relative to the working directory', async () => {
  const store = await openStore(storeKinds, './no-such-folder', {}, world)
  await expect(store.check(false)).rejects.toMatchObject({
    code: 'store/not-found',
    message: expect.stringContaining(resolve('no-such-folder')),
  })
})

test('the inputs of a kind have unique names and are in the group of stores', async () => {
  const common = new Set(['github-token'])
  for (const { load } of Object.values(registryOf({ kinds: [], choices: [], stores: [] }))) {
    const { inputs } = await load()
    for (const [name, row] of storeKinds.flatMap((kind) => Object.entries(kind.inputs))) {
      if (common.has(name)) continue
      expect(row.group).toBe('Stores')
      if (name !== 'backup-dir') expect(inputs).not.toHaveProperty(name)
    }
  }
})

test('each kind accepts its example address', () => {
  for (const kind of storeKinds) expect(storeKindOf(storeKinds, kind.example)).toBe(kind)
  expect(placeOf(storeKinds, 'backups')).toBe('on-site')
  expect(placeOf(storeKinds, 'gs://unknown')).toBe('on-site')
})

test.each([
  ['file:./back ups/', "cd './back ups/shop/x/'"],
  ['file:///var/back%20ups', "cd '/var/back ups/shop/x/'"],
  ['s3://bucket/a b', "aws s3 cp --recursive 's3://bucket/a b/shop/x/' ."],
  ['artifact:', '# fetch the files of shop/x/ from artifact:'],
])('the files of a backup in %s are downloaded with %s', (address, command) => {
  expect(storeKindOf(storeKinds, address)?.download(address, 'shop/x/')).toBe(command)
})

test.each([
  [{ s3AccessKeyId: 'a' }, 's3-secret-access-key'],
  [{ s3SecretAccessKey: 'a' }, 's3-access-key-id'],
  [{ awsRole: 'backup' }, 'aws-role'],
  [{ s3Encryption: 'AES256:key' }, 's3-encryption'],
  [{ s3Encryption: 'aws:kms:' }, 's3-encryption'],
  [{ s3Encryption: 'none' }, 's3-encryption'],
])('no store can be opened with %j', async (values, named) => {
  const opening = openStore(storeKinds, 's3://bucket', values, world)
  await expect(opening).rejects.toMatchObject({ code: 'input/invalid', message: expect.stringContaining(named) })
})

test.each(['AES256', 'aws:kms', 'aws:kms:arn:aws:kms:eu-west-1:1:key/x'])(
  'a bucket encrypts with %s',
  async (s3Encryption) => {
    expect((await openStore(storeKinds, 's3://bucket', { s3Encryption }, world)).address).toBe('s3://bucket')
  },
)
