import fc from 'fast-check'
import type { Raw } from '../../../src/isolation/raw.ts'

const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined })
const cpu = fc.oneof(
  fc.nat(5000).map((count) => `${count}m`),
  fc.constantFrom('0.1', '1', '2.5', '1e0', '12e-1', '0', '.5', '3.', '+1'),
)
const memory = fc.oneof(
  fc.tuple(fc.nat(4096), fc.constantFrom('', 'k', 'M', 'Ki', 'Mi', 'Gi', 'e3', 'E3')).map((parts) => parts.join('')),
  fc.constantFrom('1.5Gi', '0.5Mi', '123456789', '1e9', '128974848', '64e6', '0.1Ki'),
)

const amounts = fc.record({ cpu: maybe(cpu), memory: maybe(memory) }).map(withoutUnset)
// Requests and limits of the same thing have an order, which the server insists on: one of them will do.
const resources = fc.oneof(
  fc.constant({}),
  amounts.map((requests) => ({ requests })),
  amounts.map((limits) => ({ limits })),
)
const container = resources.map((resources) => ({ image: 'localhost/agnhost:1', resources }))

/** Pod specs in all the ways to ask for something, sidecars and first steps among them. */
export const arbitraryPodSpec: fc.Arbitrary<Raw> = fc
  .record({
    containers: fc.array(container, { minLength: 1, maxLength: 3 }),
    initContainers: fc.array(fc.tuple(container, fc.boolean()), { maxLength: 3 }),
    whole: fc.constant(undefined),
  })
  .map(({ containers, initContainers }) => ({
    containers: containers.map((one, index) => ({ name: `c${index}`, ...one })),
    initContainers: initContainers.map(([one, isSidecar], index) => ({
      name: `i${index}`,
      ...one,
      ...(isSidecar ? { restartPolicy: 'Always' } : {}),
    })),
  }))

function withoutUnset(record: object): Record<string, string> {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined))
}
