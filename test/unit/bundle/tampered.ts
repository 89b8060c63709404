import type { Header } from 'tar-stream'
import type { Entry } from './tampering.ts'

/** The log that is tampered with. */
export const log = 'data/logs/shop/api_1/app/current.log'

/** What is done to a sealed `smallCase`, and what `verify` says of that: a kind and the file's name each. */
export function tamperingsOf(entries: () => readonly Entry[]) {
  const at = (name: string) => entries().findIndex(({ header }) => header.name === `case-1/${name}`)
  const entryOf = (name: string) => entries()[at(name)] as Entry
  const withHeader = (name: string, more: Partial<Header>): Entry[] => {
    const { header, body } = entryOf(name)
    return entries().with(at(name), { header: { ...header, ...more }, body })
  }
  const withBody = (name: string, body: Buffer | string): Entry[] =>
    entries().with(at(name), { header: entryOf(name).header, body: Buffer.from(body) })
  const bodyOf = (name: string) => entryOf(name).body.toString()
  const extra = (name: string, more: Partial<Header> = {}): Entry => ({
    header: { ...entryOf('bagit.txt').header, name, ...more },
    body: Buffer.from(more.type && more.type !== 'file' ? '' : 'x'),
  })
  const cases: [string, () => Entry[], string[]][] = [
    ['nothing', () => [...entries()], []],
    ['a file changed', () => withBody(log, 'half and mOre'), [`changed ${log}`]],
    ['a file made longer', () => withBody(log, 'half and more!'), [`changed ${log}`]],
    ['a file removed', () => entries().toSpliced(at(log), 1), [`missing ${log}`]],
    ['a file added', () => [...entries(), extra('case-1/data/zzz')], ['added data/zzz']],
    [
      'a file renamed',
      () => withHeader(log, { name: 'case-1/data/logs/shop/api_1/app/other.log' }),
      ['renamed data/logs/shop/api_1/app/other.log'],
    ],
    [
      'two files in another order',
      () =>
        entries()
          .toSpliced(at(log), 1)
          .toSpliced(at(log) + 1, 0, entryOf(log)),
      [`reordered ${log}.part1`],
    ],
    ['a document changed', () => withBody('custody/clock.json', '{}'), ['changed custody/clock.json']],
    ['a document removed', () => entries().toSpliced(at('custody/clock.json'), 1), ['missing custody/clock.json']],
    [
      'the head of the case changed',
      () => withBody('custody/case.json', bodyOf('custody/case.json').replace('case-1', 'case-2')),
      ['archive', 'changed custody/case.json'],
    ],
    [
      'the manifest changed',
      () => withBody('manifest-sha256.txt', bodyOf('manifest-sha256.txt').replace(/^./, 'f')),
      ['changed manifest-sha256.txt'],
    ],
    [
      'the tag manifest changed',
      () => withBody('tagmanifest-sha256.txt', bodyOf('tagmanifest-sha256.txt').replace(/^./, 'x')),
      ['bag tagmanifest-sha256.txt', 'changed tagmanifest-sha256.txt'],
    ],
    [
      'bag-info changed',
      () => withBody('bag-info.txt', bodyOf('bag-info.txt').replace('2025', '2024')),
      ['changed bag-info.txt'],
    ],
    [
      'the journal removed',
      () => entries().toSpliced(at('custody/journal.jsonl'), 1),
      ['missing custody/journal.jsonl'],
    ],
    [
      'a line of the journal removed',
      () => withBody('custody/journal.jsonl', bodyOf('custody/journal.jsonl').split('\n').toSpliced(3, 1).join('\n')),
      ['journal custody/journal.jsonl'],
    ],
    [
      'a line of the journal edited',
      () => withBody('custody/journal.jsonl', bodyOf('custody/journal.jsonl').replace('forbidden', 'forgotten')),
      ['journal custody/journal.jsonl'],
    ],
    [
      'the journal cut at a line',
      () =>
        withBody('custody/journal.jsonl', `${bodyOf('custody/journal.jsonl').split('\n').slice(0, -3).join('\n')}\n`),
      ['journal custody/journal.jsonl'],
    ],
    [
      'the journal cut at a line, and the seal removed',
      () => {
        const cut = `${bodyOf('custody/journal.jsonl').split('\n').slice(0, -3).join('\n')}\n`
        return withBody('custody/journal.jsonl', cut).toSpliced(at('bag-info.txt'), 1)
      },
      ['journal custody/journal.jsonl', 'missing bag-info.txt'],
    ],
    [
      'a document added',
      () => entries().toSpliced(at('custody/clock.json') + 1, 0, extra('case-1/custody/clock-2.json')),
      ['added custody/clock-2.json'],
    ],
    ['fetch.txt', () => [...entries(), extra('case-1/fetch.txt')], ['fetch fetch.txt']],
    ['a way out', () => [...entries(), extra('case-1/../../.ssh/x')], ['path case-1/../../.ssh/x']],
    ['an absolute path', () => [...entries(), extra('/etc/x')], ['path /etc/x']],
    ['a path of Windows', () => [...entries(), extra('C:\\x'), extra('C:x')], ['path C:\\x', 'path C:x']],
    [
      'a path that hides',
      () => [...entries(), extra('case-1/./data/x'), extra('case-1//data/x')],
      ['path case-1/./data/x', 'path case-1//data/x'],
    ],
    ['another directory', () => [...entries(), extra('other/data/x')], ['path other/data/x']],
    [
      'a link',
      () => [...entries(), extra('case-1/data/l', { type: 'symlink', linkname: '/etc/passwd' })],
      ['type data/l'],
    ],
    [
      'a hard link',
      () => [...entries(), extra('case-1/data/l', { type: 'link', linkname: 'case-1/data/empty' })],
      ['type data/l'],
    ],
    ['a device', () => [...entries(), extra('case-1/data/d', { type: 'block-device' })], ['type data/d']],
    ['a file twice', () => [...entries(), entryOf(log)], [`duplicate ${log}`]],
    [
      'a twin in case',
      () => [...entries(), extra(`case-1/${log.replace('app', 'App')}`)],
      [`collision ${log.replace('app', 'App')}`, `path ${log.replace('app', 'App')}`],
    ],
    [
      'a twin in normal form',
      () => [...entries(), extra('case-1/data/\u00e9'), extra('case-1/data/e\u0301')],
      ['collision data/e\u0301', 'path data/e\u0301', 'path data/\u00e9'],
    ],
    ['a name that no case gives', () => [...entries(), extra('case-1/data/CON')], ['path data/CON']],
    ['another mode', () => withHeader(log, { mode: 0o4755 }), [`archive ${log}`]],
    ['another time', () => withHeader(log, { mtime: new Date(0) }), [`archive ${log}`]],
  ]
  return { cases, withBody, bodyOf }
}
