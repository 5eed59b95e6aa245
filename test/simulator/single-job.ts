// Workflows with one job, `a`, whose steps a test gives as YAML; and the metadata of a Node action.
import { jobOf } from './find.ts'
import { sandbox } from './sandbox.ts'

/** Runs one job's steps on a push; the text is YAML below `steps:`, and `job` is YAML of the job before its steps. */
export async function steps(text: string, { files = {}, options = {}, job = '' } = {}) {
  const { simulator } = await sandbox({ 'a.yml': workflow(text, job), ...files }, options)
  const [run] = await simulator.trigger({ event: 'push' })
  if (run === undefined) throw new Error('nothing ran')
  return jobOf(run, 'a')
}

/** Text of the workflow. */
export function workflow(text: string, job = ''): string {
  return `on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n${job}    steps:\n${text.replace(/^/gm, '      ')}\n`
}

/** Text of the `action.yml` of a Node action with `main.js`. */
export function nodeAction(name: string): string {
  return `name: ${name}\ndescription: ${name}\nruns:\n  using: node24\n  main: main.js\n`
}
