// Store addresses and settings from inputs.
import { describe, expect, it } from 'vitest'
import { completeInputs } from '../../../src/commands/printed-commands/complete-inputs.ts'
import { type StoreValues, storeAddresses } from '../../../src/commands/stores/store-addresses.ts'
import { checkStores, openFirstStoreWith, openStores } from '../../../src/commands/stores/stores-of.ts'
import { parseInputs } from '../../../src/inputs/parse.ts'
import { selectionInputs, storeInputs } from '../../../src/inputs/shared.ts'
import { fakeWorld } from '../../support/fakes.ts'
import { memoryStore } from '../../support/memory-store.ts'
import { idText, putBackup } from '../../support/sample-backups.ts'

const world = fakeWorld()
const table = completeInputs({ ...storeInputs, ...selectionInputs }, world) as typeof storeInputs &
  typeof selectionInputs

const values = (differs: Partial<StoreValues> & Readonly<Record<string, unknown>> = {}) => ({
  ...parseInputs(table, () => undefined),
  ...differs,
})

describe('stores of a command', () => {
  it.each([
    ['the default directory', {}, ['file:./backups']],
    ['the directory in BACKUP_DIR', { backupDir: '/srv/b' }, ['file:/srv/b']],
    ['the default directory and the bucket', { s3Bucket: 'shop' }, ['file:./backups', 's3://shop']],
    ['the default directory and the bucket prefix', { s3Bucket: 's3://shop/x' }, ['file:./backups', 's3://shop/x']],
    ['only the given stores', { store: ['s3://a/b'], s3Bucket: 'shop' }, ['s3://a/b']],
    ['without duplicates', { store: ['file:./x', './x', 'x', 'file:x/', 's3://a', 's3://a/'] }, ['file:./x', 's3://a']],
  ])('the stores are %s', (_, differs, addresses) => {
    expect(storeAddresses(values(differs), world)).toEqual(addresses)
  })
  it('stores are opened with the settings of the inputs', async () => {
    const opened: [string, object][] = []
    const world = fakeWorld({
      openStore: async (address, settings) => {
        opened.push([address, settings])
        return memoryStore({ address })
      },
    })
    const keys = { s3AccessKeyId: 'id', s3SecretAccessKey: 'secret', s3Endpoint: 'http://s3.test' }
    expect(await openStores(values({ store: ['s3://shop'], ...keys }), world)).toHaveLength(1)
    expect(opened).toEqual([['s3://shop', expect.objectContaining({ ...keys, s3PartsInFlight: 3 })]])
  })
})

describe('incomplete S3 keys', () => {
  it.each([
    [{ s3AccessKeyId: 'id' }, 's3-secret-access-key'],
    [{ s3SecretAccessKey: 'x' }, 's3-access-key-id'],
    [{ s3SessionToken: 'x' }, 's3-session-token'],
  ])('incomplete keys are an error if a bucket is given: %j', (differs, part) => {
    expect(checkStores(values({ ...differs, s3Bucket: 'shop' }), world)).toEqual([expect.stringContaining(part)])
    expect(checkStores(values(differs), world)).toEqual([])
  })
  it('both keys or no keys are accepted', () => {
    expect(checkStores(values({ s3Bucket: 'shop' }), world)).toEqual([])
    expect(checkStores(values({ s3Bucket: 'shop', s3AccessKeyId: 'a', s3SecretAccessKey: 'b' }), world)).toEqual([])
  })
})

describe('AWS role', () => {
  const awsRole = 'arn:aws:iam::123456789012:role/path/backup'
  it.each(['s3AccessKeyId', 's3SecretAccessKey', 's3SessionToken'])('a role together with %s is an error', (key) => {
    const [sentence, ...others] = checkStores(values({ awsRole, [key]: 'x', s3Bucket: 'shop' }), world)
    expect(sentence).toContain('--aws-role cannot be used together with')
    expect(others).toEqual([])
  })
  it.each([
    'backup',
    'arn:aws:iam::1:role/x',
    'arn:aws:iam::123456789012:user/x',
    'arn:aws:iam::123456789012:role/x y',
  ])('%j is not a valid role ARN', (name) => {
    expect(checkStores(values({ awsRole: name, s3Bucket: 'shop' }), world)).toEqual([
      expect.stringContaining('is not the ARN of a role'),
    ])
  })
  it('a role ARN of any partition is accepted, and is not checked without a bucket', () => {
    for (const partition of ['aws', 'aws-us-gov', 'aws-cn']) {
      expect(checkStores(values({ awsRole: awsRole.replace('aws', partition), s3Bucket: 'shop' }), world)).toEqual([])
    }
    expect(checkStores(values({ awsRole: 'x', s3AccessKeyId: 'y' }), world)).toEqual([])
  })
})

it('a backup is read from the first store that contains it, and all stores with a copy are returned', async () => {
  const id = idText('2026-11-24T02:00:05Z')
  const stores = new Map(['a', 'b', 'c'].map((address) => [address, memoryStore({ address })]))
  for (const address of ['b', 'c']) putBackup(stores.get(address) as ReturnType<typeof memoryStore>, id)
  const world = fakeWorld({ openStore: async (address) => stores.get(address) as ReturnType<typeof memoryStore> })
  const found = await openFirstStoreWith(values({ store: ['a', 'b', 'c'] }), world, undefined)
  expect(found.store.address).toBe('b')
  expect(found.entry.id.text).toBe(id)
  expect(found.places.map(({ store }) => store.address)).toEqual(['b', 'c'])
})
