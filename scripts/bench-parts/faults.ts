// The faults that other tools' users reported, injected for real: one row per test in test/faults.
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { measure, type Part, table } from './measure.ts'

interface Results {
  readonly testResults: readonly {
    readonly name: string
    readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[]
  }[]
}

const verdicts: Readonly<Record<string, string>> = { passed: 'caught', failed: '**not caught**' }

export const benchFaults: Part = async ({ root }) => {
  const folder = await mkdtemp(join(tmpdir(), 'resguardo-bench-faults-'))
  const outputFile = join(folder, 'results.json')
  try {
    const vitest = [join(root, 'node_modules/vitest/vitest.mjs'), 'run', '--root', root, '--project', 'services', 'test/faults']
    await measure(process.execPath, [...vitest, '--reporter=json', `--outputFile=${outputFile}`]).catch((error) =>
      console.error(String(error)),
    )
    const { testResults } = JSON.parse(await readFile(outputFile, 'utf8')) as Results
    const rows = testResults.flatMap(({ name, assertionResults }) =>
      assertionResults.map(({ fullName, status }) => [
        fullName.replaceAll('|', '\\|'),
        verdicts[status] ?? 'not run',
        `\`${relative(root, name)}\``,
      ]),
    )
    return table(['fault', 'verdict', 'test'], rows)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
