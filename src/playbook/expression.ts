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
// Each in another multiplies how long it takes, and each on another's list how large it gets: ten of either never end.
const loops = new Set(['all', 'exists', 'exists_one', 'map', 'filter', 'bind'])
const mostLoops = 2
const largest = 100_000
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
 * Reads CEL. It has no effects and ends soon: two loops at most, over what is there, no functions of ours, and no regular expressions, which a playbook
 * of somebody else could be made to hang on. Throws Error that says what is wrong with it.
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
    evaluate: (scope) => asJson(parsed(structuredClone(scope)), { left: largest }),
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
  let looped = 0
  const found = new Set<string>()
  const walk = (value: unknown): void => {
    if (Array.isArray(value)) return value.forEach(walk)
    if (typeof value !== 'object' || value === null || !('op' in value)) return
    const { op, args } = value as Node
    if (op === 'id' && args === 'outputs') usesOutputs = true
    if (op.endsWith('call') && Array.isArray(args)) {
      if (args[0] === 'matches') throw new Error('matches() is not to be had here')
      if (loops.has(String(args[0])) && ++looped > mostLoops)
        throw new Error(`an expression has at most ${mostLoops} of ${[...loops].join(', ')}`)
    }
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

// CEL's whole numbers are BigInts, its maps may be Maps; what is no number is nothing that a journal could keep.
function asJson(value: unknown, room: { left: number }): Json {
  if ((room.left -= 1) < 0) throw new Error(`its value has more than ${largest} parts`)
  if (typeof value === 'bigint') return Number(value)
  if (typeof value === 'number' && !Number.isFinite(value)) throw new Error('its value is no JSON')
  if (value === null || typeof value === 'string' || typeof value === 'boolean' || typeof value === 'number')
    return value
  if (Array.isArray(value)) return value.map((entry) => asJson(entry, room))
  const isMap = value instanceof Map
  if (!isMap && (typeof value !== 'object' || Object.getPrototypeOf(value) !== Object.prototype))
    throw new Error('its value is no JSON')
  const entries = isMap ? [...value] : Object.entries(value)
  return Object.fromEntries(entries.map(([key, entry]) => [String(key), asJson(entry, room)]))
}
