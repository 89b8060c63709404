import type { PathPreflight, StepRight } from '../playbook/preflight.ts'
import { count } from './change-text.ts'
import type { Look } from './look.ts'
import { rolesYaml } from './preflight-text.ts'
import { Sheet } from './sheet.ts'

/** Which rights are missing on the way, step by step, and the roles that would give them; nothing where none is. */
export async function pathPreflightText({ steps, missingRoles }: PathPreflight, look: Look): Promise<string> {
  const lacking = steps.flatMap(({ step, rights }) => {
    const missing = rights.filter(({ allowed }) => !allowed)
    return missing.length === 0 ? [] : [{ step, missing }]
  })
  if (lacking.length === 0) return ''
  const needed = lacking.filter(({ missing }) => missing.some(({ optional }) => !optional)).length
  const sheet = new Sheet().lead(
    'RIGHTS',
    needed > 0 ? `${count(needed, 'step')} may lack rights` : 'enough, and some answers will be poorer',
    { colour: ['bold', 'yellow'] },
  )
  for (const { step, missing } of lacking)
    for (const [word, some] of Map.groupBy(missing, wordOf))
      sheet.lead(word, `${step}: ${[...new Set(some.map(rightText))].join(', ')}`, {
        indent: 2,
        colour: word === 'missing' ? 'red' : 'yellow',
      })
  if (missingRoles.length === 0) return sheet.toText(look)
  sheet.line('What is missing, as roles for kubectl apply:')
  return sheet.toText(look) + (await rolesYaml(missingRoles))
}

function wordOf({ optional, sure }: StepRight): string {
  if (optional) return 'poorer without'
  return sure ? 'missing' : 'may be missing'
}

function rightText({ verb, group, resource, subresource, namespace, name }: StepRight): string {
  const type = `${resource}${group === '' ? '' : `.${group}`}${subresource === undefined ? '' : `/${subresource}`}`
  const object = name === undefined ? type : `${type} ${name}`
  return `${verb} ${object}${namespace === undefined ? '' : ` in ${namespace}`}`
}
