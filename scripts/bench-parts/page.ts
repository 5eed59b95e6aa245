// Measurements as tables of docs/benchmarks.md.
import { table } from '../generate/blocks.ts'
import type { ResultLine, Section } from './results.ts'

/** A section as Markdown: command, date, machine, noise, and a table with a row per line. */
export function sectionText(section: Section): string {
  const { command, date, revision, comparedWith, machine, noise, lines } = section
  const of = comparedWith === null ? `Revision ${revision}` : `Revision ${revision} compared with ${comparedWith}`
  return [
    `\`${command}\``,
    '',
    `${of}, ${date.slice(0, 10)}; ${machine.cores} cores (${machine.processor}), ${Math.round(machine.memoryMegabytes / 1024)} GB; machine noise ±${percent(noise)}.`,
    '',
    table(['line', 'median', 'ratio', '95% interval', 'rounds', 'peak memory', 'limits'], lines.map(row)),
  ].join('\n')
}

/**
 * Fills the block `<!-- measured: PART -->` of every part that has a section, and the block `revisions` with all
 * comparisons of revisions. A block without a section stays as it is. Throws if a section has no block.
 */
export function fillPage(page: string, sections: readonly Section[]): string {
  const revisions = sections.filter(({ comparedWith }) => comparedWith !== null)
  const parts = sections.filter(({ comparedWith }) => comparedWith === null)
  const blocks = new Map(parts.map((section) => [section.part, sectionText(section)]))
  if (revisions.length > 0) blocks.set('revisions', revisions.map(sectionText).join('\n\n'))
  return [...blocks].reduce((text, [name, content]) => fillBlock(text, name, content), page)
}

/** Replaces the text of one block. Throws if the page has no such block. */
export function fillBlock(page: string, name: string, content: string): string {
  const [begin, end] = [`<!-- measured: ${name} -->`, `<!-- /measured: ${name} -->`]
  const from = page.indexOf(begin)
  const to = page.indexOf(end)
  if (from < 0 || to < from) throw new Error(`docs/benchmarks.md has no block "measured: ${name}"`)
  return `${page.slice(0, from)}${begin}\n\n${content}\n\n${page.slice(to)}`
}

function row({ line, unit, value, ratio, interval, decided, rounds, peakMegabytes, bars }: ResultLine): string[] {
  const limits = [
    limit('ratio', bars.ratio, ...(interval ?? [0, Number.POSITIVE_INFINITY])),
    limit(unit, bars.value, value, value),
    limit('MB of memory', bars.peakMegabytes, peakMegabytes ?? 0, peakMegabytes ?? 0),
  ]
  return [
    line,
    quantity(value, unit),
    ratio === null ? '' : ratio.toFixed(2),
    [interval?.map((bound) => bound.toFixed(3)).join('–'), decided ? undefined : 'undecided']
      .filter(Boolean)
      .join(', '),
    String(rounds),
    peakMegabytes === null ? '' : quantity(peakMegabytes, 'MB'),
    limits.filter((text) => text !== '').join('; '),
  ]
}

/** States whether all values from `low` to `high` are within the limit. */
function limit(name: string, most: number | undefined, low: number, high: number): string {
  if (most === undefined) return ''
  return `${name} ≤ ${most}: ${high <= most ? 'met' : low > most ? 'missed' : 'undecided'}`
}

function quantity(value: number, unit: ResultLine['unit']): string {
  return `${unit === 's' ? value.toPrecision(3) : value.toFixed(0)} ${unit}`
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)}%`
}
