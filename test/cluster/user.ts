import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import type { Instance } from './instance.ts'
import { writeKubeconfig } from './kubeconfig.ts'
import { makeCertificate } from './pki.ts'

/** A user of the cluster: a client certificate signed by its authority, and a kubeconfig that uses it. */
export interface TestUser {
  kubeconfig: string
  certFile: string
  keyFile: string
}

/** Makes a user. It may do nothing until a role is bound to it or to one of its groups. */
export async function makeUser(
  instance: Instance,
  server: string,
  user: string,
  groups: readonly string[],
): Promise<TestUser> {
  const pki = join(instance.dir, 'pki')
  const name = `user-${randomBytes(6).toString('hex')}` // a user's name may hold slashes and colons
  await makeCertificate(pki, name, { user, groups })
  const kubeconfig = join(instance.dir, 'users', `${name}.kubeconfig`)
  writeKubeconfig(kubeconfig, pki, name, server)
  return { kubeconfig, certFile: join(pki, `${name}.crt`), keyFile: join(pki, `${name}.key`) }
}
