import { practices } from '../texts.ts'
import type { RiskInfo } from '../found.ts'

const rbac = 'https://kubernetes.io/docs/reference/access-authn-authz/rbac/'

export const bindingInfos = {
  tampered: {
    id: 'default-binding-changed',
    title: "Was added to a binding of the cluster's own",
    why: 'The cluster makes this binding for itself. Whoever is in it beside that was put there by somebody, where few look.',
    fix: 'take the subject out of the binding; give it what it needs by one of its own',
    reference: `${rbac}#default-roles-and-role-bindings`,
  },
  broad: {
    id: 'broad-group',
    title: 'Everybody has this grant',
    why: 'The subject stands for all who connect, or for all with any credential: each service account is among them.',
    fix: 'name those who need it',
    reference: `${practices}#system-unauthenticated-group`,
  },
  dangling: {
    id: 'missing-role',
    title: 'Refers to a role that does not exist',
    why: 'It grants nothing today; whoever creates the role decides what it grants.',
    fix: 'delete the binding, or bring the role back',
    reference: rbac,
  },
  stranger: {
    id: 'missing-account',
    title: 'Is a service account that does not exist, with rights',
    why: 'Whoever creates an account of that name has its rights.',
    fix: 'take the account out of the binding',
    reference: practices,
  },
  defaultAccount: {
    id: 'default-account',
    title: 'Gives rights to all pods without an account of their own',
    why: 'A pod that names no account runs as `default`, and has the token of it unless that is turned off.',
    fix: 'give the workload an account of its own, and the rights to that',
    reference: `${practices}#least-privilege`,
  },
} satisfies Record<string, RiskInfo>
