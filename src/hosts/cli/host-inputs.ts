// The flags that the command line adds to every command.
import { inputTable } from '../../inputs/kinds.ts'

export const hostInputs = inputTable({
  json: {
    kind: 'flag',
    summary: 'Print one JSON document to stdout, also on failure; messages go to stderr, without tables',
    fallback: false,
    group: 'Every command',
  },
  quiet: {
    kind: 'flag',
    summary: 'Print only warnings and errors, for cron',
    fallback: false,
    group: 'Every command',
  },
  debug: {
    kind: 'flag',
    summary: 'Print the stack trace and the causes of a failure',
    fallback: false,
    group: 'Every command',
  },
  help: { kind: 'flag', summary: 'Print help and exit', fallback: false, group: 'Every command' },
  version: { kind: 'flag', summary: 'Print the version and exit', fallback: false, group: 'Every command' },
})
