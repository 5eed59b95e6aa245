// Parses the output of `git diff-tree --raw -z`: the changed files, with any name.
import { Failure } from '../domain/failures/failure.ts'
import type { ChangedFile } from '../domain/migrations/changed-file.ts'

const header = /^:(?<oldMode>\d{6}) (?<newMode>\d{6}) [0-9a-f]+ [0-9a-f]+ (?<status>[ACDMRTUX])\d*$/

const changes: Readonly<Record<string, ChangedFile['change']>> = {
  A: 'added',
  C: 'added',
  D: 'deleted',
  M: 'edited',
  R: 'renamed',
  T: 'edited',
}

const sorts: Readonly<Record<string, ChangedFile['sort']>> = { '120000': 'link', '160000': 'submodule' }

/** Returns the files of a raw diff. Throws a failure of kind tool for output in another format. */
export function parseRawDiff(text: string): ChangedFile[] {
  const fields = text.split('\0')
  if (fields.pop() !== '') throw unreadable('it does not end')
  const files: ChangedFile[] = []
  for (let at = 0; at < fields.length; ) {
    const { oldMode = '', newMode = '', status = '' } = header.exec(fields[at] ?? '')?.groups ?? {}
    const change = changes[status]
    const two = status === 'R' || status === 'C'
    const [first, second] = [fields[at + 1], fields[at + 2]]
    const path = two ? second : first
    if (change === undefined || !first || !path) throw unreadable(JSON.stringify(fields[at]))
    const sort = sorts[change === 'deleted' ? oldMode : newMode] ?? 'file'
    files.push({ change, path, ...(change === 'renamed' && { from: first }), sort })
    at += two ? 3 : 2
  }
  return files
}

function unreadable(what: string): Failure {
  return new Failure('git/unknown-output', `could not parse git's list of changed files: ${what}`, {
    hint: 'This git may be newer than Resguardo. Please report it with the output of git version.',
  })
}
