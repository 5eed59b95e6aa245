// An event trigger that records the locks of every DDL statement's transaction, however short they are held.
import pg from 'pg'
import type { Address } from '../connection/address.ts'
import { withClient } from '../connection/connect.ts'

/** Where it is recorded; no table of the user's. */
export const ownSchema = 'resguardo_rehearsal'

/**
 * SQL for a superuser, in the transaction that makes the login. A transaction keeps its locks to its end, so at the end
 * of each of its statements everything it has locked so far can be seen; what a failed transaction recorded is gone
 * with it. The function runs in the migration's own sessions, as `owner`, who is no superuser: pg_temp comes last, or a
 * temporary view could take a catalogue's place.
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

/** What was recorded: relation -> modes. */
export async function readRecord(observer: Address): Promise<ReadonlyMap<number, readonly string[]>> {
  return withClient(observer, async (client) => {
    const { rows } = await client.query<{ relation: string; modes: string[] }>(
      `SELECT relation::pg_catalog.int8 AS relation, pg_catalog.array_agg(DISTINCT mode) AS modes FROM ${ownSchema}.locks GROUP BY 1`,
    )
    return new Map(rows.map(({ relation, modes }) => [Number(relation), modes]))
  })
}
