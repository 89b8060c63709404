import type { ErrorCode } from '../errors.ts'

/*
 * Where in a bundle lies what an API server answered, and what the journal says of it: the one thing that those who write bundles and
 * those who ask them questions have to agree on. All artefacts are the bodies as they came.
 */

/** The objects of one type: in one namespace, or all of them (also where the type has no namespaces). */
export type RawList = { group: string; version: string; resource: string; namespace?: string | undefined }

/** The journal's `meta` of an answer: which request it answers. */
export type AnswerMeta = {
  /** Left out for GET. */
  method?: string
  /** With its query, as it was sent. */
  path: string
  /** Of a page of a list. */
  list?: {
    resourceVersion: string
    /** Which try of this list, from 1: after a 410 or a resume the list begins anew, and pages of two tries never mix. */
    run: number
    /** Its place in the run, from 1. */
    page: number
    last: boolean
  }
}

/** The journal's `gap` of a request that did not get its answer. */
export type RequestGap = {
  /** `list clusterrolebindings` */
  what: string
  /** The message of the SecureError, as it came: an offline question says the same. */
  why: string
  /** What a reader must not conclude. */
  hides: string
  /** Left out for GET. */
  method?: string
  /** Without what pages through a list (`limit`, `continue`). */
  path: string
  /** The SecureError's: `forbidden`, `not-found`, …; left out where nothing was asked. */
  code?: ErrorCode
}

/** A page of a list. `number` counts this list's pages over all runs, from 1: a name is never given twice. */
export function rawListPath(list: RawList, number: number): string[] {
  return [...rawFolder(list), `${String(number).padStart(4, '0')}.json`]
}

/** One object that was asked for by its name. */
export function rawObjectPath(list: RawList, name: string): string[] {
  return [...rawFolder(list), 'by-name', `${name}.json`]
}

/**
 * What a server says of itself: `/api`, `/apis/apps/v1`, `/version`; and the reviews, which are POSTs to a path. In a sealed archive these come
 * first, then the lists and objects: offline questions read no further (bundle/index.ts).
 */
export function serverPath(requestPath: string): string[] {
  return ['api-server', ...requestPath.split('/').filter((part) => part !== ''), 'answer.json']
}

/** The path of a request for all objects of a list. */
export function listRequestPath({ group, version, resource, namespace }: RawList): string {
  const base = group === '' ? `/api/${version}` : `/apis/${group}/${version}`
  return `${base}${namespace === undefined ? '' : `/namespaces/${encodeURIComponent(namespace)}`}/${resource}`
}

function rawFolder({ group, version, resource, namespace }: RawList): string[] {
  return ['raw', group === '' ? '_core' : group, version, resource, namespace ?? '_cluster']
}
