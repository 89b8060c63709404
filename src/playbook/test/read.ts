import { SecureError } from '../../errors.ts'
import type { Raw } from '../../isolation/raw.ts'
import { type Complaint, complaintText, readChecked } from '../../schema/checked-yaml.ts'
import type { Registry } from '../check.ts'
import { caseWord } from '../case-word.ts'
import type { Read } from '../read.ts'
import type { Library } from '../stops.ts'
import { checkTest } from './check.ts'
import { fixtureObjects } from './fixture.ts'
import type { Fixture, Stated, TestAnswers, TestCase, TestFile } from './model.ts'
import { testSchema } from './schema.ts'

/** A case with all that holds for it, also what stands beside the cases. */
export type WholeCase = Pick<TestCase, 'name' | 'expect'> & {
  objects: readonly Raw[]
  answers: TestAnswers
  outcomes: Record<string, Stated>
}
type About = { read: Read; library: Library; actions: Registry }

/** Where the tests of a playbook are: beside it. */
export function testPathOf(playbookPath: string): string {
  return playbookPath.replace(/\.(ya?ml)$/, '.test.$1')
}

/** The playbook that a file of tests is of; undefined where it is none. */
export function testedBy(path: string): string | undefined {
  return /\.test\.ya?ml$/.test(path) ? path.replace(/\.test\.(ya?ml)$/, '.$1') : undefined
}

/** Reads and checks tests, with their clusters. Throws SecureError `usage` with every complaint: by line, with what was meant. */
export async function readTest(path: string, about: About): Promise<WholeCase[]> {
  const { cases, complaints } = await checkedTest(path, about)
  if (cases) return cases
  throw new SecureError('usage', 'these tests are not of this playbook, or not right', {
    hint: `${complaintText(path, complaints)}\ndocs/playbooks.md says what tests look like`,
  })
}

/** The same, and what is wrong as data. */
export async function checkedTest(
  path: string,
  about: About,
): Promise<{ cases?: WholeCase[]; complaints: Complaint[] }> {
  const { value, complaints, lineOf } = await readChecked<TestFile>(path, testSchema)
  if (!value) return { complaints }
  const told = await checkTest(value, about)
  const clusters = new Map<string, Raw[]>()
  const read = async (pointer: string, fixture: Fixture | undefined) => {
    if (fixture === undefined) return
    try {
      clusters.set(pointer, await fixtureObjects(path, fixture))
    } catch (error) {
      if (!(error instanceof SecureError)) throw error
      told.push({ pointer, why: error.message })
    }
  }
  await read('/cluster', value.cluster)
  for (const [at, one] of value.cases.entries()) await read(`/cases/${at}/cluster`, one.cluster)
  if (told.length > 0) {
    const lined = told.map((one) => ({ ...one, line: lineOf(one.pointer) }))
    return { complaints: lined.toSorted((a, b) => a.line - b.line) }
  }
  const cases = value.cases.map((one, at) => ({
    name: one.name,
    expect: one.expect,
    objects: clusters.get(`/cases/${at}/cluster`) ?? clusters.get('/cluster') ?? [],
    answers: joined(value.answers, one.answers),
    outcomes: { ...value.outcomes, ...one.outcomes },
  }))
  return { cases, complaints: [] }
}

function joined(common: TestAnswers = {}, own: TestAnswers = {}): TestAnswers {
  const decisions = Object.entries({ ...common.decisions, ...own.decisions })
  return {
    inputs: { ...common.inputs, ...own.inputs },
    decisions: Object.fromEntries(decisions.map(([key, chosen]) => [key, caseWord(chosen)])),
    confirm: { ...common.confirm, ...own.confirm },
    approvals: { ...common.approvals, ...own.approvals },
  }
}
