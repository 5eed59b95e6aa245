// The reports of `checksum` and `upload`: what was read and written in each store.
import { formatBytes } from '../../domain/text/quantities.ts'
import type { Copied, CopyState } from '../../operations/backup/copy-backup.ts'
import type { VerifiedCopy, VerifiedEverywhere } from '../../operations/verify/verify-everywhere.ts'
import { facts, heading, numbers, onPage, type Report, report, table } from '../../report/report.ts'
import { byHand, sumsTable } from '../backup/backup-report.ts'
import type { World } from '../command.ts'

/** `recorded`: name of the table of runs, if it has the same SHA-256. */
export function checksumReport(
  { manifest, bytes, stores }: VerifiedEverywhere,
  recorded: string | undefined,
  world: Pick<World, 'kinds' | 'stores'>,
): Report {
  return report(
    heading(`${manifest.id} is complete and undamaged`, 'done'),
    facts([
      ['Read', `${formatBytes(bytes)} of stored bytes, compared with the manifest`],
      ['Recorded in', recorded && `${recorded}, with the same SHA-256`],
    ]),
    table(
      ['Store', numbers('Files'), numbers('Size'), 'Signature'],
      stores.map((store) => [store.address, store.files, formatBytes(store.bytes), signatureText(store)]),
    ),
    onPage(sumsTable(manifest), ...stores.slice(0, 1).map(({ address }) => byHand(manifest, address, world))),
  )
}

function signatureText({ signature }: VerifiedCopy): string {
  if (!signature) return 'not signed'
  const { fingerprint, time, isTrusted } = signature
  return `signed by ${fingerprint} (${isTrusted ? 'trusted' : 'no trusted keys given'}) at ${time}`
}

const copyStates: Readonly<Record<CopyState, string>> = {
  copied: 'copied and verified',
  repaired: 'repaired',
  'was-whole': 'existed already; every byte verified',
}

export function uploadReport({ manifest, stores }: Copied): Report {
  return report(
    heading(`Uploaded ${manifest.id}`, 'done'),
    table(
      ['Store', 'Result', numbers('Files written')],
      stores.map(({ address, state, files }) => [address, copyStates[state], files]),
    ),
    onPage(sumsTable(manifest)),
  )
}
