// Every workflow and part of a workflow in README and docs, checked by GitHub's language service with the inputs of our
// actions.
import { readdirSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { languageFindings } from '../simulator/checks/language-service.ts'

const pages = ['README.md', 'SECURITY.md', ...readdirSync('docs').map((file) => `docs/${file}`)].filter((page) =>
  page.endsWith('.md'),
)
const blocks = pages.flatMap((page) =>
  [...readFileSync(page, 'utf8').matchAll(/^```ya?ml\n(.*?)^```$/gms)].map(([, text = ''], at) => ({
    page,
    at: at + 1,
    text,
  })),
)

/**
 * The inputs of workflows are known in a checkout of ours; those of our actions are, by the name in the documentation.
 */
function ours(text: string): string {
  return text
    .replaceAll(/OWNER\/resguardo\/(\.github\/workflows\/[\w-]+\.yml)@v1/g, './$1')
    .replaceAll(/^( *)# … your own .*$/gm, '$1runs-on: ubuntu-24.04\n$1steps: [{ run: make }]')
}

function indented(text: string, by: number): string {
  const lines = text.split('\n').filter((line) => line.trim() !== '' && !/^#/.test(line))
  const least = Math.min(...lines.map((line) => line.search(/\S/)))
  return lines.map((line) => ' '.repeat(by) + line.slice(least)).join('\n')
}

/** A whole workflow of what the page shows: a workflow, jobs, a job or steps. */
function workflowOf(text: string): string {
  if (/^jobs:/m.test(text)) return /^on:/m.test(text) ? text : `on: workflow_dispatch\n${text}`
  const isSteps = /^- /.test(indented(text, 0))
  const job = isSteps ? `    steps:\n${indented(text, 6)}` : indented(text, 4)
  const runsOn = /^ {4}runs-on:/m.test(job) ? '' : '    runs-on: ubuntu-24.04\n'
  const steps = /^ {4}steps:/m.test(job) ? '' : '\n    steps: [{ run: make }]'
  return `on: workflow_dispatch\njobs:\n  documented:\n${runsOn}${job}${steps}\n`
}

test.each(blocks)('$page, block $at', async ({ text }) => {
  expect(await languageFindings('.', '.github/workflows/documented.yml', workflowOf(ours(text)))).toEqual([])
})

test('a wrong input of an action of ours is found', async () => {
  const wrong = workflowOf(ours('- uses: OWNER/resguardo@v1\n  with: { databse-url: x }\n'))
  expect((await languageFindings('.', '.github/workflows/documented.yml', wrong)).join('\n')).toContain('databse-url')
})
