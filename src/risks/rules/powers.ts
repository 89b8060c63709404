import type { Power } from '../../attack/model.ts'

type Asked = { group?: string; resources: readonly string[]; verbs: readonly string[]; isClusterScoped?: true }

/** Powers over resources of a group; `pods/exec` is a subresource. Each is made once: what roles give of it is remembered by the object. */
export function powers({ group = '', resources, verbs, isClusterScoped }: Asked): Power[] {
  return resources.flatMap((entry) => {
    const [resource = '', subresource = ''] = entry.split('/')
    return verbs.map((verb) => ({ verb, group, resource, subresource, namespaced: !isClusterScoped }))
  })
}

export const change = ['update', 'patch'] as const
export const write = ['create', 'update', 'patch'] as const
export const writeOrDelete = ['create', 'update', 'patch', 'delete', 'deletecollection'] as const
