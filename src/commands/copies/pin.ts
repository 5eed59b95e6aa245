// `pin`: protects a backup from pruning, with a reason and an optional end; `--unpin` removes the pin.

import { dayText, endOfDay } from '../../domain/backups/marks.ts'
import { Failure } from '../../domain/failures/failure.ts'
import { namingInputs, selectionInputs, signingInputs, storeInputs } from '../../inputs/shared.ts'
import { findBackup } from '../../operations/catalogue/find-backup.ts'
import { pinBackup, unpinBackup } from '../../operations/catalogue/pin.ts'
import { facts, heading, report } from '../../report/report.ts'
import { command } from '../command.ts'
import { checkStores, choiceOf, openStores } from '../stores/stores-of.ts'

export const pin = command({
  name: 'pin',
  summary: 'Protect a backup from pruning, with a reason and an optional end date; --unpin removes the pin',
  examples: [
    'pin 20261124T020005Z --reason "before the 2.0 release" --until 2026-12-31',
    'pin latest --reason audit --for 90d',
    'pin 20261124T020005Z --unpin --reason audit',
  ],
  positional: ['kind', 'backup'],
  inputs: {
    ...selectionInputs,
    ...namingInputs,
    reason: {
      kind: 'text',
      summary: 'Reason for the pin; with --unpin: the pin to remove, if there are several',
      group: 'The pin',
    },
    until: {
      kind: 'time',
      summary: 'Last day of the pin (UTC); default: no end',
      group: 'The pin',
      placeholder: 'DAY',
    },
    for: { kind: 'duration', summary: 'Duration of the pin, such as 30d', group: 'The pin' },
    unpin: { kind: 'flag', fallback: false, summary: 'Remove the pin', group: 'The pin' },
    ...storeInputs,
    ...signingInputs,
  },
  outputs: { 'backup-id': 'Id of the backup', until: 'Last day of the pin, if it has an end' },
  check: (values, world) => {
    const broken = checkStores(values, world)
    if (values.reason === undefined && !values.unpin)
      broken.push('--reason is missing, such as --reason "before the 2.0 release"')
    if (values.until && values.for !== undefined) broken.push('--until and --for cannot be used together')
    if (values.unpin && (values.until || values.for !== undefined)) {
      broken.push('--unpin cannot be used together with --until or --for')
    }
    return broken
  },
  run: async (values, world) => {
    const { unpin } = values
    const now = world.clock.now()
    const end = values.for === undefined ? values.until : new Date(now.getTime() + values.for * 1000)
    const until = end && lastMoment(end)
    if (until && until < now) {
      throw new Failure('pin/invalid-end', `--until: ${dayText(until)} is in the past`, {
        hint: 'Give a day in the future.',
      })
    }
    const stores = await openStores(values, world)
    const places = await findBackup(stores, choiceOf(values, world), {
      reporter: world.reporter,
      signal: world.signal,
      now,
    })
    const [{ entry }] = places
    const reason = unpin ? await unpinBackup(places, values.reason) : (values.reason ?? '')
    if (!unpin) await pinBackup(places, { reason, ...(until ? { until } : {}) })
    const addresses = places.map(({ store }) => store.address)
    const day = until ? dayText(until) : undefined
    const state = unpin ? 'is no longer pinned' : `is pinned ${day === undefined ? 'without an end' : `until ${day}`}`
    return {
      outputs: { 'backup-id': entry.id.text, until: day },
      report: report(
        heading(`${entry.id.text} ${state}`, 'done'),
        facts([
          ['Reason', reason],
          ['Stores', addresses.join(', ')],
        ]),
      ),
      document: {
        backup: entry.id.text,
        name: entry.name,
        pinned: !unpin,
        reason,
        until: day ?? null,
        stores: addresses,
      },
    }
  },
})

const lastYear = 9999

/** Returns the last moment of the day (UTC) that contains the time. */
function lastMoment(time: Date): Date | undefined {
  // A time beyond the range of Date has no year.
  if (time.getUTCFullYear() <= lastYear) return endOfDay(dayText(time))
  throw new Failure('pin/invalid-end', `--for: the pin would end after the year ${lastYear}`, {
    hint: 'Omit --until and --for to pin the backup without an end.',
  })
}
