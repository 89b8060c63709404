import { performance } from 'node:perf_hooks'
import { toYaml } from '../../src/terminal/serialize.ts'
import { drawFrom } from './draw.ts'
import { drawQuestions, type Question } from './questions.ts'
import { shrinkWorld } from './shrink.ts'
import type { Stage } from './stage.ts'
import { emptyTally, type Mismatch, type Tally, tryWorld } from './trial.ts'
import { drawWorld, rbacGroup, type WorldObject } from './world.ts'

export type Options = { count: number; seed: number; onProgress?: (result: Result) => void }
export type Result = Tally & { seed: number; worlds: number; mismatches: string[] }

const perWorld = 300

/** Compares until `count` comparisons are done or a world differs: then its smallest form is in `mismatches`, as text. */
export async function runFuzz(stage: Stage, { count, seed, onProgress }: Options): Promise<Result> {
  const result: Result = { ...emptyTally(), seed, worlds: 0, mismatches: [] }
  while (result.comparisons < count && result.mismatches.length === 0) {
    const worldSeed = seed + result.worlds
    const { world, questions } = drawCase(worldSeed)
    const found = await tryWorld(stage, world, questions, result)
    result.worlds++
    for (const mismatch of firstOfEach(found)) {
      const smallest = await shrinkWorld(world, (less) => showsAgain(stage, less, mismatch), mismatch)
      result.mismatches.push(await describe(smallest.world, smallest.mismatch, worldSeed))
    }
    onProgress?.(result)
  }
  return result
}

export function drawCase(seed: number): { world: WorldObject[]; questions: Question[] } {
  const draw = drawFrom(seed)
  const world = drawWorld(draw)
  return { world, questions: drawQuestions(draw, world, perWorld) }
}

async function showsAgain(
  stage: Stage,
  world: readonly WorldObject[],
  { question, ours }: Mismatch,
): Promise<Mismatch | undefined> {
  const found = await tryWorld(stage, world, question ? [question] : [], emptyTally())
  // Another way to differ may have another cause.
  return found.find((mismatch) => kindOf(mismatch) === kindOf({ ours }))
}

// One bug shows in many questions: one of each kind is enough.
function firstOfEach(found: Mismatch[]): Mismatch[] {
  return [...Map.groupBy(found, kindOf).values()].flatMap(([first]) => (first ? [first] : [])).slice(0, 3)
}

function kindOf({ ours }: Pick<Mismatch, 'ours'>): string {
  return ours.map((text) => text.replace(/[:(].*/s, '')).join(', ')
}

async function describe(world: readonly WorldObject[], mismatch: Mismatch, seed: number): Promise<string> {
  const { question, server, ours } = mismatch
  const manifest = (object: WorldObject) => toYaml({ apiVersion: `${rbacGroup}/v1`, ...object })
  const objects = await Promise.all(world.map(manifest))
  return [
    ...objects.map((text) => `---\n${text.trimEnd()}`),
    '---',
    ...(question ? [`# question: ${JSON.stringify(question)}`] : []),
    `# the server: ${server}`,
    `# ours: ${ours.join('; ')}`,
    `# to repeat: npm run fuzz:rbac -- --count 1 --seed ${seed}`,
  ].join('\n')
}

export function summary({ comparisons, mismatches, seed, worlds }: Result): string {
  const number = (value: number) => value.toLocaleString('en')
  return `${number(comparisons)} comparisons, ${mismatches.length} mismatches, seed ${seed}, ${number(worlds)} worlds`
}

/** What the comparisons were made of: a run in which nothing was allowed would prove little. */
export function breakdown({ comparisons, allowed, real, objects, refused, stale }: Result): string {
  const percent = (part: number, whole: number) => `${((100 * part) / Math.max(whole, 1)).toFixed(1)} %`
  return [
    `${percent(allowed, comparisons)} allowed`,
    `${percent(real, comparisons)} real requests`,
    `${refused} of ${objects} objects refused by the server (${percent(refused, objects)})`,
    `${stale} answers that came out equal when asked again`,
  ].join(', ')
}

/** Seconds since the process began, for progress. */
export function elapsed(): string {
  return `${Math.round(performance.now() / 1000)} s`
}
