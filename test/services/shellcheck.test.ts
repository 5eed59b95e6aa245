// Every script in a workflow of this repository and in a template satisfies shellcheck.
import { globSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { shellFindings } from '../simulator/checks/shellcheck.ts'

const paths = globSync(['.github/workflows/*.{yml,yaml}', 'templates/**/*.{yml,yaml}']).sort()

test.each(paths)('%s satisfies shellcheck', (path) => {
  expect(shellFindings(path, readFileSync(path, 'utf8'))).toEqual([])
})

test('shellcheck finds a variable that is not quoted, on its own line', () => {
  const text = 'jobs:\n  a:\n    steps:\n      - run: |\n          true\n          rm $HOME/*/$X\n'
  expect(shellFindings('x.yml', text)[0]).toMatch(/^x\.yml:6: SC2086/)
})
