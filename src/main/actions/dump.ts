// The action `dump`.
import { startAction } from './start.ts'

await startAction('dump')
