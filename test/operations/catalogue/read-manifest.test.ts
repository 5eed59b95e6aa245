// Validation of manifests that are read from a store.
import { describe, expect, it } from 'vitest'
import { parseBackupId } from '../../../src/domain/backups/backup.ts'
import { readCatalogue } from '../../../src/operations/catalogue/read-catalogue.ts'
import { readManifest } from '../../../src/operations/catalogue/read-manifest.ts'
import { readObject } from '../../../src/operations/stores/read-object.ts'
import { memoryStore } from '../../support/memory-store.ts'
import { idText, putBackup, sampleManifest } from '../../support/sample-backups.ts'

const id = idText('2026-11-24T02:00:05Z')
const other = idText('2026-11-23T02:00:05Z')
const key = `shop/${id}/manifest.json`

function stored() {
  const store = memoryStore()
  putBackup(store, id)
  return store
}

const entry = { name: 'shop', id: parseBackupId(id) as NonNullable<ReturnType<typeof parseBackupId>> }

describe('manifests in a store', () => {
  it('the manifest of a catalogue entry is returned', async () => {
    const store = stored()
    const { entries } = await readCatalogue(store)
    expect(await readManifest(store, entries[0] as (typeof entries)[0])).toEqual(sampleManifest(id))
  })
  it('a missing manifest is an integrity failure', async () => {
    await expect(readManifest(memoryStore(), entry)).rejects.toMatchObject({
      code: 'backup/incomplete',
      message: expect.stringContaining(id),
    })
  })
  it.each([
    ['another id', other, 'shop'],
    ['another name', id, 'blog'],
  ])('a manifest with %s is an integrity failure', async (_, otherId, name) => {
    const store = stored()
    putBackup(store, otherId, { name })
    const swapped = store.objects.get(`${name}/${otherId}/manifest.json`)
    store.objects.set(key, swapped as NonNullable<typeof swapped>)
    await expect(readManifest(store, entry)).rejects.toMatchObject({
      code: 'manifest/misplaced',
      message: expect.stringContaining(`the manifest of ${name}/${otherId}`),
    })
  })
  it('a damaged manifest is an integrity failure that names the key', async () => {
    const store = stored()
    store.objects.set(key, { content: Buffer.from([0xff, 0xfe]), modified: new Date() })
    await expect(readManifest(store, entry)).rejects.toMatchObject({
      code: 'manifest/damaged',
      message: expect.stringContaining(key),
    })
    store.objects.set(key, { content: Buffer.from('{}'), modified: new Date() })
    await expect(readManifest(store, entry)).rejects.toMatchObject({
      code: 'manifest/damaged',
      message: expect.stringContaining(key),
    })
  })
  it('a manifest in a newer format is refused', async () => {
    const store = stored()
    store.objects.set(key, { content: Buffer.from('{"format":"resguardo/2"}'), modified: new Date() })
    await expect(readManifest(store, entry)).rejects.toMatchObject({ code: 'manifest/newer-format' })
  })
})

it('an object above the size limit is an integrity failure, a missing object is undefined', async () => {
  const store = stored()
  await expect(readObject(store, key, 10)).rejects.toMatchObject({ code: 'manifest/damaged' })
  expect(await readObject(store, 'nothing', 10)).toBeUndefined()
})
