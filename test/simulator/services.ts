// `services:` and `container:` of a job; the test provides the services.
// https://docs.github.com/actions/tutorials/use-containerized-services
import { type Scope, textOf, textsOf } from './expressions.ts'
import type { JobFrame } from './job-frame.ts'
import { child, entries, isText, type Token } from './tokens.ts'
import type { Service } from './world.ts'

function imageOf(token: Token, scope: Scope): string {
  return isText(token) ? textOf(token, scope) : textOf(child(token, 'image'), scope)
}

/** Starts the services in sequence and fills the context `job.services`; resolves to a function that stops them. */
export async function startServices(job: JobFrame, token: Token, scope: Scope): Promise<{ stop(): Promise<void> }> {
  const { options } = job.world
  const container = child(token, 'container')
  if (container !== undefined && options.containers !== 'host') {
    throw new Error(
      `job '${job.init.key}': container: ${imageOf(container, scope)}: not supported unless 'containers' says 'host'`,
    )
  }
  const started: Service[] = []
  for (const [name, definition] of entries(child(token, 'services'))) {
    if (options.startService === undefined)
      throw new Error(`job '${job.init.key}': services: ${name}: no 'startService' was given`)
    const env = textsOf(child(definition, 'env'), scope)
    const service = await options.startService({ job: job.init.key, name, image: imageOf(definition, scope), env })
    started.push(service)
    job.services = { ...job.services, [name]: { id: name, network: 'simulated', ports: service.ports } }
  }
  return {
    async stop() {
      for (const service of started.reverse()) await service.stop?.()
    },
  }
}
