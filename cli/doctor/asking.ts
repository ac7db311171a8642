/** How a question is asked, and what is kept of its answer. */
import type { Reading } from './finding.ts'
import { type Trouble, troubleOf, unread } from './trouble.ts'

/** One question to AWS. @param absent tells whether the answer means that there is no such thing */
export async function answer<T>(
  action: string,
  ask: () => Promise<T>,
  absent: (trouble: Trouble) => boolean = () => false,
): Promise<Reading<T>> {
  try {
    return { kind: 'read', value: await ask() }
  } catch (error) {
    const trouble = troubleOf(error)
    return absent(trouble) ? { kind: 'absent' } : unread(action, trouble)
  }
}

/** The errors of these names. */
export const named =
  (...names: string[]) =>
  ({ name }: Trouble): boolean =>
    names.includes(name)

/** Asks about something whose name is known, and about nothing else. */
export async function given<T>(
  name: Reading<string>,
  ask: (name: string) => Promise<Reading<T>>,
): Promise<Reading<T>> {
  return name.kind === 'read' ? await ask(name.value) : name
}

/** The part of an answer that counts; an answer without it is one that says there is none. */
export function part<T, P>(reading: Reading<T>, pick: (value: T) => P | undefined): Reading<P> {
  if (reading.kind !== 'read') return reading
  const value = pick(reading.value)
  return value === undefined ? { kind: 'absent' } : { kind: 'read', value }
}
