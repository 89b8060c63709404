import { type Rule, toRuntimeDefault, within } from '../check.ts'
import type { Path } from '../field.ts'
import type { Pod } from '../pod.ts'
import { goQuoted, plural, quoted, settersText, sortedSet } from '../wording.ts'

const annotationPrefix = 'container.apparmor.security.beta.kubernetes.io/'

/** Source: check_appArmorProfile.go. */
export const appArmorProfile: Rule = (pod) => {
  const bad = pod.holders.filter(({ security: { appArmor } }) => appArmor && !isAllowed(appArmor.type))
  const annotations = forbiddenAnnotations(pod)
  if (bad.length + annotations.length === 0) return undefined
  const values = [
    ...sortedSet(bad.map(({ security }) => security.appArmor?.type ?? '')),
    ...sortedSet(annotations.map(([key, value]) => `${key}=${goQuoted(value)}`)),
  ]
  const setters = [
    ...(bad.length > 0 ? [settersText(bad)] : []),
    ...(annotations.length > 0 ? [plural(annotations.length, 'annotation', 'annotations')] : []),
  ]
  const keyPaths = annotations.map(([key]): Path => ['metadata', 'annotations', key])
  return {
    reason: plural(values.length, 'forbidden AppArmor profile', 'forbidden AppArmor profiles'),
    detail: `${setters.join(' and ')} must not set AppArmor profile type to ${quoted(values)}`,
    paths: [...bad.map((holder) => within(holder, 'appArmorProfile', 'type')), ...keyPaths],
    fix: {
      edits: [
        ...bad.flatMap((holder) =>
          toRuntimeDefault(within(holder, 'appArmorProfile'), holder.security.appArmor?.hasFile ?? false),
        ),
        ...keyPaths.map((path) => ({ path })),
      ],
      risky: true,
    },
  }
}

function isAllowed(type: string): boolean {
  return type === 'RuntimeDefault' || type === 'Localhost'
}

function forbiddenAnnotations({ annotations }: Pod): [key: string, value: string][] {
  const found: [string, string][] = []
  for (const [key, value] of annotations) {
    const isAllowed = value === '' || value === 'runtime/default' || value.startsWith('localhost/')
    if (key.startsWith(annotationPrefix) && !isAllowed) found.push([key, value])
  }
  return found
}
