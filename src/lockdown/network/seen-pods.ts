import type { End } from '../model.ts'
import { labelsSelector } from './ends.ts'
import { lastingLabels } from './workloads.ts'

const labelKey = /^(?:[a-z\d.-]{1,253}\/)?[\w.-]{1,63}$/
const labelValue = /^[\w.-]{0,63}$/
const namespaceName = /^[a-z\d-]{1,63}$/

/** Pods as a flow log knows them. Its text is hostile: what no label can be is none. */
export function seenPods(namespace: string, labels: readonly [string, string][], name: string): End {
  const known = labels.filter(([key, value]) => labelKey.test(key) && labelValue.test(value))
  const lasting = lastingLabels(Object.fromEntries(known))
  if (!namespaceName.test(namespace) || Object.keys(lasting).length === 0)
    return { kind: 'unnamed', name: `${name || 'a pod'} in ${namespace}, whose labels were not logged` }
  return { kind: 'pods', namespace, selector: labelsSelector(lasting), name: name || 'pods' }
}
