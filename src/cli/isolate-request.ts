import * as Args from '@oclif/core/args'
import * as Flags from '@oclif/core/flags'
import { SecureError } from '../errors.ts'
import { parsePeer } from '../isolation/peers.ts'
import { defaultProbeImage } from '../isolation/probe-image.ts'
import type { IsolateRequest } from '../isolation/request.ts'
import type { TargetQuery } from '../isolation/scene.ts'
import { isolateKinds, isolateTypes } from './isolate-types.ts'
import { unescapeFromTerminal } from '../text/terminal.ts'

const peerHelp = 'NAMESPACE/LABEL=VALUE, ns:NAMESPACE, an address or CIDR, or dns; with :PORT/PROTOCOL'

/** Of whatever may have to run something beside a pod; never taken from a record, as it gets rights on the network of a pod. */
export const probeImageFlag = {
  'probe-image': Flags.string({
    description: 'the image that tries connections and cuts them: it needs /agnhost, sh and iproute2',
    default: defaultProbeImage,
    helpValue: 'IMAGE',
  }),
}

/** What `isolate` takes besides the flags of every change; `preflight isolate` takes the same. */
export const isolateArgs = {
  'type/name': Args.string({
    description: 'pod, deployment, statefulset, daemonset, replicaset, job, cronjob, serviceaccount or node',
  }),
}

export const isolateFlags = {
  selector: Flags.string({
    char: 'l',
    description: 'the pods with these labels, instead of TYPE/NAME',
    helpValue: 'SELECTOR',
  }),
  sever: Flags.boolean({ description: 'cut connections that are open, from inside of the pod: policies do not' }),
  revoke: Flags.boolean({
    description: 'take the service account out of its bindings, and make its token Secrets invalid',
  }),
  cordon: Flags.boolean({ description: 'let no new pods onto the nodes of the pods' }),
  'allow-from': Flags.string({
    description: `still let in; may be given several times: ${peerHelp}`,
    helpValue: 'PEER',
    multiple: true,
    multipleNonGreedy: true,
  }),
  'allow-to': Flags.string({
    description: 'still let out, in the same words',
    helpValue: 'PEER',
    multiple: true,
    multipleNonGreedy: true,
  }),
  'evidence-first': Flags.boolean({
    description: 'take the quick evidence before the cut, where a probe would restart a container',
  }),
  'accept-restart': Flags.boolean({ description: 'cut even where a liveness probe will fail and restart a container' }),
  ...probeImageFlag,
}

export type IsolateWords = {
  'type/name'?: string | undefined
  selector?: string | undefined
  sever: boolean
  revoke: boolean
  cordon: boolean
  'allow-from'?: string[] | undefined
  'allow-to'?: string[] | undefined
  'evidence-first': boolean
  'accept-restart': boolean
  'probe-image': string
  incident?: string | undefined
  reason?: string | undefined
}

/** The request that the words typed mean. Throws SecureError `usage`. */
export function isolateRequest(words: IsolateWords, namespace: string, command: string[]): IsolateRequest {
  const { sever, revoke, cordon, incident, reason } = words
  return {
    query: targetQuery(words['type/name'], words.selector, namespace),
    options: {
      allowFrom: (words['allow-from'] ?? []).map(parsePeer),
      allowTo: (words['allow-to'] ?? []).map(parsePeer),
      sever,
      revoke,
      cordon,
      evidenceFirst: words['evidence-first'],
      acceptRestart: words['accept-restart'],
    },
    command,
    ...(incident === undefined ? {} : { incident }),
    ...(reason === undefined ? {} : { reason }),
    image: words['probe-image'],
  }
}

function targetQuery(target: string | undefined, selector: string | undefined, namespace: string): TargetQuery {
  if ((target === undefined) === (selector === undefined)) {
    throw new SecureError('usage', 'name what to isolate: either TYPE/NAME or -l SELECTOR', {
      hint: 'as in: kubectl secure isolate pod/api-0 -n payments',
    })
  }
  if (selector !== undefined) {
    if (selector.trim() === '') throw new SecureError('usage', 'the selector of -l is empty: it would mean every pod')
    return { selector, namespace }
  }
  const [type = '', name = '', ...more] = unescapeFromTerminal(target ?? '').split('/')
  const kind = Object.hasOwn(isolateKinds, type.toLowerCase()) ? isolateKinds[type.toLowerCase()] : undefined
  if (!kind || name === '' || more.length > 0) {
    throw new SecureError('usage', `"${target}" is not TYPE/NAME`, {
      hint: `TYPE is one of ${isolateTypes.join(', ')}`,
    })
  }
  return kind === 'Node' ? { kind, name } : { kind, namespace, name }
}
