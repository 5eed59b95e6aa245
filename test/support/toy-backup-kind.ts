// An example of a new kind of backup: one object with everything that it needs. It backs up the words of a file.
import { readFile } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import type { RestoreValues } from '../../src/commands/restore/restore-inputs.ts'
import { openFirstStoreWith } from '../../src/commands/stores/stores-of.ts'
import type { BackupKind, BackupValues } from '../../src/commands/world.ts'
import { Failure } from '../../src/domain/failures/failure.ts'
import type { Manifest } from '../../src/domain/manifest/manifest.ts'
import { plural } from '../../src/domain/text/plural.ts'
import { inputTable, type Values } from '../../src/inputs/kinds.ts'
import { backUpSource } from '../../src/operations/backup/back-up-source.ts'
import type { BackupSource } from '../../src/operations/backup/backup-source.ts'
import { readManifest } from '../../src/operations/catalogue/read-manifest.ts'
import type { Scratch } from '../../src/ports/drill.ts'
import { paragraph, report } from '../../src/report/report.ts'

interface ToyManifest extends Manifest {
  readonly kind: 'toy'
  readonly words: readonly string[]
}

const inputs = inputTable({
  'toy-file': { kind: 'text', summary: 'File with words', group: 'Toy', placeholder: 'PATH' },
})
type ToyValues = Values<typeof inputs>

export const toy: BackupKind<ToyManifest> = {
  name: 'toy',
  report: {
    sizes: { rows: 'Words' },
    facts: ({ words }) => [['Words', String(words.length)]],
    restore: () => ({ confirm: 'PATH' }),
    byHand: () => ['cat words.txt'],
  },
  titles: { dump: 'Reading words', compare: 'Comparing with the last backup', drill: 'Comparing words' },
  sizeOf: ({ words }) => ({ rows: words.length, bytes: 0 }),
  isWhole: () => true,
  backup: {
    summary: 'Back up the words of a file',
    subject: 'words of a file',
    inputs,
    main: 'toy',
    check: ({ toyFile }: ToyValues) => (toyFile === undefined ? ['--toy-file is missing'] : []),
    async run(stores, { toyFile = '', ...values }: BackupValues & ToyValues, world) {
      const source = { display: toyFile, probe: async () => [], open: () => openWords(toyFile, world.clock.now()) }
      const request = { ...values, source, stores, name: values.name ?? 'toy' }
      return { ...(await backUpSource(request, world)), companions: [] }
    },
  },
  restore: {
    summary: 'Restore words into a file',
    inputs,
    async run(values: RestoreValues & ToyValues, world) {
      const { store, entry } = await openFirstStoreWith(values, world, 'toy')
      const { id } = await readManifest(store, entry, world.signal)
      if (!values.dryRun) throw new Failure('input/invalid', 'toys are never restored')
      return {
        outputs: { 'backup-id': id, database: values.toyFile },
        report: report(paragraph(`Would write ${values.toyFile}.`)),
        document: { done: false, backup: id },
        confirm: values.toyFile,
      }
    },
  },
  drill: {
    summary: 'Drill a backup of words',
    inputs: {},
    urlVariable: 'TOY_URL',
    isDatabase: false,
    openScratch: async () => scratch(),
    counts: ({ words }) => ({ tables: 1, rows: words.length }),
  },
}

async function openWords(path: string, now: Date): Promise<BackupSource<ToyManifest>> {
  const content = await readFile(path, 'utf8')
  return {
    kind: 'toy',
    snapshot: { taken: now.toISOString(), standby: false },
    concurrency: 1,
    async *payloads() {
      yield { file: 'words.txt', role: 'archive', stream: Readable.from([content]), estimate: content.length }
    },
    finish: async () => ({ content: { kind: 'toy', words: content.trim().split(/\s+/) }, tools: {}, notes: [] }),
    close: async () => {},
  }
}

/** Scratch in memory. */
function scratch(): Scratch<ToyManifest> {
  let restored = ''
  return {
    url: 'toy:scratch',
    display: 'a toy',
    isolation: { isolation: 'none', reasons: [] },
    openPort: async () => ({ url: 'toy:scratch', close: async () => {} }),
    async load(_, [payload]) {
      if (payload) restored = await text(await payload.open())
      return []
    },
    async compare({ words }) {
      const missing = words.filter((word) => !restored.includes(word))
      return missing.map((name) => ({ what: 'table', name, sentence: `${name} is missing` }))
    },
    checkSql: async () => ({ passed: false, detail: plural(0, 'row') }),
    drop: async () => {},
  }
}
