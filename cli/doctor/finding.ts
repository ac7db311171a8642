/** What a check answers, and how something read from outside (or not) becomes an answer. */

export type Status = 'ok' | 'warn' | 'fail' | 'skipped'

/** What stays the same about a check, whatever it finds. */
export interface About {
  id: string
  group: string
  title: string
  /** One sentence: why anybody should care. */
  why: string
}

export interface Verdict {
  status: Status
  seen: string
  /** The exact command, or the place in the console. Lines are steps. */
  todo?: string
}

export type Finding = About & Verdict

/** Something outside, as far as it could be read. */
export type Reading<T> =
  | { kind: 'read'; value: T }
  /** It answered, and there is no such thing. */
  | { kind: 'absent' }
  /** It was asked and did not tell: not allowed, throttled, unreachable. */
  | { kind: 'unread'; seen: string; todo: string }
  /** There was nothing to ask for. */
  | { kind: 'skipped'; seen: string }

/** What all checks know. */
export interface Scene {
  stage: string
  app: string
  region: string
  /** The stage that customers get mails from: what elsewhere is a hint is a fault here. */
  production: boolean
}

export const ok = (seen: string): Verdict => ({ status: 'ok', seen })
export const warn = (seen: string, todo: string): Verdict => ({ status: 'warn', seen, todo })
export const fail = (seen: string, todo: string): Verdict => ({ status: 'fail', seen, todo })
export const skipped = (seen: string): Verdict => ({ status: 'skipped', seen })

/** A fault in production, a hint elsewhere. */
export const failInProduction = ({ production }: Scene, seen: string, todo: string): Verdict =>
  production ? fail(seen, todo) : warn(seen, todo)

/** A command of the AWS command line, as it can be pasted. */
export const aws = ({ region }: Scene, words: string): string => `aws ${words} --region ${region}`

/** One check: its verdict on what was read, or what kept it from being read. */
export function judge<T>(
  about: About,
  reading: Reading<T>,
  verdict: (value: T) => Verdict,
  absent: Verdict = skipped('there is none'),
): Finding {
  switch (reading.kind) {
    case 'read':
      return { ...about, ...verdict(reading.value) }
    case 'absent':
      return { ...about, ...absent }
    // Nobody knows whether it is in order, which is worth a look and no proof of a fault.
    case 'unread':
      return { ...about, ...warn(reading.seen, reading.todo) }
    case 'skipped':
      return { ...about, ...skipped(reading.seen) }
  }
}

export const figure = (value: number): string => value.toLocaleString('en-US')
