// `checksum`: the second stage, every stored byte against the manifest.
import { formatBytes } from '../domain/quantities.ts'
import { selectionInputs, storeInputs } from '../inputs/shared.ts'
import { verifyEverywhere } from '../operations/verify-everywhere.ts'
import { command } from './command.ts'
import { openStores } from './stores-of.ts'

export const checksum = command({
  name: 'checksum',
  summary: 'Read a backup in every store and compare each byte with its manifest',
  examples: ['checksum', 'checksum 20261124T020005Z-platform-scheduled-7f3a9c'],
  positional: 'backup',
  inputs: { ...selectionInputs, ...storeInputs },
  outputs: { 'backup-id': 'Id of the backup', bytes: 'Bytes read in all', sha256: 'SHA-256 of the main payload' },
  run: async (values, world) => {
    const verified = await verifyEverywhere(await openStores(values, world), values, world)
    const main = verified.manifest.payloads.find(({ role }) => role === 'archive')
    return {
      outputs: { 'backup-id': verified.manifest.id, bytes: verified.bytes, sha256: main?.sha256 },
      lines: [
        `${verified.manifest.id} is whole: ${formatBytes(verified.bytes)} read and compared.`,
        ...verified.stores.map((store) => `  ${store.address}: ${store.files} files, ${formatBytes(store.bytes)}`),
      ],
      document: {
        backup: verified.manifest.id,
        name: verified.manifest.name,
        bytes: verified.bytes,
        stores: verified.stores,
        payloads: verified.manifest.payloads,
      },
    }
  },
})
