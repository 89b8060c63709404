import { expect, test } from 'vitest'
import { parseLabelSelector } from '../../../src/workload/parse-selector.ts'
import { selects } from '../../../src/workload/label-selector.ts'

// What kubectl's own parser makes of these: apimachinery, labels.Parse.
test.each<[string, Record<string, string>, boolean]>([
  ['app=web', { app: 'web' }, true],
  ['app==web', { app: 'api' }, false],
  ['app!=web', {}, true],
  ['app!=web', { app: 'web' }, false],
  ['app in (web, api),tier', { app: 'api', tier: '' }, true],
  ['app in (web, api),tier', { app: 'api' }, false],
  ['app notin (web)', {}, true],
  ['!app', { app: '' }, false],
  ['example.com/app=', { 'example.com/app': '' }, true],
  ['app=a,app=b', { app: 'b' }, false],
  ['constructor=x', {}, false],
])('%s of %o: %s', (typed, labels, selected) => {
  expect(selects(parseLabelSelector(typed), labels)).toBe(selected)
})

test.each(['', 'app in web', '=x', 'a=b=c', 'app in (a', 'a,,b', 'app=?'])('%j is none', (typed) => {
  expect(() => parseLabelSelector(typed)).toThrow('no label selector')
})
