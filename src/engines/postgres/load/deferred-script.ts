// Prevents side effects while a plain SQL dump is restored, as deferred-entries.ts does for archives.
import { randomBytes } from 'node:crypto'
import { ScriptStatements } from './script-statements.ts'

const aboutEventTrigger = /^(?:CREATE|ALTER|COMMENT ON|SECURITY LABEL FOR \S+ ON) EVENT TRIGGER /
const refresh = /^REFRESH MATERIALIZED VIEW /

/**
 * Rewrites a script of pg_dump so that event triggers come last and materialized views over foreign tables stay empty:
 * a server that has `restrict_nonsystem_relation_kind` refuses to read these tables. Calls `onRefresh` for each
 * materialized view that the dump fills.
 */
export async function* deferRefreshes(
  script: AsyncIterable<Uint8Array>,
  onRefresh: () => void,
): AsyncGenerator<Uint8Array> {
  const statements = new ScriptStatements((line) => refresh.test(line) || aboutEventTrigger.test(line))
  const last: string[] = []
  const rewrite = (statement: string): string => {
    if (refresh.test(statement)) {
      onRefresh()
      return unlessForeign(statement)
    }
    last.push(statement)
    return ''
  }
  for await (const chunk of script) yield statements.push(chunk, rewrite)
  yield statements.end(rewrite)
  if (last.length > 0) yield Buffer.from(`\n${last.join('')}`, 'latin1')
}

/** Ignores the error for foreign tables, which is also that of a view over an empty materialized view. */
function unlessForeign(statement: string): string {
  const tag = `$resguardo_${randomBytes(8).toString('hex')}$`
  return `DO ${tag} BEGIN
  PERFORM pg_catalog.set_config(s.name, 'foreign-table', true)
     FROM pg_catalog.pg_settings s WHERE s.name OPERATOR(pg_catalog.=) 'restrict_nonsystem_relation_kind';
  ${statement.trim()}
EXCEPTION WHEN object_not_in_prerequisite_state THEN NULL;
END ${tag};
`
}
