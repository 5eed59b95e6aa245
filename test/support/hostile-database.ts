// A database whose owner, an ordinary role, planted a trap wherever SQL can run the owner's code. Each trap writes the
// role that ran it to the server's log.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { fewShadowStatements, shadowStatements } from './hostile-shadows.ts'
import type { TestPostgres } from './postgres-server.ts'

export interface Trapped {
  /** Trap that ran: `function format`, `check`, `trigger`. */
  readonly what: string
  /** Role with whose privileges it ran. */
  readonly user: string
  readonly superuser: boolean
}

export interface HostileDatabase {
  readonly name: string
  /** For the superuser; `ownerUrl` is for the role that planted the traps. */
  readonly url: string
  readonly ownerUrl: string
  /** Runs SQL as the role that planted the traps. */
  asOwner(sql: string): Promise<void>
  /** Traps that have run since the last call. */
  trapped(): Promise<Trapped[]>
  /** Traps that have run since the last call with the privileges of any other role than the owner. */
  escaped(): Promise<Trapped[]>
}

interface HostileOptions {
  /** Shadow all of pg_catalog (takes some seconds), or a few names. */
  readonly shadows?: 'all' | 'few'
  /** Create tables with code in every place that can contain code. */
  readonly tables?: boolean
  /** Create event triggers, as superuser, that call a function of the owner. */
  readonly eventTriggers?: boolean
}

export const owner = 'app'
const password = 'app-password'

const trap = `
  CREATE FUNCTION public.trap(what text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog AS $$
  BEGIN
    RAISE LOG 'TRAP;%;%;%;', what, current_user, (SELECT rolsuper FROM pg_roles WHERE rolname = current_user);
    RETURN true;
  END $$`

/** Code in defaults, checks, domains, generated columns, indexes, policies, rules, triggers, materialized views. */
const tableStatements: readonly string[] = [
  `CREATE FUNCTION public.ok(value text, what text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN public.trap(what); END $$`,
  `CREATE FUNCTION public.same(value text, what text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN PERFORM public.trap(what); RETURN value; END $$`,
  `CREATE FUNCTION public.fired() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM public.trap('trigger'); RETURN coalesce(NEW, OLD); END $$`,
  `CREATE DOMAIN public.checked AS text CHECK (public.ok(VALUE, 'domain'))`,
  `CREATE TABLE public.product (
     id int PRIMARY KEY, name text DEFAULT public.same('new', 'default') CHECK (public.ok(name, 'check')), kind public.checked,
     shown text GENERATED ALWAYS AS (public.same(name, 'generated')) STORED)`,
  `INSERT INTO public.product (id, name, kind) SELECT g, 'p' || g, 'k' FROM generate_series(1, 20) g`,
  `CREATE INDEX product_name ON public.product (public.same(name, 'index')) WHERE public.ok(name, 'index predicate')`,
  `CREATE STATISTICS public.product_statistics ON (public.same(name, 'statistics')), kind FROM public.product`,
  `CREATE TRIGGER product_fired BEFORE INSERT OR UPDATE OR DELETE ON public.product FOR EACH ROW EXECUTE FUNCTION public.fired()`,
  `CREATE RULE product_rule AS ON UPDATE TO public.product DO ALSO SELECT public.trap('rule')`,
  `ALTER TABLE public.product ENABLE ROW LEVEL SECURITY`,
  `CREATE POLICY product_policy ON public.product USING (public.ok(name, 'policy')) WITH CHECK (public.ok(name, 'policy'))`,
  `CREATE VIEW public.offer AS SELECT * FROM public.product WHERE public.ok(name, 'view')`,
  `CREATE MATERIALIZED VIEW public.summary AS SELECT id, name FROM public.product WHERE public.ok(name, 'materialized view')`,
  `CREATE TABLE public."Tenant" (id text PRIMARY KEY, name text CHECK (public.ok(name, 'check')))`,
  `CREATE TABLE public."Note" (
     id int PRIMARY KEY, "tenantId" text REFERENCES public."Tenant", text text DEFAULT public.same('', 'default') CHECK (public.ok(text, 'check')),
     shown text GENERATED ALWAYS AS (public.same(text, 'generated')) STORED, kind public.checked)`,
  `INSERT INTO public."Tenant" VALUES ('a', 'A'), ('b', 'B')`,
  `INSERT INTO public."Note" (id, "tenantId", text, kind) SELECT g, CASE g % 2 WHEN 0 THEN 'a' ELSE 'b' END, 'n' || g, 'k' FROM generate_series(1, 10) g`,
  `CREATE TRIGGER note_fired BEFORE INSERT OR UPDATE OR DELETE ON public."Note" FOR EACH ROW EXECUTE FUNCTION public.fired()`,
  `CREATE INDEX summary_name ON public.summary (public.same(name, 'index of a materialized view'))`,
]

