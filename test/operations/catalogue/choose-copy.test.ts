// Selection of the copy to read if several stores contain a backup.
import { describe, expect, test } from 'vitest'
import { findCompanion } from '../../../src/operations/backup/find-companion.ts'
import { chooseCopy } from '../../../src/operations/catalogue/choose-copy.ts'
import { findBackup } from '../../../src/operations/catalogue/find-backup.ts'
import { recordingReporter } from '../../support/fakes.ts'
import { type MemoryStore, memoryStore } from '../../support/memory-store.ts'
import { idText, putBackup, sampleManifest } from '../../support/sample-backups.ts'

const tenants = idText('2026-11-24T02:00:05Z', 'scheduled', 1, 'tenant')
const zip = 'tenants/a.zip'
const wish = { backup: 'latest', kind: 'tenant', tenant: 'a' }
const { signal } = new AbortController()

function copies(spoil: (store: MemoryStore, folder: string) => void) {
  const [near, far] = [memoryStore({ address: 'file:./near' }), memoryStore({ address: 's3://far' })]
  for (const store of [near, far])
    putBackup(store, tenants, { files: { [zip]: ['a'], 'tenants/packs/0-1.zip': ['b'] } })
  spoil(near, `shop/${tenants}/`)
  return { near, far, reporter: recordingReporter() }
}

const change = (store: MemoryStore, key: string, text: string) =>
  store.objects.set(key, { content: Buffer.from(text), modified: new Date(0) })

const damages: Record<string, (store: MemoryStore, folder: string) => void> = {
  'the manifest is damaged': (store, folder) => change(store, `${folder}manifest.json`, '{}'),
  'the manifest is that of another backup': (store, folder) => {
    const other = memoryStore()
    putBackup(other, idText('2026-11-23T02:00:05Z'))
    store.objects.set(`${folder}manifest.json`, [...other.objects.values()].at(-1) as never)
  },
  'the manifest cannot be read': (store) => {
    store.cues.breakRead = 'manifest.json'
  },
  'a payload is missing': (store, folder) => store.objects.delete(`${folder}${zip}`),
  'a pack is missing': (store, folder) => store.objects.delete(`${folder}tenants/packs/0-1.zip`),
  'a payload is too short': (store, folder) => change(store, folder + zip, 'x'),
  'SHA256SUMS is missing': (store, folder) => store.objects.delete(`${folder}SHA256SUMS`),
}

describe.each(Object.entries(damages))('damage in the first store: %s', (_, spoil) => {
  test.each(['a', 'b'])('the copy in the second store is used for tenant %s, with a warning', async (tenant) => {
    const { near, far, reporter } = copies(spoil)
    const places = await findBackup([near, far], { ...wish, tenant }, { tolerant: true, reporter, signal })
    const copy = await chooseCopy(places, { reporter, signal })
    expect([copy.store.address, copy.manifest.id]).toEqual(['s3://far', tenants])
    expect(reporter.texts('warn')).toEqual([expect.stringContaining('file:./near')])
  })
})

test('the first copy is used without a warning if it is complete', async () => {
  const { near, far, reporter } = copies(() => {})
  const copy = await chooseCopy(await findBackup([near, far], wish), { reporter, signal })
  expect([copy.store.address, reporter.texts('warn')]).toEqual(['file:./near', []])
})

test('an incomplete copy is used for a part of the backup if no copy is complete', async () => {
  const { near, far, reporter } = copies((store, folder) => store.objects.delete(`${folder}database.dump.zst`))
  change(far, `shop/${tenants}/manifest.json`, '{}')
  const places = await findBackup([far, near], wish)
  expect((await chooseCopy(places, { reporter, signal })).store.address).toBe('file:./near')
  near.cues.breakRead = 'manifest.json'
  await expect(chooseCopy(places, { reporter, signal })).rejects.toMatchObject({ code: 'manifest/damaged' })
})

test('a copy in a format of a later version is not skipped', async () => {
  const later = JSON.stringify({ ...sampleManifest(), format: 'resguardo/2' })
  const { near, far, reporter } = copies((store, folder) => change(store, `${folder}manifest.json`, later))
  const places = await findBackup([near, far], wish)
  await expect(chooseCopy(places, { reporter, signal })).rejects.toMatchObject({ code: 'manifest/newer-format' })
})

test('a companion backup is read from the second store if the first store has a damaged copy or is down', async () => {
  const { near, far, reporter } = copies((store, folder) => change(store, `${folder}manifest.json`, '{}'))
  const platform = sampleManifest(idText('2026-11-24T02:00:05Z'), { recoveryPoint: tenants })
  const places = await findBackup([near, far], wish)
  const found = () => findCompanion(places, platform, 'tenant', { reporter, signal })
  expect((await found()).store.address).toBe('s3://far')
  near.cues.failFolder = true
  expect((await found()).store.address).toBe('s3://far')
})
