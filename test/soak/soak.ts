// Kills commands at random moments and checks that the next command removes all leftovers: ./scripts/soak --help.
import { parseArgs } from 'node:util'
import { startS3Server } from '../support/s3-server.ts'
import { soakCommands } from './commands.ts'
import { summaryTable } from './report.ts'
import type { RoundResult } from './run-round.ts'
import { runRounds } from './run-rounds.ts'
import { prepareTestEnvironment } from './test-environment.ts'
import type { TestEnvironment } from './workspace.ts'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '200' },
    seed: { type: 'string' },
    only: { type: 'string' },
    signal: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
})
if (values.help) {
  console.log(`Usage: ./scripts/soak [--rounds N] [--seed N] [--only COMMAND] [--signal NAME]

Kills the built command line at random moments, runs other commands after it, and checks processes, temporary files, servers and stores.

--rounds N      Number of rounds [default: 200]
--seed N        Seed of the first round; each round adds one [default: random]
--only COMMAND  Only this command, or all commands with this prefix
--signal NAME   Only this signal: SIGKILL, SIGTERM or SIGINT

Commands: ${soakCommands.map(({ name }) => name).join(', ')}`)
  process.exit()
}
const rounds = wholeNumber('--rounds', values.rounds)
const seed = values.seed === undefined ? Math.floor(Math.random() * 1_000_000) : wholeNumber('--seed', values.seed)
const signal = (['SIGKILL', 'SIGTERM', 'SIGINT'] as const).find((name) => name === values.signal)
if (values.signal !== undefined && !signal) {
  console.error(`error: --signal is not SIGKILL, SIGTERM or SIGINT: ${values.signal}`)
  process.exit(2)
}
const stopping = new AbortController()
for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stopping.abort())

console.log(`Seed ${seed}. Starting PostgreSQL, Redis and S3, and making backups`)
const results: RoundResult[] = []
const s3 = await startS3Server()
try {
  await run(await prepareTestEnvironment(s3))
} finally {
  await s3.stop()
}
const bad = results.filter(({ findings }) => findings.length > 0).length
console.log(['', ...summaryTable(results), '', `${results.length} rounds, ${bad} with findings.`].join('\n'))
if (bad > 0 || results.length < rounds) process.exitCode = 1

async function run(environment: TestEnvironment): Promise<void> {
  try {
    const soak = { rounds, seed, only: values.only, signal, stop: stopping.signal, print: console.log }
    for await (const result of runRounds(environment, soak)) results.push(result)
  } catch (error) {
    // Ctrl-C also ends the servers, so the round fails.
    if (!stopping.signal.aborted) throw error
  } finally {
    await environment.stop()
  }
}

function wholeNumber(flag: string, text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text)
  console.error(`error: ${flag} is not a whole number: ${text}`)
  process.exit(2)
}
