import { open, readFile } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import type { Plan } from '../change/plan.ts'
import { planOf } from '../change/record/plan-shape.ts'
import { SecureError, whyUnread } from '../errors.ts'

/** A saved plan; `-` is standard input, as for kubectl. Throws SecureError `usage` for a file that holds none. */
export async function readPlanFile(path: string): Promise<Plan> {
  const where = path === '-' ? 'standard input' : path
  const content = path === '-' ? await text(process.stdin) : await readOrExplain(path)
  const found = planOf(parsed(content, where))
  if ('problem' in found) throw unusable(where, found.problem.trim())
  return found.plan
}

/** Writes a plan to a new file that only its owner can read. Throws SecureError `usage`: a file that is there is kept. */
export async function savePlan(plan: Plan, path: string): Promise<void> {
  try {
    const file = await open(path, 'wx', 0o600)
    await file.writeFile(`${JSON.stringify(plan, null, 2)}\n`).finally(async () => await file.close())
  } catch (error) {
    throw new SecureError('usage', `--save ${path}: ${reasonOf(error)}`, { cause: error })
  }
}

async function readOrExplain(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    throw new SecureError('usage', `plan ${path}: ${reasonOf(error)}`, { cause: error })
  }
}

function parsed(content: string, where: string): unknown {
  try {
    return JSON.parse(content)
  } catch (error) {
    throw unusable(where, error instanceof Error ? error.message : String(error))
  }
}

function unusable(where: string, problem: string): SecureError {
  return new SecureError('usage', `plan ${where}: this is no plan: ${problem}`, {
    hint: 'plans are written by --save FILE',
  })
}

function reasonOf(error: unknown): string {
  const isThere = (error as NodeJS.ErrnoException).code === 'EEXIST'
  return isThere ? 'there is a file of that name already; it is kept' : whyUnread(error)
}
