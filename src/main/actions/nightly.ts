// The action `nightly`.
import { startAction } from './start.ts'

await startAction('nightly')