/** A function of the owner that a superuser's event triggers call. */
const eventTrigger = `
  CREATE FUNCTION public.watched() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM public.trap('event trigger'); END $$`

/** Settings for `startPostgres`: the traps write to this log. */
export const loggingSettings = { logging_collector: 'on', log_directory: 'log', log_filename: 'server.log' }

/** Waits until the server's log contains the text, and returns the log. */
async function logWith(server: TestPostgres, text: string): Promise<string> {
  for (;;) {
    const log = await readFile(join(server.folder, 'data', 'log', 'server.log'), 'utf8')
    if (log.includes(`LOG:  ${text}`)) return log
    await sleep(20)
  }
}

/** Creates the database and its owner, `app`, on a server of `startPostgres`. */
export async function makeHostileDatabase(
  server: TestPostgres,
  name: string,
  { shadows = 'few', tables = false, eventTriggers = false }: HostileOptions = {},
): Promise<HostileDatabase> {
  await server.query(
    'postgres',
    `DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '${owner}') THEN CREATE ROLE ${owner} LOGIN PASSWORD '${password}'; END IF; END $$`,
  )
  const url = await server.createDatabase(name, `OWNER ${owner}`)
  const ownerUrl = Object.assign(new URL(url), { username: owner, password }).href
  await server.query(name, `GRANT ALL ON SCHEMA public TO ${owner}`)
  const client = new pg.Client({ connectionString: ownerUrl })
  await client.connect()
  try {
    await client.query(
      "SELECT set_config('search_path', 'pg_catalog', false), set_config('check_function_bodies', 'off', false)",
    )
    await client.query(trap)
    if (tables) for (const statement of tableStatements) await client.query(statement)
    const all = shadows === 'all' ? shadowStatements(server.user) : fewShadowStatements(server.user)
    for (const statement of all) await client.query(statement)
    if (eventTriggers) await client.query(eventTrigger)
    await client.query(`ALTER DATABASE "${name}" SET search_path = "$user", public, pg_catalog`)
  } finally {
    await client.end()
  }
  if (eventTriggers)
    await server.query(
      name,
      `SET search_path = pg_catalog; CREATE EVENT TRIGGER watched ON ddl_command_start EXECUTE FUNCTION public.watched();
       CREATE EVENT TRIGGER watched_end ON ddl_command_end EXECUTE FUNCTION public.watched()`,
    )
  let read = 0
  let marks = 0
  const trapped = async (): Promise<Trapped[]> => {
    marks += 1
    const mark = `TRAPS READ ${name} ${marks}`
    await server.query('postgres', `DO $$ BEGIN RAISE LOG '${mark}'; END $$`)
    const log = await logWith(server, mark)
    const fresh = log.slice(read)
    read = log.length
    return [...fresh.matchAll(/TRAP;([^;]*);([^;]*);([^;]*);/g)].map(([, what = '', user = '', superuser]) => ({
      what,
      user,
      superuser: superuser === 't',
    }))
  }
  await trapped()
  const asOwner = async (sql: string): Promise<void> => {
    const session = new pg.Client({ connectionString: ownerUrl })
    await session.connect()
    await session.query(sql).finally(() => session.end())
  }
  return {
    name,
    url,
    ownerUrl,
    asOwner,
    trapped,
    escaped: async () => (await trapped()).filter(({ user }) => user !== owner),
  }
}
