import type { RiskInfo } from '../found.ts'

const rbac = 'https://kubernetes.io/docs/reference/access-authn-authz/rbac/'

export const roleInfos = {
  changed: {
    id: 'default-role-changed',
    title: "Is a role of the cluster's own, with rules that are not",
    why: 'Whoever held the role before got more by the change, the parts of the control plane among them, and few look at it.',
    fix: 'put the rules back; the API server adds what is missing by itself, and takes nothing away',
    reference: `${rbac}#default-roles-and-role-bindings`,
  },
  widened: {
    id: 'default-role-widened',
    title: "Adds rights to a role of the cluster's own by its label",
    why: 'Everybody who holds view, edit or admin has these rights too.',
    fix: 'take the label away, or leave out of the role what is no part of viewing and editing',
    reference: `${rbac}#aggregated-clusterroles`,
  },
  nothing: {
    id: 'rule-of-nothing',
    title: 'Has a rule that grants nothing, or not what it says',
    why: 'Whoever wrote it meant something else: the right is missing, or it was sought elsewhere and found too wide.',
    fix: 'write the rule so that it grants what was meant, or take it away',
    reference: rbac,
  },
  emptyName: {
    id: 'empty-name',
    title: 'Has a rule for the name "", which is good for all',
    why: 'It looks narrowed to nothing, but a request without a name, such as list or watch, is one of this name: it gets them all.',
    fix: 'name what is meant in resourceNames, or take the rule away',
    reference: rbac,
  },
} satisfies Record<string, RiskInfo>
