// Settings of a scratch server for extensions that work only when the server preloads their library.

/** Additional settings that an extension needs, for a database of this name. */
const more: Readonly<Record<string, (database: string) => Record<string, string>>> = {
  pg_cron: (database) => ({ 'cron.database_name': database }),
  timescaledb: () => ({ 'timescaledb.restoring': 'on', 'timescaledb.telemetry_level': 'off' }),
}

/** Citus and TimescaleDB must be loaded before all other libraries. */
const first = ['citus', 'timescaledb']

/**
 * Returns the settings that preload these extensions. Without worker processes, jobs of pg_cron and TimescaleDB do not
 * run. Names come from a manifest, so only plain file names are accepted.
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
