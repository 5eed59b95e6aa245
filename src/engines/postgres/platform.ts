// Implements the Platform port for PostgreSQL: reads facts of the database, selects the client tools, opens a dump.
import type { DatabaseFacts, ServerFacts } from '../../domain/manifest/manifest.ts'
import type { DumpRequest, Platform, PlatformDump, Probe } from '../../ports/platform.ts'
import { type Address, parseAddress } from './connection/address.ts'
import { withClient } from './connection/connect.ts'
import { requireOwnSession } from './connection/own-session.ts'
import { openDump } from './dump/dump.ts'
import { dropLeftoverLogins } from './owners/leftover-logins.ts'
import { readFacts } from './probe.ts'
import { type ClientTools, toolsFor } from './tools.ts'

interface PlatformSettings {
  /** Install the client of the server's major version if it is missing. */
  readonly installTools: boolean
}

/** Returns the platform for a URL without connecting. Throws a Failure of kind usage for an invalid URL. */
export async function openPlatform(url: string, settings: PlatformSettings): Promise<Platform> {
  return new PostgresPlatform(parseAddress(url), settings)
}

interface Known {
  readonly server: ServerFacts
  readonly database: DatabaseFacts
  readonly tools: ClientTools
  readonly readsPasswordHashes: boolean
}

class PostgresPlatform implements Platform {
  readonly #address: Address
  readonly #settings: PlatformSettings
  #known: Known | undefined

  constructor(address: Address, settings: PlatformSettings) {
    this.#address = address
    this.#settings = settings
  }

  get display(): string {
    return this.#address.display
  }

  async probe(): Promise<Probe> {
    const { server, database, tools } = await this.#know()
    const warnings = []
    if (tools.major > server.major) {
      warnings.push(
        `pg_dump ${tools.version} is newer than the server (${server.version}), whose major version may not be able to load this dump. Install postgresql-client-${server.major}.`,
      )
    }
    return { server, database, tools: { pg_dump: tools.version }, warnings }
  }

  async openDump(request: DumpRequest): Promise<PlatformDump> {
    const { database, tools, readsPasswordHashes } = await this.#know()
    return openDump({ address: this.#address, database, tools, readsPasswordHashes }, request)
  }

  async #know(): Promise<Known> {
    this.#known ??= await withClient(this.#address, async (client) => {
      await requireOwnSession(client, this.#address)
      await dropLeftoverLogins(client)
      const facts = await readFacts(client)
      const { rows } = await client.query<{ may: boolean }>("SELECT has_table_privilege('pg_authid', 'SELECT') AS may")
      return {
        ...facts,
        tools: await toolsFor(facts.server, this.#settings.installTools),
        readsPasswordHashes: rows[0]?.may === true,
      }
    })
    return this.#known
  }
}
