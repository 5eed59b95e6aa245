// The action `migration-gate`.
import { startAction } from './start.ts'

await startAction('migration-gate')
