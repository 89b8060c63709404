import type { Environment } from '@marcbachmann/cel-js'
import type { Json } from '../change/plan.ts'

/** What expressions see: the inputs, and the outputs of the steps that came before; of one that was skipped, null. */
export type Scope = { inputs: Record<string, Json>; steps: Record<string, Json> }

/** CEL that was read once. `names` are the inputs and steps it speaks of: `inputs.pod`, `steps.cut`. */
export type Expression = {
  source: string
  names: string[]
  /** Whether it speaks of `outputs`, which `until` alone has. */
  usesOutputs: boolean
  evaluate(scope: Scope & { outputs?: Json }): Json
}

const longest = 1000
const wholeValue = /^\s*\$\{\{([^]*)\}\}\s*$/
const holes = /\$\{\{((?:[^}]|\}(?!\}))*)\}\}/g

/** The CEL of a value that is `${{ CEL }}` and nothing around it; undefined where it is a literal. */
export function expressionIn(value: Json): string | undefined {
  const found = typeof value === 'string' ? wholeValue.exec(value)?.[1] : undefined
  return found === undefined || found.includes('}}') ? undefined : found.trim()
}

/** The texts and the CEL of a message, in turn: `isolated ${{ inputs.pod.name }}`. */
export function messageParts(message: string): { text?: string; cel?: string }[] {
  const parts: { text?: string; cel?: string }[] = []
  let at = 0
  for (const hole of message.matchAll(holes)) {
    if (hole.index > at) parts.push({ text: message.slice(at, hole.index) })
    parts.push({ cel: (hole[1] ?? '').trim() })
    at = hole.index + hole[0].length
  }
  if (at < message.length) parts.push({ text: message.slice(at) })
  return parts
}

/**
 * Reads CEL. It has no effects and ends: no loops but over what is there, no functions of ours, and no regular expressions, which a playbook of
 * somebody else could be made to hang on. Throws Error that says what is wrong with it.
 */
export async function compile(source: string): Promise<Expression> {
  if (source.length > longest) throw new Error(`an expression has at most ${longest} characters`)
  const environment = await environmentOf()
  const parsed = environment.parse(source)
  const checked = parsed.check()
  if (!checked.valid) throw new Error(checked.error?.message ?? 'it is no CEL')
  const { names, usesOutputs } = namesIn(parsed.ast)
  return {
    source,
    names,
    usesOutputs,
    evaluate: (scope) => asJson(parsed(structuredClone(scope))),
  }
}

let environment: Promise<Environment> | undefined
async function environmentOf(): Promise<Environment> {
  return await (environment ??= import('@marcbachmann/cel-js').then((cel) => {
    const limits = { maxAstNodes: 500, maxDepth: 50, maxListElements: 100, maxMapEntries: 100, maxCallArguments: 8 }
    return (
      new cel.Environment({ limits, unlistedVariablesAreDyn: false, homogeneousAggregateLiterals: false })
        .registerVariable('inputs', 'dyn')
        .registerVariable('steps', 'dyn')
        // What an action asks again and again answers: of `until` alone.
        .registerVariable('outputs', 'dyn')
    )
  }))
}

type Node = { op: string; args: unknown }

// Every `inputs.x` and `steps.x`, whatever is behind it.
function namesIn(node: Node): { names: string[]; usesOutputs: boolean } {
  let usesOutputs = false
  const found = new Set<string>()
  const walk = (value: unknown): void => {
    if (Array.isArray(value)) return value.forEach(walk)
    if (typeof value !== 'object' || value === null || !('op' in value)) return
    const { op, args } = value as Node
    if (op === 'id' && args === 'outputs') usesOutputs = true
    if (op.endsWith('call') && Array.isArray(args) && args[0] === 'matches')
      throw new Error('matches() is not to be had here')
    if ((op === '.' || op === '[]') && Array.isArray(args)) {
      const [base, key] = args as [Node, unknown]
      const name = op === '.' ? key : (key as Node).args
      const isKnown = base?.op === 'id' && (base.args === 'inputs' || base.args === 'steps')
      if (isKnown && (op === '.' || (key as Node).op === 'value')) found.add(`${String(base.args)}.${String(name)}`)
    }
    walk(args)
  }
  walk(node)
  return { names: [...found], usesOutputs }
}

// CEL's whole numbers are BigInts, its maps may be Maps.
function asJson(value: unknown): Json {
  if (typeof value === 'bigint') return Number(value)
  if (value === null || typeof value === 'string' || typeof value === 'boolean' || typeof value === 'number')
    return value
  if (Array.isArray(value)) return value.map(asJson)
  if (value instanceof Map) return Object.fromEntries([...value].map(([key, entry]) => [String(key), asJson(entry)]))
  if (typeof value === 'object' && value !== undefined && Object.getPrototypeOf(value) === Object.prototype)
    return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, asJson(entry)]))
  throw new Error('its value is no JSON')
}
