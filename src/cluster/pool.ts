import { openWire } from './agent.ts'
import type { Trust, Wire } from './agent.ts'
import type { Credential } from './credentials.ts'
import type { Limits } from './send.ts'
import type { ServerUrl } from './server-url.ts'

/** The kept connections to one server, opened with the first request. */
export type Pool = {
  wireFor(certificate: Credential['certificate']): Promise<Wire>
  drop(): void
}

/** Opens nothing yet: the first `wireFor` does. */
export function openPool(to: { server: ServerUrl; trust: Trust; proxy?: string | undefined; limits: Limits }): Pool {
  let current: { wire: Promise<Wire>; certificate: Credential['certificate'] } | undefined
  const drop = (): void =>
    void current?.wire.then(
      ({ agent }) => agent.destroy(),
      () => {}, // It never opened, and who waited for it has been told.
    )
  return {
    drop,
    // Another client certificate needs other connections: one is bound to the connection it was made with.
    wireFor: (certificate) => {
      if (current && current.certificate === certificate) return current.wire
      drop()
      current = { wire: openWire(to.server.secure, to.trust, certificate, to.proxy, to.limits.connect), certificate }
      return current.wire
    },
  }
}
