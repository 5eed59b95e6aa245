// The flags that every command takes because it runs in a terminal.
import { inputTable } from '../../inputs/kinds.ts'

export const hostInputs = inputTable({
  json: {
    kind: 'flag',
    summary: 'Print one JSON document on stdout, on failure too; people read stderr',
    fallback: false,
    group: 'Every command',
  },
  debug: {
    kind: 'flag',
    summary: 'Show the stack and the causes of a failure',
    fallback: false,
    group: 'Every command',
  },
  help: { kind: 'flag', summary: 'Show help and do nothing', fallback: false, group: 'Every command' },
  version: { kind: 'flag', summary: 'Show the version and do nothing', fallback: false, group: 'Every command' },
})
