import type { AttackNode } from '../../../src/attack/model.ts'
import * as by from './attempts.ts'
import type { Word } from '../../unit/attack/oracle.ts'
import * as more from './more-attempts.ts'

export const boss = (namespace: string): AttackNode => ({
  kind: 'subject',
  subject: { kind: 'ServiceAccount', namespace, name: 'boss' },
})
export const node: AttackNode = { kind: 'node', name: 'node1' }
export const pod = (namespace: string, name: string): AttackNode => ({ kind: 'pod', namespace, name })
export const users = (...names: string[]): AttackNode[] =>
  names.map((name) => ({ kind: 'subject', subject: { kind: 'User', name } }))

// Who tries, what for, what the graph has to say, and the attempt. `perhaps` comes true here: what it waits for or is unsure of is so.
export const rightsCases: [user: string, claim: AttackNode, word: Word, attempt: by.Attempt][] = [
  ['creates', boss('open'), 'surely', by.createPod('open')],
  ['creates', node, 'surely', by.createThief('open')],
  ['creates-tight', boss('tight'), 'surely', by.createPod('tight')],
  ['creates-tight', node, 'no', by.createThief('tight')],
  ['creates-base', node, 'no', by.createThief('base')],
  ['creates-base', boss('open'), 'no', by.createPod('open')],
  ['applies', boss('open'), 'surely', by.applyPod('applied')],
  ['applies-by-two', boss('open'), 'surely', by.applyPod('applied-two')],
  ['creates-named', boss('open'), 'no', by.applyPod('named')],
  ['creates-named', boss('open'), 'no', by.createPod('open')],
  ['patches-absent', boss('open'), 'no', by.applyPod('absent')],
  ['creates-deployments', boss('open'), 'surely', by.createDeployment],
  ['patches-web', boss('open'), 'surely', by.patchTemplate('apps/v1/namespaces/open/deployments/web', 'web')],
  ['patches-no-web', boss('open'), 'no', by.patchTemplate('apps/v1/namespaces/open/deployments/no-web', 'no-web')],
  ['scales-web', boss('open'), 'no', by.patchTemplate('apps/v1/namespaces/open/deployments/web', 'web')],
  ['scales-web', boss('open'), 'no', by.patchTemplate('apps/v1/namespaces/open/deployments/web/scale', 'web')],
  ['patches-jobs', boss('open'), 'no', by.patchTemplate('batch/v1/namespaces/open/jobs/task', 'task')],
  ['patches-statefulsets', boss('open'), 'no', by.patchTemplate('apps/v1/namespaces/open/statefulsets/db', 'db')],
  ['patches-agent', node, 'surely', by.patchAgent],
  ['execs', pod('open', 'boss'), 'surely', by.execIn('open', 'boss')],
  ['execs', boss('open'), 'surely', by.execIn('open', 'boss')],
  ['execs-by-get', pod('base', 'boss'), 'no', by.execIn('base', 'boss')],
  ['execs-by-get', pod('open', 'boss'), 'surely', by.execIn('open', 'boss')],
  ['execs-elsewhere', pod('open', 'boss'), 'no', by.execIn('open', 'boss')],
  ['execs-by-star', pod('open', 'boss'), 'no', by.execIn('open', 'boss')],
  ['attaches', boss('open'), 'perhaps', by.attachTo],
  ['debugs', boss('open'), 'surely', more.debug('open', 'boss', false)],
  ['debugs', node, 'surely', more.debug('open', 'boss', true)],
  ['debugs-base', boss('base'), 'surely', more.debug('base', 'boss', false)],
  ['debugs-base', node, 'no', more.debug('base', 'boss', true)],
  ['debugs-by-pods', node, 'no', more.debug('base', 'boss', true, '')],
  ['swaps', pod('open', 'swapped'), 'surely', more.swapImage('open', 'swapped')],
  ['swaps', pod('open', 'boss'), 'no', more.swapImage('open', 'boss')],
  ['swaps-late', pod('late', 'plain'), 'surely', more.swapImage('late', 'plain')],
  ['swaps-late', pod('late', 'free'), 'no', more.swapImage('late', 'free')],
  ['proxies-create', boss('open'), 'surely', more.proxyRun],
  ['proxies-get', pod('open', 'boss'), 'perhaps', more.kubeletExec],
  ['reads-nodes', pod('open', 'boss'), 'no', more.proxyRun],
  ['reads-nodes', pod('open', 'boss'), 'no', more.kubeletExec],
]
