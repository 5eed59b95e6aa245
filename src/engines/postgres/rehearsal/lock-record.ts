// Event triggers that record the locks of every DDL statement's transaction, however short they are held.
import pg from 'pg'
import type { Address } from '../connection/address.ts'
import { withClient } from '../connection/connect.ts'

/** Schema of the recorded locks; none of its tables belongs to the user. */
export const ownSchema = 'resguardo_rehearsal'

/**
 * Returns SQL for a superuser, to run in the transaction that creates the login. A transaction keeps its locks until it
 * ends, so at the end of each DDL statement everything locked so far is visible. Records of a failed transaction are
 * rolled back with it. The function runs in the migration's sessions as `owner`, which is not a superuser. pg_temp is
 * last in search_path, so that a temporary view cannot replace a catalog.
 */
export function recordLocksSql(owner: string): string {
  const role = pg.escapeIdentifier(owner)
  return `
  CREATE SCHEMA ${ownSchema} AUTHORIZATION ${role};
  CREATE TABLE ${ownSchema}.locks (relation pg_catalog.oid, mode pg_catalog.text);
  ALTER TABLE ${ownSchema}.locks OWNER TO ${role};
  CREATE FUNCTION ${ownSchema}.note_locks() RETURNS pg_catalog.event_trigger LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog, pg_temp AS $$
  BEGIN
    INSERT INTO ${ownSchema}.locks SELECT DISTINCT l.relation, l.mode FROM pg_catalog.pg_locks l
     WHERE l.pid = pg_catalog.pg_backend_pid() AND l.locktype = 'relation' AND l.granted AND l.relation >= 16384
       AND l.database = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database());
  END $$;
  ALTER FUNCTION ${ownSchema}.note_locks() OWNER TO ${role};
  REVOKE ALL ON FUNCTION ${ownSchema}.note_locks() FROM PUBLIC;
  CREATE EVENT TRIGGER resguardo_rehearsal_locks ON ddl_command_end EXECUTE FUNCTION ${ownSchema}.note_locks();
  CREATE EVENT TRIGGER resguardo_rehearsal_drops ON sql_drop EXECUTE FUNCTION ${ownSchema}.note_locks()`
}

/** Returns the recorded lock modes by OID of the relation. */
export async function readRecord(observer: Address): Promise<ReadonlyMap<number, readonly string[]>> {
  return withClient(observer, async (client) => {
    const { rows } = await client.query<{ relation: string; modes: string[] }>(
      `SELECT relation::pg_catalog.int8 AS relation, pg_catalog.array_agg(DISTINCT mode) AS modes FROM ${ownSchema}.locks GROUP BY 1`,
    )
    return new Map(rows.map(({ relation, modes }) => [Number(relation), modes]))
  })
}
