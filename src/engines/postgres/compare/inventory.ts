// Reads the restored catalog with pg_dump, which produces the same table of contents as that of the backup's archive.
import { join } from 'node:path'
import type { Difference } from '../../../domain/fingerprint/fingerprint.ts'
import type { Selection } from '../../../domain/manifest/manifest.ts'
import type { Sandbox } from '../../../sandbox/sandbox.ts'
import { startChild } from '../../../streams/processes/child.ts'
import type { ArchiveFingerprint } from '../archive/fingerprint.ts'
import { inventoryOf } from '../archive/inventory.ts'
import { ArchiveReader } from '../archive/reader.ts'
import type { TocEntry } from '../archive/toc-entry.ts'
import { type Address, toolEnvironment } from '../connection/address.ts'
import { explainTool } from '../connection/errors.ts'
import { selectionArguments } from '../dump/dump-arguments.ts'
import type { ClientTools } from '../tools.ts'

/** Returns the table of contents of the database's schema, with the selection and the encoding of the dump. */
export async function readCatalogue(
  { address, tools, sandbox }: { address: Address; tools: ClientTools; sandbox?: Pick<Sandbox, 'start'> },
  dumped: { readonly selection: Selection; readonly encoding: string },
  signal: AbortSignal,
): Promise<ArchiveFingerprint> {
  const reader = new ArchiveReader()
  const program = {
    command: join(tools.folder, 'pg_dump'),
    arguments: [
      ...['--format=custom', '--compress=0', '--schema-only', '--no-password'],
      `--encoding=${dumped.encoding}`,
      ...selectionArguments({ ...dumped.selection, excludeTableData: [], parts: 'all' }),
    ],
    environment: toolEnvironment(address),
    explain: explainTool('pg_dump', address.display),
  }
  const child = sandbox ? sandbox.start(program) : startChild({ ...program, signal })
  if (sandbox) signal.addEventListener('abort', () => void child.stop(), { once: true })
  for await (const chunk of child.output()) reader.push(chunk as Uint8Array)
  return reader.end()
}

const named = 10

/** Adds the first objects that only one side has to differences of the inventory. */
export function nameObjects(
  differences: readonly Difference[],
  before: readonly TocEntry[],
  now: readonly TocEntry[],
): Difference[] {
  return differences.map((difference) => {
    if (difference.what !== 'inventory') return difference
    const [was, is] = [namesOf(before, difference.name), namesOf(now, difference.name)]
    const parts = [list('missing', minus(was, is)), list('not in the backup', minus(is, was))].filter(Boolean)
    return parts.length === 0 ? difference : { ...difference, sentence: `${difference.sentence} (${parts.join('; ')})` }
  })
}

function namesOf(entries: readonly TocEntry[], kind: string): string[] {
  return entries
    .filter((entry) => entry.description === kind && Object.keys(inventoryOf([entry]).objects).length > 0)
    .map((entry) => (entry.schema ? `${entry.schema}.${entry.tag}` : entry.tag))
}

/** Names that occur more often in `from` than in `taken`. */
function minus(from: readonly string[], taken: readonly string[]): string[] {
  const counts = new Map<string, number>()
  for (const name of taken) counts.set(name, (counts.get(name) ?? 0) + 1)
  return from.filter((name) => {
    const left = counts.get(name) ?? 0
    counts.set(name, left - 1)
    return left <= 0
  })
}

function list(title: string, names: readonly string[]): string {
  if (names.length === 0) return ''
  const more = names.length > named ? ` and ${names.length - named} more` : ''
  return `${title}: ${names.slice(0, named).join(', ')}${more}`
}
