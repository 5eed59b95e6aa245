// The format of docs/benchmarks.json: a section per part, or per part and revision that it is compared with.
import * as z from 'zod'

const line = z.strictObject({
  line: z.string().describe('What was measured'),
  rival: z.string().nullable().describe('What it was compared with; null for a line that stands alone'),
  unit: z.enum(['s', 'MB', 'requests']),
  value: z.number().describe('Median of the rounds, in the unit'),
  ratio: z.number().nullable().describe('Geometric mean over the rounds of value to rival'),
  interval: z.tuple([z.number(), z.number()]).readonly().nullable().describe('95% confidence interval of the ratio'),
  decided: z.boolean().describe('Whether the interval is narrower than 5% of the ratio; true without a rival'),
  rounds: z.number().int(),
  peakMegabytes: z.number().nullable().describe('Highest resident memory of the node process; null for other programs'),
  bars: z.strictObject({
    ratio: z.number().optional(),
    value: z.number().optional(),
    peakMegabytes: z.number().optional(),
  }),
})

const section = z.strictObject({
  part: z.string(),
  date: z.iso.datetime(),
  command: z.string(),
  revision: z.string().describe('Commit of the code that was measured; ends in + if it was changed'),
  comparedWith: z.string().nullable().describe('Commit of the rival, in a comparison of revisions'),
  machine: z.strictObject({
    processor: z.string(),
    cores: z.number().int(),
    memoryMegabytes: z.number(),
    system: z.string(),
  }),
  noise: z.number().describe('Standard deviation of a fixed calibration task between rounds, as a share of its mean'),
  lines: z.array(line),
})

const results = z.strictObject({ format: z.literal('resguardo-benchmarks/1'), sections: z.array(section) })

export type ResultLine = z.infer<typeof line>
export type Section = z.infer<typeof section>

/** Throws if the text is not JSON in the format above. */
export function parseResults(text: string): readonly Section[] {
  return results.parse(JSON.parse(text)).sections
}

/** The text of docs/benchmarks.json, in which a section replaces that of the same part and compared revision. */
export function withSection(sections: readonly Section[], added: Section): string {
  const key = ({ part, comparedWith }: Section): string => `${part} ${comparedWith ?? ''}`
  const all = [...sections.filter((each) => key(each) !== key(added)), added].sort((a, b) =>
    key(a).localeCompare(key(b)),
  )
  return `${JSON.stringify({ format: 'resguardo-benchmarks/1', sections: all }, null, 2)}\n`
}
