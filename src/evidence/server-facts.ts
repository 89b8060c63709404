import type { Request } from '../cluster/cluster.ts'
import { discover, type Discovery } from '../cluster/discovery.ts'
import { serverPath } from '../snapshot/bundle-layout.ts'
import { fetchArtefact } from './fetch.ts'
import { parsedArtefact } from './objects.ts'
import type { Run } from './run.ts'

const aggregated = [
  'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList',
  'application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList',
  'application/json',
].join(',')

/** Collects what the server says of itself, /version and discovery, and returns the types it serves. */
export async function collectDiscovery(run: Run): Promise<Discovery> {
  const fetch = async (path: string, hides: string, accept: string) =>
    await run.attempt({ what: `get ${path}`, path, hides }, () => collectAnswer(run, { path, headers: { accept } }))
  await Promise.all([
    fetch('/version', 'which Kubernetes it was', 'application/json'),
    fetch('/api', 'which types there are', aggregated),
    fetch('/apis', 'which types there are', aggregated),
  ])
  // What was collected is what is read: one answer, for us and for whoever asks the bundle.
  const replay = {
    ...run.cluster,
    json: async <T>({ path }: Request): Promise<T> => {
      const file = serverPath(path)
      if (!run.evidence.has(file)) await collectAnswer(run, { path, headers: { accept: 'application/json' } })
      return await parsedArtefact<T>(run, file)
    },
  }
  const missing = { what: 'discovery', hides: 'every type of objects that it would have told of' }
  const found = await run.attempt(missing, () => discover(replay))
  for (const group of found?.failedGroups ?? [])
    await run.gap(
      { what: `discovery of ${group}`, hides: 'its types, and their objects' },
      'the API server behind it does not answer',
    )
  return found ?? { resources: [], failedGroups: [] }
}

/** Collects the reviews that questions rest on: what we ourselves may do, and whether anybody may do anything. */
export async function collectReviews(run: Run, namespaces: string[]): Promise<void> {
  const base = '/apis/authorization.k8s.io/v1'
  const apiVersion = 'authorization.k8s.io/v1'
  const { namespace } = run.cluster
  const review = async (name: string, path: string, file: string[], body: object) =>
    await run.attempt(
      { what: name, path, method: 'POST', hides: 'who may do what outside of RBAC', right: rightOf(path) },
      () => collectAnswer(run, { method: 'POST', path, body, headers: { accept: 'application/json' } }, file),
    )
  const rules = `${base}/selfsubjectrulesreviews`
  const nobody = {
    user: `kubectl-secure:nobody:${crypto.randomUUID()}`,
    resourceAttributes: { verb: 'probe', group: 'kubectl-secure.github.io', resource: 'nothing' },
  }
  await Promise.all([
    review(
      'who we are',
      '/apis/authentication.k8s.io/v1/selfsubjectreviews',
      serverPath('/apis/authentication.k8s.io/v1/selfsubjectreviews'),
      {
        apiVersion: 'authentication.k8s.io/v1',
        kind: 'SelfSubjectReview',
      },
    ),
    review(
      'the review of a user that nobody is',
      `${base}/subjectaccessreviews`,
      serverPath(`${base}/subjectaccessreviews`),
      {
        apiVersion,
        kind: 'SubjectAccessReview',
        spec: nobody,
      },
    ),
    ...[...new Set([namespace, ...namespaces])].map((one) =>
      review(
        `our own rules in ${one}`,
        rules,
        one === namespace ? serverPath(rules) : [...serverPath(rules).slice(0, -1), 'namespaces', one, 'answer.json'],
        { apiVersion, kind: 'SelfSubjectRulesReview', spec: { namespace: one } },
      ),
    ),
  ])
}

async function collectAnswer(run: Run, request: Request, file = serverPath(request.path)): Promise<void> {
  if (!run.evidence.has(file)) await fetchArtefact(run, { path: file, request })
}

// Every group of reviews is at its v1.
function rightOf(path: string) {
  const [, , group = '', , resource = ''] = path.split('/')
  return { verb: 'create', group, resource }
}
