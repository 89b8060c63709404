import { existsSync } from 'node:fs'
import { SecureError } from '../errors.ts'
import { actions } from '../playbook/actions/index.ts'
import { type Found, inLines, isPath, openLibrary } from '../playbook/library.ts'
import { readTest, testedBy, testPathOf } from '../playbook/test/read.ts'
import { type PlaybookTestReport, testPlaybook } from '../playbook/test/test-playbook.ts'
import { apiVersion } from '../snapshot/snapshot.ts'

/** Tests the playbooks that are named, by name or by file, or all that have tests. Throws SecureError `usage` for a named one without. */
export async function testPlaybooks(named: readonly string[]): Promise<PlaybookTestReport> {
  const library = openLibrary()
  const found = named.length === 0 ? await all(library) : await Promise.all(named.map(one))
  const [tested, untested] = [found.filter(hasTests), found.filter((read) => !hasTests(read))]
  const [without] = untested
  if (named.length > 0 && without)
    throw new SecureError(
      'usage',
      `${without.playbook.metadata.name} has no tests: there is no ${testPathOf(without.path)}`,
      {
        hint: 'docs/playbooks.md says what they look like',
      },
    )
  const playbooks: PlaybookTestReport['playbooks'] = []
  for (const read of tested) {
    const about = { read, library: library.named, actions }
    const { path, digest } = read
    const tests = testPathOf(path)
    const report = await testPlaybook(about, await readTest(tests, about).catch(inLined))
    playbooks.push({ name: read.playbook.metadata.name, path, digest, tests, ...report })
  }
  return {
    apiVersion,
    kind: 'PlaybookTestReport',
    playbooks,
    untested: untested.map(({ playbook }) => playbook.metadata.name),
  }

  async function one(word: string): Promise<Found> {
    return await library.find((isPath(word) && testedBy(word)) || word)
  }
}

async function all(library: ReturnType<typeof openLibrary>): Promise<Found[]> {
  return await Promise.all((await library.names()).map(async (name) => await library.named(name)))
}

const hasTests = ({ path }: Found): boolean => existsSync(testPathOf(path))

function inLined(error: unknown): never {
  throw inLines(error)
}
