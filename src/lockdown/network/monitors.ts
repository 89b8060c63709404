import { listAt, metaOf, numberAt, type Raw, recordAt, specOf, textAt, textsAt } from '../../isolation/raw.ts'
import { protocolNamed } from '../../network/traffic.ts'
import type { LabelSelector } from '../../snapshot/objects.ts'
import { selects } from '../../workload/label-selector.ts'
import type { End, Need, Source } from '../model.ts'
import { type Client, clientsBy } from './clients.ts'
import { type Found, nothing, type Ports } from './ends.ts'
import { type Ground, objectText, refOf } from './ground.ts'
import { endOf } from './hosts.ts'
import { containerPorts, targetsOf } from './services.ts'
import { listsPods, mayHere } from './vouch.ts'
import { weaker, wordOf } from './words.ts'
import { type Workload, workloadText } from './workloads.ts'

const group = 'monitoring.coreos.com'
const prometheus = [{ 'app.kubernetes.io/name': 'prometheus' }, { app: 'prometheus' }]

/**
 * Who reads metrics of the namespace: by ServiceMonitors and PodMonitors, and by the annotations that many Prometheus configurations go by. The
 * cluster vouches for a Prometheus that may list the namespace's pods, without which it finds none.
 */
export function monitorsOf(ground: Ground): Found {
  const found = clientsBy(ground, prometheus, 'Prometheus', mayHere(ground, listsPods))
  const none: End = { kind: 'unnamed', name: 'Prometheus, whose pods were not found' }
  const from: Client[] = found.length > 0 ? found : [{ end: none, word: { word: 'own' } }]
  const needs = [...byServiceMonitor(ground), ...byPodMonitor(ground), ...byAnnotation(ground)].flatMap(
    ({ to, ports, by }) =>
      from.map(({ end, word }): Need => {
        const said = weaker(wordOf(ground.namespace, by.ref?.namespace), word)
        return { from: end, to, ports, by: [{ ...by, ...said }] }
      }),
  )
  return { ...nothing, needs }
}

type Scraped = { to: End; ports: Ports; by: Source }

function byServiceMonitor(ground: Ground): Scraped[] {
  const own = ground.declaring('/Service').filter((raw) => metaOf(raw).namespace === ground.namespace)
  return monitors(ground, 'ServiceMonitor').flatMap((monitor) => {
    const chosen = own.filter((service) => selects(selectorIn(monitor), metaOf(service).labels))
    return listAt(specOf(monitor), 'endpoints').flatMap((endpoint, index) =>
      chosen.flatMap((service) => {
        const by = sourceOf(monitor, `spec.endpoints[${index}]`, objectText(service))
        const direct = portOf(endpoint, 'targetPort')
        return targetsOf(ground, service, textAt(endpoint, 'port') || undefined).map(({ end, ports }) => ({
          to: end,
          ports:
            textAt(endpoint, 'port') === '' && direct !== undefined
              ? [{ protocol: 'TCP' as const, port: direct }]
              : ports,
          by,
        }))
      }),
    )
  })
}

function byPodMonitor(ground: Ground): Scraped[] {
  return monitors(ground, 'PodMonitor').flatMap((monitor) => {
    const chosen = ground.workloads.filter(({ labels }) => selects(selectorIn(monitor), labels))
    return listAt(specOf(monitor), 'podMetricsEndpoints').flatMap((endpoint, index) =>
      chosen.map((workload) => {
        const port = numberAt(endpoint, 'portNumber') ?? (textAt(endpoint, 'port') || portOf(endpoint, 'targetPort'))
        const by = sourceOf(monitor, `spec.podMetricsEndpoints[${index}]`, workloadText(workload))
        return { to: endOf(ground, workload), ports: portsAt(workload, port), by }
      }),
    )
  })
}

const mark = 'prometheus.io/'

function byAnnotation(ground: Ground): Scraped[] {
  const pods = ground.workloads
    .filter(({ annotations }) => annotations[`${mark}scrape`] === 'true')
    .map((workload): Scraped => {
      const by: Source = { how: 'declared', what: `${mark}scrape on ${workloadText(workload)}`, ref: workload.ref }
      return { to: endOf(ground, workload), ports: portsAt(workload, annotatedPort(workload.annotations)), by }
    })
  const services = ground
    .declaring('/Service')
    .filter((raw) => metaOf(raw).namespace === ground.namespace && metaOf(raw).annotations[`${mark}scrape`] === 'true')
    .flatMap((service) => {
      const by: Source = { how: 'declared', what: `${mark}scrape on ${objectText(service)}`, ref: refOf(service) }
      const port = annotatedPort(metaOf(service).annotations)
      return targetsOf(ground, service).map(({ end, ports }): Scraped => {
        return { to: end, ports: port === undefined ? ports : [{ protocol: 'TCP', port }], by }
      })
    })
  return [...pods, ...services]
}

function monitors(ground: Ground, kind: string): Raw[] {
  return ground.declaring(`${group}/${kind}`).filter((monitor) => {
    const chosen = recordAt(specOf(monitor), 'namespaceSelector')
    if (chosen['any'] === true) return true
    const names = textsAt(chosen, 'matchNames')
    return names.length > 0 ? names.includes(ground.namespace) : metaOf(monitor).namespace === ground.namespace
  })
}

function selectorIn(monitor: Raw): LabelSelector {
  const raw = recordAt(specOf(monitor), 'selector')
  const labels = Object.entries(recordAt(raw, 'matchLabels')).map(([key, value]) => [key, String(value)])
  return {
    matchLabels: Object.fromEntries(labels) as Record<string, string>,
    matchExpressions: listAt(raw, 'matchExpressions').map((expression) => ({
      key: textAt(expression, 'key'),
      operator: textAt(expression, 'operator'),
      values: textsAt(expression, 'values'),
    })),
  }
}

function sourceOf(monitor: Raw, at: string, what: string): Source {
  return { how: 'declared', what: `${objectText(monitor)}, for ${what}`, ref: refOf(monitor), at }
}

const portOf = (raw: Raw, key: string): number | string | undefined =>
  numberAt(raw, key) ?? (textAt(raw, key) || undefined)

function annotatedPort(annotations: Record<string, string>): number | undefined {
  const port = Number(annotations[`${mark}port`])
  return Number.isInteger(port) && port >= 1 && port <= 65_535 ? port : undefined
}

/** One port of a workload's pods, by number or name; without one, those that they declare, as Prometheus finds them. */
function portsAt(workload: Workload, port: number | string | undefined): Ports {
  const declared = containerPorts(workload.spec)
  if (typeof port === 'number') return [{ protocol: 'TCP', port }]
  return declared.flatMap(({ name, protocol, port: number }): Ports => {
    const known = protocolNamed(protocol)
    return known && (port === undefined || name === port) ? [{ protocol: known, port: number }] : []
  })
}
