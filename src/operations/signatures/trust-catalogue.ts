// Applies trusted keys to a store's listing: which backups are trusted, and which of their marks count.
import { backupPrefix, manifestFile } from '../../domain/backups/backup.ts'
import type { Catalogue } from '../../domain/backups/build-catalogue.ts'
import { type BackupEntry, tenantFiles } from '../../domain/backups/catalogue.ts'
import { allTenantsMark, parseMark, signatureEnding, suspectMark } from '../../domain/backups/marks.ts'
import type { Pin } from '../../domain/backups/pin.ts'
import type { DrillMark } from '../../domain/drill/drill.ts'
import { asFailure } from '../../domain/failures/failure.ts'
import type { Store } from '../../ports/common.ts'
import { readManifest } from '../catalogue/read-manifest.ts'
import { mapConcurrently } from '../map-concurrently.ts'
import { readSignature } from './read-signature.ts'

const atOnce = 16

/**
 * Returns the same catalogue if the store has no trusted keys. Reads one small object for each backup, drill and pin,
 * and the manifests of backups of some tenants.
 */
export async function trustCatalogue(store: Store, catalogue: Catalogue, signal?: AbortSignal): Promise<Catalogue> {
  if (!store.signatures?.trusted) return catalogue
  const entries = [...catalogue.entries]
  await mapConcurrently(atOnce, catalogue.entries, async (entry, place) => {
    entries[place] = await trustEntry(store, entry, signal)
  })
  return { ...catalogue, entries }
}

async function trustEntry(store: Store, entry: BackupEntry, signal?: AbortSignal): Promise<BackupEntry> {
  const prefix = backupPrefix(entry.name, entry.id.text)
  const present = new Set(entry.keys.map(({ key }) => key))
  const read = async (file: string) =>
    present.has(prefix + file + signatureEnding)
      ? readSignature(store, prefix + file, signal)
      : { fault: 'it has no signature' }
  const found = await read(manifestFile)
  if ('fault' in found) return { ...entry, trust: { isTrusted: false, reason: found.fault } }
  const { statement, fingerprint } = found
  const manifestSha256 = statement.subject.sha256
  const marks = await laterMarks(entry, prefix, async (file) => {
    const mark = await read(file)
    return 'statement' in mark && mark.statement.manifest?.sha256 === manifestSha256
  })
  const { keepUntil: _, ...rest } = entry
  const signed = marksOf(statement.marks)
  const isOfSome = tenantFiles(entry).length > 0 && !signed.allTenants
  return {
    ...rest,
    ...signed,
    ...(isOfSome && { signedFiles: await payloadsOf(store, entry, signal) }),
    ...marks,
    trust: { isTrusted: true, manifestSha256, fingerprint, time: new Date(statement.time) },
  }
}

/** A backup with a damaged manifest gets a unique place in retention. Throws what the store throws. */
async function payloadsOf(store: Store, entry: BackupEntry, signal?: AbortSignal): Promise<string[]> {
  try {
    const { payloads } = await readManifest(store, entry, signal)
    return payloads.map(({ file }) => file)
  } catch (error) {
    if (asFailure(error).kind === 'integrity') return [`tenants/${entry.id.text}`]
    throw error
  }
}

/**
 * Marks that were made after the backup. A pin without a signature still counts: at worst, a backup is kept too long.
 */
async function laterMarks(
  { keys }: BackupEntry,
  prefix: string,
  isSigned: (file: string) => Promise<boolean>,
): Promise<Pick<BackupEntry, 'drills' | 'pins'>> {
  const drills: DrillMark[] = []
  const pins: Pin[] = []
  for (const { key } of keys) {
    const file = key.slice(prefix.length)
    const mark = parseMark(file)
    if (mark?.mark === 'drill' && (await isSigned(file))) drills.push(mark.drill)
    if (mark?.mark === 'pin') pins.push((await isSigned(file)) ? mark.pin : { ...mark.pin, isUnsigned: true })
  }
  return { drills: drills.sort((a, b) => b.time.getTime() - a.time.getTime()), pins }
}

function marksOf(marks: readonly string[]): Pick<BackupEntry, 'suspect' | 'allTenants' | 'keepUntil'> {
  const [until] = marks.flatMap((text) => {
    const mark = parseMark(text)
    return mark?.mark === 'keep-until' ? [mark.until] : []
  })
  return {
    suspect: marks.includes(suspectMark),
    allTenants: marks.includes(allTenantsMark),
    ...(until && { keepUntil: until }),
  }
}
