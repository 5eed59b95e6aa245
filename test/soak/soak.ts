// Kills commands at random moments and checks that the next command removes all leftovers: ./scripts/soak --help.
import { parseArgs } from 'node:util'
import { startS3Server } from '../support/s3-server.ts'
import { soakCommands } from './commands.ts'
import { type Ground, prepareGround } from './ground.ts'
import { playRounds } from './play-rounds.ts'
import { summaryTable } from './report.ts'
import type { RoundResult } from './round.ts'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '200' },
    seed: { type: 'string' },
    only: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
})
if (values.help) {
  console.log(`Usage: ./scripts/soak [--rounds N] [--seed N] [--only COMMAND]

Kills the built command line at random moments, runs other commands after it, and checks processes, temporary files, servers and stores.

--rounds N      Number of rounds [default: 200]
--seed N        Seed of the first round; each round adds one [default: random]
--only COMMAND  Only this command, or all commands with this prefix

Commands: ${soakCommands.map(({ name }) => name).join(', ')}`)
  process.exit()
}
const rounds = wholeNumber('--rounds', values.rounds)
const seed = values.seed === undefined ? Math.floor(Math.random() * 1_000_000) : wholeNumber('--seed', values.seed)
const stopping = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopping.abort())

console.log(`Seed ${seed}. Starting PostgreSQL, Redis and S3, and making backups`)
const results: RoundResult[] = []
const s3 = await startS3Server()
try {
  await play(await prepareGround(s3))
} finally {
  await s3.stop()
}
const bad = results.filter(({ findings }) => findings.length > 0).length
console.log(['', ...summaryTable(results), '', `${results.length} rounds, ${bad} with findings.`].join('\n'))
if (bad > 0 || results.length < rounds) process.exitCode = 1

async function play(ground: Ground): Promise<void> {
  try {
    const soak = { rounds, seed, only: values.only, signal: stopping.signal, print: console.log }
    for await (const result of playRounds(ground, soak)) results.push(result)
  } catch (error) {
    // Ctrl-C also ends the servers, so the round fails.
    if (!stopping.signal.aborted) throw error
  } finally {
    await ground.stop()
  }
}

function wholeNumber(flag: string, text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text)
  console.error(`error: ${flag} is not a whole number: ${text}`)
  process.exit(2)
}
