import type { Subject } from '../snapshot/objects.ts'
import type { ClusterState } from '../snapshot/cluster-state.ts'
import type { Role } from '../snapshot/objects.ts'
import type { Snapshot } from '../snapshot/snapshot.ts'
import type { BoundRole, RbacIndex } from '../rbac/rbac-index.ts'

/*
 * The attack graph. Its nodes are what somebody may come to hold; a step is one move from what is held to more, by the rights of a role, by the
 * state of the cluster, or by both. Structure (a subject is in a group, a role is held by a binding, "any pod" has each pod) are steps too,
 * of no length: intermediate nodes keep the graph linear in its input.
 */

export type AttackNode =
  /** Acts as this user, service account, or as a member of this group. In canonical form (rbac/identity.ts). */
  | { kind: 'subject'; subject: Subject; borrowed?: Borrowed }
  /** A binding, between its subjects and its role: what `--cut` takes away. */
  | { kind: 'binding'; bound: BoundRole; borrowed?: Borrowed }
  /** Holds this role in a namespace, or `*`: one node, however many bindings give it. */
  | { kind: 'role'; role: Role; scope: string; borrowed?: Borrowed }
  /** May give it to whom it likes, itself included, by a binding. */
  | { kind: 'free-role'; role: Role; scope: string }
  /** Part of a way that takes several requests, which need not be of one subject: `create-secrets` in a namespace. */
  | {
      kind: 'ability'
      ability: Ability
      scope: string
      name?: string
      /**
       * Where it is part of one request, that one identity must make: that subject's node; `anybody` where it may be passed on to whoever makes
       * the request. Absent: somebody has it.
       */
      holder?: number | 'anybody'
    }
  /** Runs code in this pod; in any pod of the namespace, or of the cluster (`*`). */
  | { kind: 'pod'; namespace: string; name: string }
  | { kind: 'any-pod'; scope: string }
  /** Acts as any user that is no service account; as a member of any group but system:masters. */
  | { kind: 'any-user'; borrowed?: Borrowed }
  | { kind: 'any-group' }
  /** Acts as any service account of a namespace, or of the cluster. */
  | { kind: 'any-account'; scope: string; borrowed?: Borrowed }
  /** Reads this secret; any secret. */
  | { kind: 'secret'; namespace: string; name: string }
  | { kind: 'any-secret'; scope: string }
  /** Root on this node; on any. */
  | { kind: 'node'; name: string }
  | { kind: 'any-node' }
  /**
   * Everything in a namespace, or in each (`*`), which is less than everything. `all`: by stars or what is as good, so the namespace object itself too
   * (docs/rbac.md, case 20), which the default role `admin` may not write.
   */
  | { kind: 'namespace-admin'; namespace: string; all?: true }
  | { kind: 'admin' }

/**
 * By impersonation, without credentials of its own: what is held so allows everything but to impersonate in turn, as a request names one
 * identity beside the one that makes it. Seen on a real server.
 */
export type Borrowed = true

/** The parts of ways that take several requests. Each has one meaning: who holds two of them has what neither gives alone. */
export type Ability =
  | 'create-pods' // pods of any account of the namespace, as Pod Security there allows
  | 'create-pods-unconfined' // the same where Pod Security does not stop what takes a node
  | 'label-namespace' // may take away the namespace's Pod Security labels
  | 'create-secrets'
  | 'read-secrets'
  | 'change-secrets'
  | 'remove-secrets'
  | 'create-free-secret' // of one name at least that no secret has; of a range of namespaces: name
  | 'read-free-secret'
  | 'mint-free-secret' // both
  | 'create-accounts'
  | 'create-volumes' // PersistentVolumes, and so hostPath despite Pod Security; pods make their claims themselves
  | 'change-controllers' // of a kind (name): those that are there
  | 'update-pods' // images of pods that are there, as Pod Security allows
  | 'update-pods-unconfined'
  | 'debug-pods' // ephemeral containers in pods that are there, as Pod Security allows
  | 'debug-pods-unconfined'
  | 'hold-node' // root on some node
  | 'node-credential' // of a node (name): what the Node authorizer and the kubelet's API allow it
  | 'neighbour-tokens' // of a node (name): tokens and secrets of the pods there
  | 'remove-pods' // by delete, eviction or status: they come back elsewhere
  | 'steer-nodes' // nodes or nodes/status: where pods go
  | 'create-csr'
  | 'approve-csr' // of a signer: name
  | 'approve-csr-update' // of certificatesigningrequests/approval: what approving needs beside the signer
  | 'sign-for' // approving for a signer (name), beside the update
  | 'issue-node-client' // has its own request for a kubelet's certificate approved by the controller
  | 'impersonate-user' // any user or account (case 23): what impersonated groups need beside them
  | 'impersonate-account'
  | 'impersonate-group'
  | 'name-account' // acts as accounts by name alone, those that do not exist included
  | 'create-bindings' // new RoleBindings (of a namespace), to what `bind` or one's own rights allow
  | 'create-cluster-bindings'
  | 'change-bindings' // existing ones
  | 'change-cluster-bindings'
  | 'bind-cluster-roles'
  | 'bind-roles'
  | 'bind-missing' // a role that is not there, by a RoleBinding: `ClusterRole/NAME`, `Role/NAME`; `Role`: of any name
  | 'bind-missing-everywhere' // by a ClusterRoleBinding
  | 'give-role' // any of several roles: which, is in the name
  | 'change-roles' // update or patch
  | 'escalate-roles'
  | 'change-cluster-roles'
  | 'escalate-cluster-roles'
  | 'rewrite-roles' // makes existing Roles grant anything
  | 'rewrite-cluster-roles'
  | 'make-roles' // creates Roles that grant anything
  | 'make-cluster-roles'
  | 'post-roles' // under a name that is not asked about
  | 'post-cluster-roles'
  | 'create-roles' // empty ones, or with what one has
  | 'create-cluster-roles'
  | 'create-some-role' // an empty one, of one name at least
  | 'create-some-cluster-role'
  | 'create-some-binding'
  | 'create-some-cluster-binding'
  | 'fill-role' // has some Role whose rights are its to choose
  | 'fill-cluster-role'
  | 'create-tokens' // of a service account
  | 'create-namespaces'

