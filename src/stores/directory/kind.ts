// Stores in a directory: `file:./backups`, `file:///abs/path`, or the path alone.
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { invalidAddress } from '../../domain/failures/invalid-address.ts'
import { shellWord } from '../../domain/text/command-line.ts'
import { directoryInputs } from '../../inputs/shared.ts'
import type { StoreKind } from '../../ports/store.ts'

export const directory: StoreKind<typeof directoryInputs> = {
  scheme: 'file',
  example: 'file:./backups',
  place: 'on-site',
  inputs: directoryInputs,
  fallback: { summary: 'BACKUP_DIR (./backups)', address: ({ backupDir }) => `file:${backupDir}` },
  canonical: (address) => `file:${resolve(withoutScheme(address))}`,
  download: (address, prefix) => `cd ${shellWord(`${pathOf(address).replace(/\/$/, '')}/${prefix}`)}`,
  async open(address, _, { clock }) {
    const path = pathOf(address)
    if (path === '' || path.includes('\0')) throw invalidAddress(address, 'Write it like file:./backups.')
    const { openDirectoryStore } = await import('./store.ts')
    return openDirectoryStore(path, { address: `file:${withoutScheme(address)}`, now: () => clock.now() })
  },
}

function withoutScheme(address: string): string {
  return address.replace(/^file:/i, '')
}

/** `file:./a b` is a literal path; `file:///a%20b` is a URL. */
function pathOf(address: string): string {
  const path = withoutScheme(address)
  if (path === address || !path.startsWith('//')) return path
  try {
    return fileURLToPath(address)
  } catch {
    throw invalidAddress(address, 'Write it like file:///var/backups or file:./backups.')
  }
}
