import { homedir } from 'node:os'
import { SecureError } from '../errors.ts'
import type { Found } from '../playbook/library.ts'
import { readChannels } from '../playbook/notify/channels.ts'
import type { Stop } from '../playbook/stops.ts'
import { warn } from '../terminal/messages.ts'

/** Says which playbooks of a run may change nothing, and why. */
export function sayTrust(stops: readonly Stop<Found>[], isAllowed: boolean): void {
  const unknown = new Map(
    stops.flatMap(({ read }) => (read.trust.by === 'nobody' ? [[read.path, read.trust] as const] : [])),
  )
  for (const [path, { why }] of unknown)
    warn(
      isAllowed
        ? `${path} is run as if it was signed (--allow-unsigned): ${why}`
        : `${path} may ask and take evidence, and change nothing: ${why} (--allow-unsigned runs it all the same)`,
    )
}

/** Says which channels would not be told, while there is time to do something about it. */
export async function sayChannels(stops: readonly Stop[]): Promise<void> {
  const wanted = new Set(stops.flatMap(({ step }) => (step.type === 'notify' ? [step.channel] : [])))
  if (wanted.size === 0) return
  const read = await readChannels({ env: process.env, home: homedir() }).catch((error: unknown) => {
    // That somebody cannot be told never holds up a containment.
    if (!(error instanceof SecureError)) throw error
    warn(`${error.message}: nobody is told`)
  })
  if (!read) return
  const { path, channels } = read
  for (const name of wanted)
    if (!Object.hasOwn(channels, name)) warn(`the channel ${name} is not in ${path}: nobody is told there`)
}

/** Why a step may change nothing and tell nobody; undefined where it may. */
export function refusalOf(stops: readonly Stop<Found>[], key: string): string | undefined {
  const trust = stops.find((stop) => stop.key === key)?.read.trust ?? {
    by: 'nobody' as const,
    why: 'nothing is known of it',
  }
  return trust.by === 'nobody' ? `the playbook is read-only: ${trust.why}` : undefined
}
