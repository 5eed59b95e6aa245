// Finds objects with a definition that differs from the backup, and describes the first difference in it.
import type { Difference, Inventory } from '../../../domain/fingerprint/fingerprint.ts'
import {
  type Definition,
  definitionsOf,
  type InventoryOptions,
  inventoryOf,
  mayHoldSecrets,
  shortDigits,
} from '../archive/inventory.ts'
import type { TocEntry } from '../archive/toc-entry.ts'
import { normalizeDefinition } from '../definitions/normalize-definition.ts'

export interface ComparedDefinitions {
  readonly differences: readonly Difference[]
  /** Number of objects that could be compared only by kind and name. */
  readonly notCompared: number
}

/** Maximum number of differences that are named; further ones are counted. */
const mostNamed = 100

/**
 * Compares the restored entries of an archive with the entries of a dump of the restored database. Ignores objects that
 * only one side has.
 */
export function compareEntries(
  before: readonly TocEntry[],
  now: readonly TocEntry[],
  options: InventoryOptions,
): ComparedDefinitions {
  const actual = definitionsOf(now, options)
  const differences = [...definitionsOf(before, options)].flatMap(([kind, definitions]) => {
    const candidates = Map.groupBy(actual.get(kind) ?? [], ({ name }) => name)
    return [...Map.groupBy(definitions, ({ name }) => name)].flatMap(([name, sameName]) => {
      const found = candidates.get(name) ?? []
      const was = without(sameName, found)
      const is = without(found, sameName)
      return was.flatMap((each, at) => {
        const other = is[at]
        return other === undefined
          ? []
          : [difference(kind, other.entry, explain(kind, each.entry, other.entry, options))]
      })
    })
  })
  return { differences: atMost(differences), notCompared: 0 }
}

/**
 * Compares the inventory of a manifest with the entries of a dump of the restored database. Does not compare kinds that
 * lost or gained objects.
 */
export function compareWithInventory(expected: Inventory, now: readonly TocEntry[]): ComparedDefinitions {
  const inventory = inventoryOf(now).objects
  const actual = definitionsOf(now)
  const differences: Difference[] = []
  let notCompared = 0
  for (const [kind, { count, sha256, definitions }] of Object.entries(expected.objects)) {
    const is = inventory[kind]
    if (definitions === undefined || is?.definitions === undefined || is.sha256 !== sha256) notCompared += count
    else if (is.definitions.sha256 !== definitions.sha256)
      differences.push(...shortDifferences(kind, definitions.short, actual.get(kind) ?? []))
  }
  return { differences: atMost(differences), notCompared }
}

function shortDifferences(kind: string, short: string, actual: readonly Definition[]): Difference[] {
  const named = actual.flatMap(({ sha256, entry }, at) =>
    short.startsWith(sha256.slice(0, shortDigits), at * shortDigits) ? [] : [difference(kind, entry, '')],
  )
  const sentence = `${kind}: a definition differs from the backup`
  return named.length > 0 ? named : [{ what: 'definition', name: kind, sentence }]
}

function without(definitions: readonly Definition[], others: readonly Definition[]): Definition[] {
  const found = new Set(others.map(({ sha256 }) => sha256))
  return definitions.filter(({ sha256 }) => !found.has(sha256))
}

function difference(kind: string, { schema, tag }: TocEntry, detail: string): Difference {
  const name = schema === undefined ? tag : `${schema}.${tag}`
  const object = name.startsWith(`${kind} `) ? name : `${kind} ${name}`
  return { what: 'definition', name, sentence: `${object}: the definition differs from the backup${detail}` }
}

function atMost(differences: readonly Difference[]): Difference[] {
  const more = differences.length - mostNamed
  if (more <= 0) return [...differences]
  const rest = {
    what: 'definition',
    name: 'definitions',
    sentence: `${more} more definitions differ from the backup`,
  } as const
  return [...differences.slice(0, mostNamed), rest]
}

/** Describes the difference without string literals and function bodies, which may contain data or passwords. */
function explain(kind: string, before: TocEntry, now: TocEntry, { owners = true }: InventoryOptions): string {
  if (owners && before.owner !== now.owner)
    return ` (owner ${before.owner ?? 'none'} in the backup, ${now.owner ?? 'none'} restored)`
  if (mayHoldSecrets(kind)) return ''
  const [was, is] = [before, now].map(({ definition }) => linesOf(definition)) as [string[], string[]]
  const at = was.findIndex((line, index) => normalizeDefinition(line) !== normalizeDefinition(is[index] ?? ''))
  if (at === -1) return ''
  return ` (${excerpt(was[at] ?? '', is[at] ?? '')} in the backup, ${excerpt(is[at] ?? '', was[at] ?? '')} restored)`
}

function linesOf(definition: string): string[] {
  return withoutLiterals(definition.slice(0, longestExplained))
    .split('\n')
    .map((line) => line.trim())
}

function withoutLiterals(definition: string): string {
  return definition.replaceAll(/(\$\w*\$)[\s\S]*?\1/g, '$$…$$').replaceAll(/'[^']*'/g, "'…'")
}

/** Maximum characters of a definition to search for a difference. */
const longestExplained = 1 << 14
const shown = 80
const before = 20

/** The part of a line at its first difference from another line. */
function excerpt(line: string, other: string): string {
  const same = [...line].findIndex((character, index) => character !== other[index])
  const from = Math.max(0, same - before)
  const text = line.slice(from, from + shown)
  return `"${from > 0 ? '…' : ''}${text}${from + shown < line.length ? '…' : ''}"`
}
