// The action `upload`.
import { startAction } from './start.ts'

await startAction('upload')
