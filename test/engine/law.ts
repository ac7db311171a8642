/** Laws, checked with generated cases. The seed is fixed: a run is repeatable, and the ambient dice stay untouched. */
import fc from 'fast-check'

export function law<T extends unknown[]>(property: fc.IPropertyWithHooks<T>, runs = 100): void {
  fc.assert(property, { seed: 20260326, numRuns: runs })
}
