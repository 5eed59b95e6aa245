// The faults that users of other tools reported: one row for each test in test/faults.
import { readFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { table } from '../generate/blocks.ts'
import { measure } from './measure.ts'
import { withFolder } from './server.ts'

interface Results {
  readonly testResults: readonly {
    readonly name: string
    readonly assertionResults: readonly {
      readonly ancestorTitles: readonly string[]
      readonly title: string
      readonly status: string
    }[]
  }[]
}

const verdicts: Readonly<Record<string, string>> = { passed: 'caught', failed: '**not caught**' }

/** Runs the tests in test/faults and returns a table with a verdict for each. */
export const faultTable = (root: string): Promise<string> =>
  withFolder(async (folder) => {
    const outputFile = join(folder, 'results.json')
    const vitest = [
      join(root, 'node_modules/vitest/vitest.mjs'),
      'run',
      '--root',
      root,
      '--project',
      'services',
      'test/faults',
    ]
    await measure(process.execPath, [...vitest, '--reporter=json', `--outputFile=${outputFile}`]).catch((error) =>
      console.error(String(error)),
    )
    const { testResults } = JSON.parse(await readFile(outputFile, 'utf8')) as Results
    const rows = testResults.flatMap(({ name, assertionResults }) =>
      assertionResults.map(({ ancestorTitles, title, status }) => [
        [...ancestorTitles, title].join(': '),
        verdicts[status] ?? 'not run',
        `\`${relative(root, name)}\``,
      ]),
    )
    return table(['fault', 'verdict', 'test'], rows)
  })
