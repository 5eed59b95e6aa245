// Restores a backup into scratch and attacks from there: its function runs shell commands when a superuser calls it.
import { spawnSync } from 'node:child_process'
import type { Isolation, IsolationPolicy } from '../../src/domain/drill/isolation.ts'
import { requirePostgres } from '../../src/domain/manifest/manifest.ts'
import { parseAddress } from '../../src/engines/postgres/connection/address.ts'
import { withClient } from '../../src/engines/postgres/connection/connect.ts'
import { openScratch } from '../../src/engines/postgres/scratch/open-scratch.ts'
import { findBackup } from '../../src/operations/catalogue/find-backup.ts'
import { readManifest } from '../../src/operations/catalogue/read-manifest.ts'
import { openDirectoryStore } from '../../src/stores/directory/store.ts'
import { payloadSources } from '../../src/streams/payload.ts'

/**
 * Objects that an application's role may create: a function that runs a command, and a constraint whose function runs
 * one if a superuser loads rows.
 */
export const hostileSql = `
  CREATE FUNCTION public.run(command text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN
    CREATE TEMP TABLE IF NOT EXISTS loot (line text);
    TRUNCATE pg_temp.loot;
    EXECUTE 'COPY pg_temp.loot FROM PROGRAM ' || pg_catalog.quote_literal('(' || command || E'\\n) </dev/null 2>&1; exit 0')
      || E' WITH (FORMAT csv, DELIMITER E''\\\\x01'', QUOTE E''\\\\x02'')';
    RETURN (SELECT pg_catalog.string_agg(line, E'\\n') FROM pg_temp.loot);
  END $$;
  CREATE FUNCTION public.ok(name text) RETURNS bool LANGUAGE plpgsql AS $$ BEGIN
    IF (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user) THEN
      EXECUTE 'COPY (SELECT 1) TO PROGRAM ' || pg_catalog.quote_literal('cat >/dev/null; id -u >/tmp/ran-while-loading');
    END IF;
    RETURN true;
  END $$;
  CREATE TABLE public.product (name text CHECK (public.ok(name)));
  INSERT INTO public.product VALUES ('one');`

export interface HostileDrill {
  readonly store: string
  readonly backup: string
  readonly temporary: string
  readonly isolation?: IsolationPolicy
  readonly commands: readonly string[]
  /** An open file that the process inherits as descriptors 3 and 12. */
  readonly inherited?: number
  /** End the process by SIGKILL instead of dropping scratch. */
  readonly killed?: boolean
}

export interface HostileSeen {
  readonly isolation: Isolation
  /** What each command printed. */
  readonly printed: readonly string[]
  /** The server's `data_directory`, after the commands. */
  readonly dataDirectory: string
}

/** Restores the backup into a temporary server and runs the commands there. */
export async function attackScratch({ store, backup, ...request }: HostileDrill): Promise<HostileSeen> {
  const { temporary, isolation = 'required', commands, killed = false } = request
  const { signal } = new AbortController()
  const [found] = await findBackup([openDirectoryStore(store)], { backup })
  const manifest = requirePostgres(await readManifest(found.store, found.entry, signal))
  const scratch = await openScratch({
    ...{ manifest, jobs: 2, allowMissingExtensions: false, installTools: false },
    temporary,
    isolation,
    signal,
  })
  try {
    await scratch.load(manifest, payloadSources(found.store, manifest, signal))
    const printed: string[] = []
    for (const command of commands) printed.push(await ask(scratch.url, 'SELECT public.run($1) AS answer', [command]))
    if (killed) process.kill(process.pid, 'SIGKILL')
    const dataDirectory = await ask(scratch.url, "SELECT pg_catalog.current_setting('data_directory') AS answer")
    return { isolation: scratch.isolation.isolation, printed, dataDirectory }
  } finally {
    await scratch.drop()
  }
}

function ask(url: string, sql: string, values: string[] = []): Promise<string> {
  return withClient(parseAddress(url), async (client) => {
    const { rows } = await client.query<{ answer: string | null }>(sql, values)
    return rows[0]?.answer ?? ''
  })
}

/** An ordinary user, to which root can switch. */
export const ordinary = { uid: 65_534, gid: 65_534 }

/** Like `attackScratch`, in a separate process, as this user or another one, who must be able to read the store. */
export function attackScratchInProcess(
  drill: HostileDrill,
  environment: NodeJS.ProcessEnv,
  user: { readonly uid?: number; readonly gid?: number },
): HostileSeen {
  const { status, signal, stdout, stderr } = spawnSync(
    process.execPath,
    [import.meta.filename, JSON.stringify(drill)],
    {
      ...user,
      env: { PATH: process.env.PATH, ...environment },
      encoding: 'utf8',
      ...(drill.inherited !== undefined && {
        stdio: ['ignore', 'pipe', 'pipe', drill.inherited, ...Array(8).fill('ignore'), drill.inherited],
      }),
      timeout: 120_000,
      killSignal: 'SIGKILL',
      maxBuffer: 1 << 26,
    },
  )
  if (drill.killed && signal === 'SIGKILL') return { isolation: 'none', printed: [], dataDirectory: '' }
  if (status !== 0) throw new Error(stderr)
  return JSON.parse(stdout) as HostileSeen
}

if (import.meta.main)
  process.stdout.write(JSON.stringify(await attackScratch(JSON.parse(process.argv[2] ?? '') as HostileDrill)))
