// Reads the search_path of a database from its dump.
import type { TocEntry } from './toc-entry.ts'

/** PostgreSQL's default. */
const usual = ['$user', 'public']

/**
 * Returns the search_path of `role` in the database: from ALTER ROLE … IN DATABASE, else ALTER DATABASE, else the
 * default. "$user" is replaced by the role.
 */
export function searchPathOf(contents: readonly TocEntry[], role: string): string[] {
  const text = contents
    .filter(({ description }) => description === 'DATABASE PROPERTIES')
    .map(({ definition }) => definition)
    .join('\n')
  const settings = [...text.matchAll(/^ALTER (?:DATABASE .+|ROLE (.+) IN DATABASE .+) SET search_path TO (.*);$/gm)]
  const ofRole = settings.find(([, name]) => name !== undefined && unquoted(name) === role)
  const ofDatabase = settings.find(([, name]) => name === undefined)
  const value = (ofRole ?? ofDatabase)?.[2]
  const schemas = value === undefined ? usual : schemasIn(value)
  return schemas.map((schema) => (schema === '$user' ? role : schema))
}

/** pg_dump writes each schema as a literal. */
function schemasIn(value: string): string[] {
  return [...value.matchAll(/'((?:[^']|'')*)'/g)].map(([, schema = '']) => schema.replaceAll("''", "'")).filter(Boolean)
}

function unquoted(name: string): string {
  return name.replace(/^"(.*)"$/s, '$1').replaceAll('""', '"')
}
