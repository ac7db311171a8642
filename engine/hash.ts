/** The engine's only randomness: numbers that follow from a text, the same ones every time. */

/** 53 well-mixed bits of a text. Not for secrets. */
function hash(text: string): number {
  let low = 0xdeadbeef
  let high = 0x41c6ce57
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    low = Math.imul(low ^ unit, 2654435761)
    high = Math.imul(high ^ unit, 1597334677)
  }
  low = Math.imul(low ^ (low >>> 16), 2246822507) ^ Math.imul(high ^ (high >>> 13), 3266489909)
  high = Math.imul(high ^ (high >>> 16), 2246822507) ^ Math.imul(low ^ (low >>> 13), 3266489909)
  return 4294967296 * (2097151 & high) + (low >>> 0)
}

/** A number from 0 up to, and without, 1. */
function fraction(text: string): number {
  return hash(text) / 2 ** 53
}

/** How many characters a mark has: some 46 bits. */
export const MARK_LENGTH = 9

/** A short text that stands for a longer one, where few are compared. Not for secrets. */
export function shortMark(text: string): string {
  return hash(text).toString(36).padStart(MARK_LENGTH, '0').slice(-MARK_LENGTH)
}

// No 0/O, 1/I/L: codes are read aloud and typed in.
const LETTERS = 'ABCDEFGHJKMNPQRSTUVWXYZ'
const DIGITS = '23456789'

/** A whole number from 0 up to, and without, `below`: the same one for the same names. */
export function drawn(names: readonly string[], below: number): number {
  return Math.floor(fraction(JSON.stringify(names)) * below)
}

/** Fills a coupon's pattern: `?` becomes a letter, `#` a digit. The same seed gives the same code. */
export function codeFromPattern(pattern: string, seed: string): string {
  let index = 0
  return pattern.replace(/[?#]/g, (mark) => {
    const from = mark === '?' ? LETTERS : DIGITS
    index += 1
    return from[Math.floor(fraction(`${seed}/${index}`) * from.length)] ?? mark
  })
}
