// The action `test-restore`.
import { startAction } from './start.ts'

await startAction('test-restore')
