// Runs a rehearsal in a separate process, for tests that start it as another user: the drill as a JSON argument, the
// result as JSON on standard output.
import { drillWithRehearsal, type RehearsedDrill } from './rehearsal.ts'

const drill = JSON.parse(process.argv[2] ?? '') as RehearsedDrill
const { record, failure, said } = await drillWithRehearsal(drill)
process.stdout.write(
  JSON.stringify({ verdict: record.verdict, rehearsal: record.rehearsal, failure: failure?.message, said }),
)
