// The action `restore`.
import { startAction } from './start.ts'

await startAction('restore')
