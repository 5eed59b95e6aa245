// Pins a backup in every store that has it, so that no policy removes it; removes pins.
import { backupPrefix, manifestFile } from '../../domain/backups/backup.ts'
import type { BackupEntry } from '../../domain/backups/catalogue.ts'
import { dayText, parseMark, pinMark, signatureEnding } from '../../domain/backups/marks.ts'
import type { Pin } from '../../domain/backups/pin.ts'
import { asFailure, Failure } from '../../domain/failures/failure.ts'
import { joinFailures } from '../../domain/failures/join-failures.ts'
import { manifestSha256 } from '../../domain/manifest/manifest-json.ts'
import type { Store } from '../../ports/common.ts'
import { type ToSign, writeSignature } from '../signatures/write-signature.ts'
import type { Found } from './find-backup.ts'
import { readManifest } from './read-manifest.ts'

/**
 * Pins every copy. Replaces a pin with the same reason, whatever its end. Throws a failure of kind usage for a reason
 * that is no valid key. Throws other errors after every copy was tried: a failure of kind refused if the backup was
 * removed meanwhile.
 */
export async function pinBackup(places: readonly Found[], pin: Pin): Promise<void> {
  const mark = pinMark(pin)
  const content = `${JSON.stringify({ reason: pin.reason, ...(pin.until ? { until: dayText(pin.until) } : {}) })}\n`
  await everywhere(places, async (place) => {
    const { store, entry } = place
    const prefix = backupPrefix(entry.name, entry.id.text)
    const key = prefix + mark
    await signPin(place, { prefix, file: mark, content })
    await store.create(key, new TextEncoder().encode(content))
    // Checked after the pin is stored, to detect a concurrent removal that did not see the pin.
    if (!(await isBackup(place))) throw await withdrawn(place, key)
    await removeKeys(
      store,
      pinKeys(entry, pin.reason).filter((other) => other !== key && other !== key + signatureEnding),
    )
  })
}

/** If the store uses signatures, the pin names its manifest, which must be verified first. */
async function signPin({ store, entry }: Found, pin: Pick<ToSign, 'prefix' | 'file' | 'content'>): Promise<void> {
  if (!store.signatures) return
  const manifest = await readManifest(store, entry)
  await writeSignature(store, { ...pin, manifestSha256: manifestSha256(manifest), replace: true })
}

/** Whether the store has the backup's manifest now. Makes one listing. */
export async function isBackup({ store, entry }: Found): Promise<boolean> {
  const prefix = backupPrefix(entry.name, entry.id.text)
  for await (const { key } of store.list(prefix)) if (key === prefix + manifestFile) return true
  return false
}

/** Removes the pin if this run created it, and returns the failure to throw. */
async function withdrawn({ store, entry }: Found, key: string): Promise<Failure> {
  const gone = new Failure('backup/removed', `${entry.id.text} was removed from ${store.address} during the command`, {
    hint: 'Run `resguardo list` and pin another backup.',
  })
  try {
    if (!entry.keys.some((known) => known.key === key)) await removeKeys(store, [key, key + signatureEnding])
    return gone
  } catch (error) {
    return joinFailures([gone, asFailure(error)]) ?? gone
  }
}

/**
 * Removes all pins with this reason; without a reason, those of the only reason there is. Returns the reason. Throws a
 * failure of kind usage with the known reasons if that is ambiguous or unknown; throws other errors after every copy
 * was tried.
 */
export async function unpinBackup(places: readonly Found[], reason?: string): Promise<string> {
  const reasons = [...new Set(places.flatMap(({ entry }) => entry.pins.map((pin) => pin.reason)))]
  const meant = reason ?? (reasons.length === 1 ? reasons[0] : undefined)
  if (meant === undefined || !reasons.includes(meant)) throw notPinned(places[0]?.entry, reasons, reason)
  await everywhere(places, ({ store, entry }) => removeKeys(store, pinKeys(entry, meant)))
  return meant
}

function notPinned(entry: BackupEntry | undefined, reasons: readonly string[], reason: string | undefined): Failure {
  const named = reasons.map((each) => JSON.stringify(each)).join(', ')
  if (reasons.length === 0) {
    return new Failure('pin/not-found', `${entry?.id.text} is not pinned`, {
      hint: 'Run `resguardo list` to see which backups are pinned.',
    })
  }
  if (reason === undefined) {
    return new Failure('pin/ambiguous', `${entry?.id.text} is pinned for several reasons`, {
      hint: `Give --reason, one of: ${named}.`,
    })
  }
  return new Failure('pin/not-found', `${entry?.id.text} is not pinned for the reason ${JSON.stringify(reason)}`, {
    hint: `It is pinned for: ${named}.`,
  })
}

function pinKeys(entry: BackupEntry, reason: string): string[] {
  const prefix = backupPrefix(entry.name, entry.id.text)
  return entry.keys
    .map(({ key }) => key)
    .filter((key) => {
      const path = key.slice(prefix.length)
      const mark = parseMark(path.endsWith(signatureEnding) ? path.slice(0, -signatureEnding.length) : path)
      return mark?.mark === 'pin' && mark.pin.reason === reason
    })
}

async function removeKeys(store: Store, keys: readonly string[]): Promise<void> {
  if (keys.length === 0) return
  for await (const removal of store.remove(keys)) {
    if (removal.outcome === 'removed') continue
    const until = removal.until ? ` until ${dayText(removal.until)}` : ''
    throw new Failure(
      'pin/locked',
      `could not remove ${removal.key}: an object lock of ${store.address} protects it${until}`,
      {
        hint: 'The pin remains until the lock ends.',
      },
    )
  }
}

async function everywhere(places: readonly Found[], work: (place: Found) => Promise<void>): Promise<void> {
  const failures: Failure[] = []
  for (const place of places) {
    try {
      await work(place)
    } catch (error) {
      failures.push(asFailure(error))
    }
  }
  const failure = joinFailures(failures)
  if (failure) throw failure
}
