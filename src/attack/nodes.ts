import { formatSubject } from '../rbac/subject-text.ts'
import type { AttackNode } from './model.ts'

/**
 * What makes a node the one it is: a table, and two keys in it. No text is put together: with tens of thousands of nodes, each looked up
 * many times, that would be most of the work.
 */
export function keysOf(node: AttackNode): [table: string, first: unknown, second: unknown] {
  switch (node.kind) {
    case 'subject':
      return [tableOf(node.subject.kind, node), node.subject.namespace ?? '', node.subject.name]
    case 'binding':
      return [tableOf('binding', node), node.bound.binding, '']
    case 'role':
      return [tableOf('role', node), node.role, node.scope]
    case 'free-role':
      return [node.kind, node.role, node.scope]
    case 'ability':
      return node.holder === undefined
        ? [node.ability, node.scope, node.name]
        : [node.ability, node.holder, node.name === undefined ? node.scope : `${node.scope}\0${node.name}`]
    case 'pod':
    case 'secret':
      return [node.kind, node.namespace, node.name]
    case 'any-account':
      return [tableOf('any-account', node), node.scope, '']
    case 'any-pod':
    case 'any-secret':
      return [node.kind, node.scope, '']
    case 'node':
      return ['node', node.name, '']
    case 'namespace-admin':
      return ['namespace-admin', node.namespace, '']
    case 'any-user':
      return [tableOf('any-user', node), '', '']
    case 'any-node':
    case 'any-group':
    case 'admin':
      return [node.kind, '', '']
  }
}

function tableOf<Kind extends string>(kind: Kind, { borrowed }: { borrowed?: true }): Kind | `borrowed ${Kind}` {
  return borrowed ? `borrowed ${kind}` : kind
}

/** A node in the notation that flags take, where there is one; hostile text. */
export function nodeText(node: AttackNode): string {
  switch (node.kind) {
    case 'subject':
      return formatSubject(node.subject)
    case 'binding':
      return `${node.bound.binding.kind} ${inNamespace(node.bound.binding)}`
    case 'role':
    case 'free-role':
      return `${node.role.kind} ${inNamespace(node.role)} in ${node.scope}`
    case 'ability':
      return `${node.ability}:${node.scope}${node.name === undefined ? '' : `/${node.name}`}`
    case 'pod':
    case 'secret':
      return `${node.kind}:${inNamespace(node)}`
    case 'any-pod':
    case 'any-account':
    case 'any-secret':
      return `${node.kind}:${node.scope}`
    case 'node':
      return `node:${node.name}`
    case 'namespace-admin':
      return `ns:${node.namespace}`
    case 'any-node':
    case 'any-user':
    case 'any-group':
    case 'admin':
      return node.kind
  }
}

function inNamespace({ namespace, name }: { namespace?: string | undefined; name: string }): string {
  return namespace === undefined ? name : `${namespace}/${name}`
}
