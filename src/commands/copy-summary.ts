// What `checksum` and `upload` read and wrote, as a page shows it.
import { formatBytes } from '../domain/quantities.ts'
import type { Copied, CopyState } from '../operations/copy-backup.ts'
import type { VerifiedEverywhere } from '../operations/verify-everywhere.ts'
import { byHand, sumsTable } from './backup-summary.ts'
import type { World } from './command.ts'
import type { SummaryPart } from './summary.ts'

export function checksumSummary(
  { manifest, bytes, stores }: VerifiedEverywhere,
  world: Pick<World, 'stores'>,
): SummaryPart[] {
  const [first] = stores
  return [
    { kind: 'heading', text: `✅ ${manifest.id} is complete and undamaged` },
    {
      kind: 'paragraph',
      text: `${formatBytes(bytes)} of stored bytes read, and compared with the manifest byte by byte.`,
    },
    {
      kind: 'table',
      head: ['Store', 'Files', 'Size'],
      rows: stores.map((store) => [store.address, String(store.files), formatBytes(store.bytes)]),
    },
    sumsTable(manifest),
    ...(first ? [byHand(manifest, first.address, world)] : []),
  ]
}

/** What became of a copy, in words. */
export const copyStates: Readonly<Record<CopyState, string>> = {
  copied: 'copied and confirmed',
  repaired: 'repaired',
  'was-whole': 'existed already; every byte verified',
}

export function uploadSummary({ manifest, stores }: Copied): SummaryPart[] {
  return [
    { kind: 'heading', text: `✅ Uploaded ${manifest.id}` },
    {
      kind: 'table',
      head: ['Store', 'Result', 'Files written'],
      rows: stores.map(({ address, state, files }) => [address, copyStates[state], String(files)]),
    },
    sumsTable(manifest),
  ]
}
