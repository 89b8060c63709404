import { formatSubject } from '../rbac/subject-text.ts'
import type { AttackNode } from './model.ts'

/**
 * What makes a node the one it is: a table, and two keys in it. No text is put together: with tens of thousands of nodes, each looked up
 * many times, that would be most of the work. The first key is the one of which there are fewer, as each has a map of its own.
 */
export function keysOf(node: AttackNode): [table: string, first: unknown, second: unknown] {
  switch (node.kind) {
    case 'subject':
      return [tableOf(node.subject.kind, node), node.subject.namespace ?? '', node.subject.name]
    case 'binding':
      return [tableOf('binding', node), '', node.bound.binding]
    case 'role':
      return [tableOf('role', node), node.scope, node.role]
    case 'free-role':
      return [node.kind, node.scope, node.role]
    case 'ability': {
      const { ability, scope, name, holder } = node
      if (holder === undefined) return name === undefined ? [ability, undefined, scope] : [ability, scope, name]
      // A number, as a namespace may be called anything.
      return [ability, holder === 'anybody' ? -1 : holder, name === undefined ? scope : `${scope}\0${name}`]
    }
    case 'pod':
    case 'secret':
      return [node.kind, node.namespace, node.name]
    case 'any-account':
      return [tableOf('any-account', node), '', node.scope]
    case 'any-pod':
    case 'any-secret':
      return [node.kind, '', node.scope]
    case 'node':
      return ['node', '', node.name]
    case 'namespace-admin':
      return [node.kind, node.all, node.namespace]
    case 'any-user':
      return [tableOf('any-user', node), '', '']
    case 'any-node':
    case 'any-group':
    case 'admin':
      return [node.kind, '', '']
  }
}

const borrowedTables = {
  User: 'borrowed User',
  Group: 'borrowed Group',
  ServiceAccount: 'borrowed ServiceAccount',
  binding: 'borrowed binding',
  role: 'borrowed role',
  'any-account': 'borrowed any-account',
  'any-user': 'borrowed any-user',
} as const

function tableOf(kind: keyof typeof borrowedTables, { borrowed }: { borrowed?: true }): string {
  return borrowed ? borrowedTables[kind] : kind
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
