import type { EvidenceGap } from '../request.ts'
import type { Gathered, Piece } from './frames.ts'
import { limits } from './script.ts'

export type Lack = Pick<EvidenceGap, 'what' | 'why' | 'hides'>

/** What is not in what was gathered of a container, in words; `where` is the container and its pod. Pure. */
export function lacksOf({ pieces, limits: reached, failed, broken }: Gathered, where: string): Lack[] {
  const lacks = reached.map((limit) => lackOf(limit, where))
  if (failed !== undefined) {
    const why = `the image that gathers them has no ${failed} (--probe-image)`
    lacks.push({ what: `live facts of ${where}`, why, hides: 'what runs in it, and whom it talks to' })
  }
  if (broken !== undefined) {
    const why = `what gathered them did not say to its end what it saw: ${broken}`
    lacks.push({ what: `the rest of the live facts of ${where}`, why, hides: 'what it had not yet said' })
  }
  const ended = (how: Piece['ended']) => pieces.filter((piece) => piece.ended === how && !isOfDead(piece, pieces))
  const refused = ended('refused')
  if (refused.length > 0) {
    const pids = new Set(refused.map(({ path }) => path[1]))
    const kinds = [...new Set(refused.map(({ path }) => path.slice(2).join('/')))].toSorted()
    lacks.push({
      what: `${kinds.join(', ')} of ${pids.size} ${pids.size === 1 ? 'process' : 'processes'} of ${where}`,
      why: `the kernel did not let them be read (PID ${listed([...pids])})`,
      hides: 'what these processes run, and have open',
    })
  }
  const longer = ended('more').map(({ path }) => path.join('/'))
  if (longer.length > 0) {
    const why = `it is longer than ${limits.small / 1024} KiB, of maps, mounts and sockets ${limits.large / 1024} KiB, or than ${limits.links} links`
    lacks.push({ what: `the end of ${listed(longer)} of ${where}`, why, hides: 'what stands there' })
  }
  return lacks
}

function lackOf(limit: string, where: string): Lack {
  const [what = '', value = ''] = limit.split(' ')
  const rest = 'what had not yet been read: memory maps and digests come last'
  switch (what) {
    case 'bytes':
      return { what: `some live facts of ${where}`, why: `they are more than ${limits.said} bytes`, hides: rest }
    case 'time':
      return { what: `some live facts of ${where}`, why: `reading took longer than ${limits.seconds} s`, hides: rest }
    case 'processes': {
      const why = `there are ${value}, and no more than ${limits.processes} are looked at`
      return { what: `some processes of ${where}`, why, hides: 'what those do' }
    }
    default: {
      const why = `it is larger than ${limits.executable / 1024 ** 2} MiB, or all together than ${limits.executables / 1024 ** 2} MiB`
      return { what: `the digest of what process ${value} of ${where} runs`, why, hides: 'whether it is a known file' }
    }
  }
}

// A process that has ended, and that its parent has not asked about, has nothing left to be read.
function isOfDead({ path }: Piece, pieces: Piece[]): boolean {
  const stat = pieces.find((one) => one.path[0] === 'proc' && one.path[1] === path[1] && one.path[2] === 'stat')
  return stat !== undefined && / Z [^)]*$/s.test(stat.bytes.toString('latin1'))
}

function listed(names: (string | undefined)[]): string {
  return names.length > 5 ? `${names.slice(0, 5).join(', ')} and ${names.length - 5} more` : names.join(', ')
}
