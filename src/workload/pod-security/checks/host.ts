import { type Rule, removing, turningOff, within } from '../check.ts'
import { containersText, plural, quoted, settersText, sortedSet } from '../wording.ts'

/** Source: check_hostNamespaces.go. */
export const hostNamespaces: Rule = (pod) => {
  const shared = (['hostNetwork', 'hostPID', 'hostIPC'] as const).filter((field) => pod[field])
  if (shared.length === 0) return undefined
  const paths = shared.map((field) => ['spec', field])
  const detail = shared.map((field) => `${field}=true`).join(', ')
  return { reason: 'host namespaces', detail, paths, fix: turningOff(paths) }
}

/** Source: check_hostPorts.go. */
export const hostPorts: Rule = (pod) => {
  const bad = pod.containers.filter(({ hostPorts }) => hostPorts.length > 0)
  if (bad.length === 0) return undefined
  const held = bad.flatMap(({ hostPorts }) => hostPorts)
  const ports = sortedSet(held.map(({ port }) => `${port}`))
  const uses = plural(bad.length, 'uses', 'use')
  const fix = removing(held.filter(({ isImplied }) => !isImplied).map(({ path }) => path))
  // On the network of the node every port is the node's: the API server would put back what is taken away.
  if (pod.hostNetwork) fix.edits.push({ path: ['spec', 'hostNetwork'], value: false })
  return {
    reason: 'hostPort',
    detail: `${containersText(bad)} ${uses} ${plural(ports.length, 'hostPort', 'hostPorts')} ${ports.join(', ')}`,
    paths: held.map(({ path }) => path),
    fix,
  }
}

/** Source: check_hostProbesAndhostLifecycle.go. */
export const hostProbesAndHostLifecycle: Rule = (pod) => {
  const bad = pod.containers.filter(({ hosts }) => hosts.length > 0)
  if (bad.length === 0) return undefined
  const found = bad.flatMap(({ hosts }) => hosts)
  const names = sortedSet(bad.map(({ name }) => name))
  const hosts = sortedSet(found.map(({ host }) => host))
  const paths = found.map(({ path }) => path)
  const whose = containersText(names.map((name) => ({ name })))
  const what = plural(hosts.length, 'probe or lifecycle host', 'probe or lifecycle hosts')
  return {
    reason: 'probe or lifecycle host',
    detail: `${whose} ${plural(names.length, 'uses', 'use')} ${what} ${quoted(hosts)}`,
    paths,
    fix: removing(paths),
  }
}

/** Source: check_windowsHostProcess.go. */
export const windowsHostProcess: Rule = (pod) => {
  const bad = pod.holders.filter(({ security }) => security.hostProcess === true)
  if (bad.length === 0) return undefined
  const paths = bad.map((holder) => within(holder, 'windowsOptions', 'hostProcess'))
  const detail = `${settersText(bad)} must not set securityContext.windowsOptions.hostProcess=true`
  return { reason: 'hostProcess', detail, paths, fix: turningOff(paths) }
}
