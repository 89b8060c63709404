import { objectName, planLabel } from '../change/plan.ts'
import type { Json } from '../change/plan.ts'
import type { Remedy } from './remedy.ts'

/** An image as pods ran it: its digest, and every name by which a pod asked for it. */
export type SeenImage = { digest: string; names: string[] }

/**
 * Has the API server refuse pods with an image. Admission sees the text of the pod alone, and never what a tag points to: so the digest is refused, and each
 * name that was seen to carry it; another tag of the same image gets in. Pods that run are not touched.
 */
export function blockImage({ digest, names }: SeenImage): (planId: string) => Remedy {
  const exact = [...new Set(names)].toSorted()
  // As CEL writes strings; what JSON escapes, CEL reads the same.
  const list = `[${exact.map((name) => celText(name)).join(', ')}]`
  const of = (field: string) => `(has(${field}) ? ${field}.map(c, has(c.image) ? c.image : '') : [])`
  const images = ['containers', 'initContainers', 'ephemeralContainers']
    .map((field) => of(`object.spec.${field}`))
    .join(' + ')
  const message = refusalOf(digest)
  return (planId) => {
    const name = objectName(planId, 'image')
    const metadata = { name, labels: { [planLabel]: planId } }
    const apiVersion = 'admissionregistration.k8s.io/v1'
    const policy = {
      apiVersion,
      kind: 'ValidatingAdmissionPolicy',
      metadata,
      spec: {
        failurePolicy: 'Fail',
        // With what the API server would add: what is made is compared with what was meant.
        matchConstraints: {
          matchPolicy: 'Equivalent',
          namespaceSelector: {},
          objectSelector: {},
          resourceRules: [
            {
              apiGroups: [''],
              apiVersions: ['v1'],
              resources: ['pods', 'pods/ephemeralcontainers'],
              operations: ['CREATE', 'UPDATE'],
              scope: '*',
            },
          ],
        },
        // Of an update only what is new: a pod that has the image already can be labelled, and deleted, as before.
        variables: [
          { name: 'blocked', expression: list },
          { name: 'images', expression: images },
          {
            name: 'before',
            expression: `oldObject == null ? [] : ${images.replaceAll('object.spec', 'oldObject.spec')}`,
          },
        ],
        validations: [
          {
            expression: `variables.images.all(i, i in variables.before || !(i in variables.blocked || i.endsWith(${celText(`@${digest}`)})))`,
            message,
          },
        ],
      },
    } satisfies { [key: string]: Json }
    const binding = {
      apiVersion,
      kind: 'ValidatingAdmissionPolicyBinding',
      metadata,
      spec: { policyName: name, validationActions: ['Deny'] },
    } satisfies { [key: string]: Json }
    return {
      changes: [
        {
          id: 'policy',
          do: 'create',
          why: `says which image is refused: ${digest}`,
          ref: { apiVersion, kind: policy.kind, resource: 'validatingadmissionpolicies', name },
          body: policy,
        },
        {
          id: 'policy-binding',
          do: 'create',
          why: 'has the API server refuse it in all namespaces',
          risk: 'controllers whose pods have the image go on trying, and fail',
          ref: { apiVersion, kind: binding.kind, resource: 'validatingadmissionpolicybindings', name },
          body: binding,
        },
      ],
      notes: [
        `refused: the digest, and ${exact.length === 0 ? 'no name' : exact.join(', ')}`,
        'another tag of the same image is another text, and gets in; kubelets pull by tag what it points to then',
        'the API servers take some seconds to know the policy; static pods of nodes are never asked about',
      ],
    }
  }
}

/** What the API server says to whoever wants a pod with it. */
export const refusalOf = (digest: string): string => `kubectl secure blocks this image: ${digest}`

/** A string of CEL, whatever is in it. */
export function celText(text: string): string {
  const escaped = Array.from(text, (character) => {
    const code = character.codePointAt(0) ?? 0
    if (character === '\\' || character === "'") return `\\${character}`
    if (code >= 0x20 && code < 0x7f) return character
    return code > 0xffff ? `\\U${code.toString(16).padStart(8, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`
  })
  return `'${escaped.join('')}'`
}
