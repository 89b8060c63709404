import { metaOf, type Raw } from './raw.ts'

/** Marks by which who manages objects knows its own: argo-cd's tracking, Flux' controllers, Helm's conventions. */
const marks: { by: string; does: string; has: (key: string, value: string) => boolean }[] = [
  { by: 'Argo CD', does: 'self-heal and prune', has: (key) => key.startsWith('argocd.argoproj.io/') },
  { by: 'Flux', does: 'reconcile', has: (key) => /^(?:kustomize|helm)\.toolkit\.fluxcd\.io\//.test(key) },
  {
    by: 'Helm',
    does: 'put back at the next upgrade',
    has: (key, value) =>
      key.startsWith('meta.helm.sh/') || (key === 'app.kubernetes.io/managed-by' && value === 'Helm'),
  },
]

export type Manager = { by: string; does: string; what: string }

/** Who puts back what is changed on these objects; a Deployment's marks are on its ReplicaSets too. */
export function managersOf(objects: Raw[]): Manager[] {
  const found = objects.flatMap((raw) => {
    const { labels, annotations, name, namespace } = metaOf(raw)
    const pairs = [...Object.entries(labels), ...Object.entries(annotations)]
    const what = `${String(raw['kind'])} ${namespace === '' ? '' : `${namespace}/`}${name}`
    return marks
      .filter(({ has }) => pairs.some(([key, value]) => has(key, value)))
      .map(({ by, does }) => ({ by, does, what }))
  })
  return [...new Map(found.map((manager) => [manager.by, manager])).values()]
}

export const managerText = ({ by, does, what }: Manager): string => `${by} manages ${what} and may ${does}`