/** field/rbac.md §3 by its ids; and the steps of structure, which have no length. */
export type RuleId = AttackRuleId | StructureId
export type StructureId = 'holds' | 'bound' | 'member' | 'each' | 'part'
export type AttackRuleId =
  | 'masters'
  | 'wildcard'
  | 'bind'
  | 'escalate'
  | 'aggregate'
  | 'dangling-role'
  | 'dangling-sa'
  | 'imp-user'
  | 'imp-sa'
  | 'imp-group'
  | 'imp-constrained'
  | 'sa-token'
  | 'secret-read'
  | 'secret-mint'
  | 'bootstrap-token'
  | 'csr-approve'
  | 'csr-sign'
  | 'csr-node'
  | 'pod-create'
  | 'controller-write'
  | 'pod-update'
  | 'ds-kube-system'
  | 'exec'
  | 'attach'
  | 'ephemeral'
  | 'nodes-proxy'
  | 'pod-steal'
  | 'pod-binding'
  | 'pv-hostpath'
  | 'webhook-write'
  | 'ns-label'
  | 'aws-auth'
  | 'operator-deputy'
  | 'cloud-sa'
  | 'pod-token'
  | 'pod-secret'
  | 'pod-escape'
  | 'node-pods'
  | 'node-identity'
  | 'node-control-plane'
  | 'pid-sharing'
  | 'admin-all'

/** A fact of the cluster that makes a step possible; texts are hostile. */
export type StateFact = {
  kind: string
  namespace?: string
  name: string
  /** `spec.hostPID`, `metadata.labels`. */
  field?: string
  /** `is true`, `has no Pod Security label`. */
  says: string
}

/**
 * One move. All of `from` are needed (more than one only where requests of several subjects may be joined: what one request needs is decided
 * while the graph is built, by the rights of one identity together).
 */
export type Step = {
  rule: RuleId
  /** Node ids. */
  from: number[]
  to: number
  /** The rules of roles that allow it: which of the role on the way; or, where several bindings of one identity are needed, those. */
  rights?: Right[]
  state?: StateFact[]
  /** What it waits for: `until somebody creates a pod`. Such steps come after all that do not wait. */
  waits?: string
  /** Why it may not work after all, as something is not known: `the Pod Security labels of … could not be read`. */
  unsure?: string
}

/** A rule of a role. `bound` where the binding is not already on the way. */
export type Right = { role: Role; ruleIndex: number; bound?: BoundRole }

/** What graphs are built from. */
export type AttackWorld = { snapshot: Snapshot; index: RbacIndex; state: ClusterState }

/** Built by rules, asked by searches. Node ids count from 0; a node that is asked for twice is one. */
export type AttackGraph = {
  nodes: AttackNode[]
  /** The id of a node, made where it is new. */
  node(node: AttackNode): number
  /** The id of a node that is there already. */
  find(node: AttackNode): number | undefined
  steps: Step[]
  add(step: Step): void
}

/**
 * A rule's occasions. `role` is called once a role and scope that is held by anybody, for what needs the rights of one role alone; `identity`
 * once a subject that holds any binding, with its groups' bindings, for what one request needs of several rights; `state` once.
 */
export type AttackRule = {
  id: AttackRuleId
  /** `Creates a pod with any service account of the namespace`, for people. */
  title: string
  role?(held: HeldRole, graph: AttackGraph, world: AttackWorld): void
  identity?(held: HeldIdentity, graph: AttackGraph, world: AttackWorld): void
  /** Once a role and scope that may be given to anybody (`free-role`). */
  given?(held: HeldRole, graph: AttackGraph, world: AttackWorld): void
  state?(graph: AttackGraph, world: AttackWorld): void
  /** For what several subjects' abilities make together; called whenever nothing new comes of the others, and so more than once. */
  joins?(graph: AttackGraph, world: AttackWorld): void
}

/** A right that a role gives, by a rule of it. Each is a constant of its rule's file: what identities hold of it is remembered by the object. */
export type Power = {
  verb: string
  group: string
  resource: string
  subresource: string
  /** Cluster-scoped resources are out of a RoleBinding's reach (rbac/binding-reach.ts). */
  namespaced: boolean
}

/** A rule that gives a power; `names` where it is narrowed to them, and then they are all it has. */
export type Given = { ruleIndex: number; names?: string[] }

export type HeldRole = {
  /** Its node. */
  id: number
  role: Role
  /** A namespace, or `*`. */
  scope: string
  borrowed?: Borrowed
  /** The rules of the role that give a power, within reach of this scope; empty where none does. */
  gives(power: Power): Given[]
}

export type HeldIdentity = {
  /** The node of the subject. */
  id: number
  subject: Subject
  borrowed?: Borrowed
  /** Everything it holds by itself and by the groups that the API server gives it, each where it holds. */
  gives(power: Power): (Given & { bound: BoundRole; scope: string })[]
  /** Whether a rule among them is narrowed to names: soon told, where next to nobody has such a rule. */
  givesNamed(power: Power): boolean
}
