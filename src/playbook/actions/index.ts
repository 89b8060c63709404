import type { Action } from '../model.ts'
import { whatCan, whoCan } from './access.ts'
import { paths } from './paths.ts'
import { podFacts } from './pod-facts.ts'
import { reach } from './reach.ts'

const all: readonly Action[] = [podFacts, whoCan, whatCan, paths, reach]

/** All that a playbook can do, by name: there is nothing else, and no way to add to it. */
export const actions: Readonly<Record<string, Action>> = Object.freeze(
  Object.fromEntries(all.map((action) => [action.name, action])),
)
