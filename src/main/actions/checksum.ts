// The action `checksum`.
import { startAction } from './start.ts'

await startAction('checksum')
