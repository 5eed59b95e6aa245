// Results of the benchmarks: as JSON, and as tables of the page.
import { describe, expect, test } from 'vitest'
import { fillPage, sectionText } from '../../scripts/bench-parts/page.ts'
import { parseResults, type ResultLine, type Section, withSection } from '../../scripts/bench-parts/results.ts'

const line: ResultLine = {
  ...{
    line: '`resguardo backup`',
    rival: 'pipe',
    unit: 's',
    value: 12.7,
    ratio: 1.32,
    interval: [1.3, 1.34],
    decided: true,
  },
  ...{ rounds: 9, peakMegabytes: 120, bars: { ratio: 1.5 } },
}
const section: Section = {
  ...{ part: 'backup', date: '2026-11-29T14:00:00.000Z', command: './scripts/bench backup', revision: 'abc1234' },
  ...{ comparedWith: null, noise: 0.021, lines: [line] },
  machine: { processor: 'Xeon', cores: 2, memoryMegabytes: 8192, system: 'Linux 6' },
}

describe('a table', () => {
  const rowOf = (changes: Partial<ResultLine>): string | undefined =>
    sectionText({ ...section, lines: [{ ...line, ...changes }] })
      .split('\n')
      .at(-1)

  test('shows ratio, interval, rounds, memory and limits below command, revision and noise', () => {
    const text = sectionText(section)
    expect(text).toContain(
      '`./scripts/bench backup`\n\nRevision abc1234, 2026-11-29; 2 cores (Xeon), 8 GB; machine noise ±2.1%.',
    )
    expect(rowOf({})).toBe('| `resguardo backup` | 12.7 s | 1.32 | 1.300–1.340 | 9 | 120 MB | ratio ≤ 1.5: met |')
  })

  test('says undecided where the interval is wide, or holds the limit', () => {
    expect(rowOf({ interval: [1.2, 1.49], decided: false })).toContain('| 1.200–1.490, undecided |')
    expect(rowOf({ interval: null, decided: false })).toContain(
      '| 1.32 | undecided | 9 | 120 MB | ratio ≤ 1.5: undecided |',
    )
    expect(rowOf({ bars: { ratio: 1.33 } })).toContain('ratio ≤ 1.33: undecided')
    expect(rowOf({ bars: { ratio: 1.2, value: 13, peakMegabytes: 100 } })).toContain(
      'ratio ≤ 1.2: missed; s ≤ 13: met; MB of memory ≤ 100: missed',
    )
  })
})

describe('the page', () => {
  const block = (name: string): string => `<!-- measured: ${name} -->\n\nold\n\n<!-- /measured: ${name} -->\n`

  test('gets a table for each part that was measured, and keeps the others', () => {
    const page = fillPage(`${block('backup')}${block('drill')}`, [section])
    expect(page).toContain('machine noise')
    expect(page).toContain(block('drill'))
    expect(fillPage(page, [section])).toBe(page)
  })

  test('collects all comparisons of revisions in one block', () => {
    const compared = ['d1', 'd2'].map((comparedWith) => ({ ...section, comparedWith }))
    const page = fillPage(block('revisions'), compared)
    expect(page).toContain('Revision abc1234 compared with d1')
    expect(page).toContain('Revision abc1234 compared with d2')
  })

  test('without a place for a part is an error', () => {
    expect(() => fillPage(block('drill'), [section])).toThrow('no block "measured: backup"')
  })
})

describe('the JSON', () => {
  const empty = withSection([], section)

  test('is read as it was written', () => {
    expect(parseResults(empty)).toEqual([section])
  })

  test('holds one section for each part and rival, the newest', () => {
    const again = { ...section, noise: 0.5 }
    const compared = { ...section, comparedWith: 'd1' }
    const sections = parseResults(withSection(parseResults(withSection(parseResults(empty), again)), compared))
    expect(sections).toEqual([again, compared])
  })

  test('with a field that the schema does not know is refused', () => {
    expect(() => parseResults(empty.replace('"noise"', '"loudness"'))).toThrow()
  })
})
