// The built command line with the programs of one version first on PATH.
import { expect } from 'vitest'
import { resguardo } from './command-line.ts'

export interface VersionCli {
  /** Runs a command that must succeed; returns its JSON document. */
  run(...parameters: readonly string[]): Promise<Record<string, unknown>>
  /** Runs a command that must fail; returns the failure's code. */
  fail(...parameters: readonly string[]): Promise<string>
}

export function versionCli(programs: string, environment: Record<string, string> = {}): VersionCli {
  const variables = { PATH: `${programs}:${process.env.PATH}`, ...environment }
  const document = async (parameters: readonly string[], succeeds: boolean) => {
    const { code, stdout, stderr } = await resguardo([...parameters, '--json'], variables)
    expect(code === 0, `${parameters.join(' ')}\n${stderr}`).toBe(succeeds)
    return JSON.parse(stdout) as Record<string, unknown> & { error?: { code?: string } }
  }
  return {
    run: (...parameters) => document(parameters, true),
    fail: async (...parameters) => (await document(parameters, false)).error?.code ?? '',
  }
}
