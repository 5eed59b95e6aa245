// What a backup needs from a server before it can be loaded there: roles and extensions.
import type pg from 'pg'
import type { PostgresManifest } from '../../../domain/manifest/manifest.ts'

/** Roles that the backup's objects name and the server lacks, sorted. */
export async function missingRoles(client: pg.Client, manifest: PostgresManifest): Promise<string[]> {
  const wanted = [...new Set([manifest.database.owner, ...manifest.database.roles])].filter(Boolean)
  const { rows } = await client.query<{ role: string }>(
    'SELECT role FROM unnest($1::text[]) AS role WHERE role NOT IN (SELECT rolname FROM pg_roles) ORDER BY 1',
    [wanted],
  )
  return rows.map(({ role }) => role)
}

const contrib =
  'adminpack amcheck autoinc bloom btree_gin btree_gist citext cube dblink dict_int dict_xsyn earthdistance file_fdw fuzzystrmatch hstore insert_username intagg intarray isn lo ltree moddatetime old_snapshot pageinspect pg_buffercache pg_freespacemap pg_logicalinspect pg_prewarm pg_stat_statements pg_surgery pg_trgm pg_visibility pg_walinspect pgcrypto pgrowlocks pgstattuple postgres_fdw refint seg sslinfo tablefunc tcn tsm_system_rows tsm_system_time unaccent uuid-ossp xml2'.split(
    ' ',
  )

/** Debian's package, if it is not `postgresql-<major>-<name>`. */
const packages: Readonly<Record<string, (major: number) => string>> = {
  ...Object.fromEntries(
    contrib.map((name) => [name, (major: number) => `postgresql-contrib (Debian: postgresql-${major})`]),
  ),
  postgis: (major) => `postgresql-${major}-postgis-3`,
  postgis_topology: (major) => `postgresql-${major}-postgis-3`,
  postgis_raster: (major) => `postgresql-${major}-postgis-3`,
  postgis_sfcgal: (major) => `postgresql-${major}-postgis-3`,
  postgis_tiger_geocoder: (major) => `postgresql-${major}-postgis-3`,
  address_standardizer: (major) => `postgresql-${major}-postgis-3`,
  vector: (major) => `postgresql-${major}-pgvector`,
  timescaledb: (major) => `timescaledb-2-postgresql-${major}`,
  plpython3u: (major) => `postgresql-plpython3-${major}`,
  plperl: (major) => `postgresql-plperl-${major}`,
  plperlu: (major) => `postgresql-plperl-${major}`,
  pltcl: (major) => `postgresql-pltcl-${major}`,
  pltclu: (major) => `postgresql-pltcl-${major}`,
  pg_cron: (major) => `postgresql-${major}-cron`,
  pg_partman: (major) => `postgresql-${major}-partman`,
  pg_repack: (major) => `postgresql-${major}-repack`,
}

/** The package that most likely contains an extension, as Debian and PostgreSQL's own repository name it. */
export function packageOf(extension: string, major: number): string {
  return packages[extension]?.(major) ?? `postgresql-${major}-${extension.replaceAll('_', '-')}`
}
