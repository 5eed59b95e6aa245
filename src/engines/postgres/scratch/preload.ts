// Settings of a scratch server for extensions that work only when the server preloads their library.

/** Settings that an extension needs besides, for a database of this name. */
const more: Readonly<Record<string, (database: string) => Record<string, string>>> = {
  pg_cron: (database) => ({ 'cron.database_name': database }),
  timescaledb: () => ({ 'timescaledb.restoring': 'on', 'timescaledb.telemetry_level': 'off' }),
}

/** Citus and TimescaleDB refuse to be loaded behind others. */
const first = ['citus', 'timescaledb']

/**
 * Without workers, jobs of extensions do not run: neither those of pg_cron nor those of TimescaleDB. Names come from a
 * manifest, so only names of files are accepted.
 */
export function preloadSettings(extensions: readonly string[], database: string): Record<string, string> {
  const libraries = extensions.filter((name) => /^[\w-]+$/.test(name)).sort((a, b) => rank(a) - rank(b))
  return {
    shared_preload_libraries: libraries.join(','),
    max_worker_processes: '0',
    ...Object.assign({}, ...libraries.map((name) => more[name]?.(database))),
  }
}

function rank(name: string): number {
  const place = first.indexOf(name)
  return place === -1 ? first.length : place
}
