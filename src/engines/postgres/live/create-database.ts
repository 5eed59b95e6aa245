// Builds the CREATE DATABASE statement for a database like another one, with clauses that the server version supports.
import pg from 'pg'

export interface DatabaseShape {
  readonly owner: string | undefined
  readonly encoding: string
  readonly collate: string
  readonly ctype: string
  readonly provider: string
  readonly locale: string | undefined
  readonly icuRules?: string | undefined
  readonly tablespace?: string | undefined
}

/** `CREATE DATABASE … TEMPLATE template0 …` for a server of this major version. */
export function createDatabaseStatement(name: string, shape: DatabaseShape, major: number): string {
  const { owner, encoding, collate, ctype, tablespace } = shape
  const clauses = [
    'TEMPLATE template0',
    ...(owner === undefined ? [] : [`OWNER ${pg.escapeIdentifier(owner)}`]),
    `ENCODING ${pg.escapeLiteral(encoding)}`,
    `LC_COLLATE ${pg.escapeLiteral(collate)}`,
    `LC_CTYPE ${pg.escapeLiteral(ctype)}`,
    ...(major >= 15 ? providerClauses(shape, major) : []),
    ...(tablespace === undefined || tablespace === 'pg_default'
      ? []
      : [`TABLESPACE ${pg.escapeIdentifier(tablespace)}`]),
  ]
  return `CREATE DATABASE ${pg.escapeIdentifier(name)} ${clauses.join(' ')}`
}

function providerClauses({ provider, locale, icuRules }: DatabaseShape, major: number): string[] {
  if (provider === 'icu' && locale !== undefined) {
    const rules = icuRules && major >= 16 ? [`ICU_RULES ${pg.escapeLiteral(icuRules)}`] : []
    return ['LOCALE_PROVIDER icu', `ICU_LOCALE ${pg.escapeLiteral(locale)}`, ...rules]
  }
  if (provider === 'builtin' && locale !== undefined && major >= 17)
    return ['LOCALE_PROVIDER builtin', `BUILTIN_LOCALE ${pg.escapeLiteral(locale)}`]
  return ['LOCALE_PROVIDER libc']
}
