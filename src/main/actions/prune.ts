// The action `prune`.
import { startAction } from './start.ts'

await startAction('prune')
