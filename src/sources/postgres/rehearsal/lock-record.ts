// Every DDL statement tells its locks: an event trigger writes down what its transaction holds, however short that is.
import type { Address } from '../address.ts'
import { withClient } from '../connect.ts'

/** Where it is written; no table of the user's. */
export const ownSchema = 'resguardo_rehearsal'

// A transaction keeps its locks to its end, so at the end of each of its statements everything taken so far can be seen. What a failed
// transaction wrote is gone with it. The login may neither read nor change the table; the function runs as its owner.
const recordSql = `
  CREATE SCHEMA ${ownSchema};
  CREATE TABLE ${ownSchema}.locks (relation oid, mode text);
  CREATE FUNCTION ${ownSchema}.note_locks() RETURNS event_trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
  BEGIN
    INSERT INTO ${ownSchema}.locks SELECT DISTINCT relation, mode FROM pg_locks
     WHERE pid = pg_backend_pid() AND locktype = 'relation' AND granted AND relation IS NOT NULL AND relation >= 16384
       AND database = (SELECT oid FROM pg_database WHERE datname = current_database());
  END $$;
  CREATE EVENT TRIGGER resguardo_rehearsal_locks ON ddl_command_end EXECUTE FUNCTION ${ownSchema}.note_locks();
  CREATE EVENT TRIGGER resguardo_rehearsal_drops ON sql_drop EXECUTE FUNCTION ${ownSchema}.note_locks()`

/** Sets it up; only a superuser can. */
export async function recordLocks(address: Address): Promise<void> {
  await withClient(address, (client) => client.query(recordSql))
}

/** What was written down: relation -> modes. Forgets it, and the trigger. */
export async function takeRecord(address: Address): Promise<ReadonlyMap<number, readonly string[]>> {
  return withClient(address, async (client) => {
    const { rows } = await client.query<{ relation: string; modes: string[] }>(
      `SELECT relation::int8 AS relation, array_agg(DISTINCT mode) AS modes FROM ${ownSchema}.locks GROUP BY 1`,
    )
    await client.query('DROP EVENT TRIGGER resguardo_rehearsal_locks; DROP EVENT TRIGGER resguardo_rehearsal_drops')
    await client.query(`DROP SCHEMA ${ownSchema} CASCADE`)
    return new Map(rows.map(({ relation, modes }) => [Number(relation), modes]))
  })
}
