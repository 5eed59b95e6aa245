// Parses the statement that pg_dump writes for a foreign key.
import { readQualifiedName } from './identifier.ts'

interface QualifiedName {
  readonly schema: string
  readonly name: string
}

interface ForeignKey {
  readonly table: QualifiedName
  readonly references: QualifiedName
}

/** A quoted identifier, a word, or one other character. Quoted text is never read as a keyword. */
const token = /"(?:[^"]|"")*"|[\p{L}\p{M}\p{N}_$]+|./gsu

/** Parses `ALTER TABLE ONLY s.t ADD CONSTRAINT n FOREIGN KEY (c) REFERENCES s.u(d);`. Undefined for any other form. */
export function parseForeignKey(definition: string): ForeignKey | undefined {
  const start = /^\s*ALTER TABLE (?:ONLY )?/.exec(definition)
  const table = start === null ? undefined : readQualifiedName(definition, start[0].length)
  const keyword = [...definition.matchAll(token)].find(([text]) => text === 'REFERENCES')
  if (keyword === undefined) return undefined
  const references = readQualifiedName(definition, keyword.index + 'REFERENCES '.length)
  if (table?.schema === undefined || references?.schema === undefined) return undefined
  return {
    table: { schema: table.schema, name: table.name },
    references: { schema: references.schema, name: references.name },
  }
}
