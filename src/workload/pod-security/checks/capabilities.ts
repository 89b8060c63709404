import { type Rule, within } from '../check.ts'
import type { Edit } from '../edit.ts'
import type { Container } from '../pod.ts'
import { containersText, quoted, sortedSet } from '../wording.ts'

/** What container runtimes give by default, less NET_RAW. */
const harmless = new Set([
  'AUDIT_WRITE',
  'CHOWN',
  'DAC_OVERRIDE',
  'FOWNER',
  'FSETID',
  'KILL',
  'MKNOD',
  'NET_BIND_SERVICE',
  'SETFCAP',
  'SETGID',
  'SETPCAP',
  'SETUID',
  'SYS_CHROOT',
])
const onlyPorts = new Set(['NET_BIND_SERVICE'])

/** Source: check_capabilities_baseline.go. */
export const capabilitiesBaseline: Rule = (pod) => {
  const adding = pod.containers.filter((container) => addedBeyond(harmless, container).length > 0)
  if (adding.length === 0) return undefined
  return {
    reason: 'non-default capabilities',
    detail: addingText(harmless, adding),
    paths: adding.map(addPath),
    fix: { edits: adding.map((container) => keepOnly(harmless, container)), risky: true },
  }
}

/** Source: check_capabilities_restricted.go. */
export const capabilitiesRestricted: Rule = (pod) => {
  const keeping = pod.containers.filter(({ security }) => !security.capabilities?.drop.includes('ALL'))
  const adding = pod.containers.filter((container) => addedBeyond(onlyPorts, container).length > 0)
  if (keeping.length + adding.length === 0) return undefined
  const drops = keeping.map((container) => within(container, 'capabilities', 'drop'))
  return {
    reason: 'unrestricted capabilities',
    detail: [
      ...(keeping.length > 0 ? [`${containersText(keeping)} must set securityContext.capabilities.drop=["ALL"]`] : []),
      ...(adding.length > 0 ? [addingText(onlyPorts, adding)] : []),
    ].join('; '),
    paths: [...drops, ...adding.map(addPath)],
    fix: pod.isWindows
      ? undefined
      : {
          edits: [
            ...drops.map((path) => ({ path, value: ['ALL'] })),
            ...adding.map((container) => keepOnly(onlyPorts, container)),
          ],
          risky: adding.length > 0,
        },
  }
}

function addedBeyond(allowed: ReadonlySet<string>, { security }: Container): string[] {
  return security.capabilities?.add.filter((capability) => !allowed.has(capability)) ?? []
}

function addingText(allowed: ReadonlySet<string>, adding: Container[]): string {
  const added = sortedSet(adding.flatMap((container) => addedBeyond(allowed, container)))
  return `${containersText(adding)} must not include ${quoted(added)} in securityContext.capabilities.add`
}

function addPath(container: Container) {
  return within(container, 'capabilities', 'add')
}

function keepOnly(allowed: ReadonlySet<string>, container: Container): Edit {
  const kept = container.security.capabilities?.add.filter((capability) => allowed.has(capability)) ?? []
  return kept.length > 0 ? { path: addPath(container), value: kept } : { path: addPath(container) }
}
