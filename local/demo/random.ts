/** Dice that fall the same way every time: what a shopper does depends on the seed and on what it is about, not on order. */

/** A number in [0, 1) that only the words decide. FNV-1a, then a finalizer to spread neighbors. */
export function chance(...words: (string | number)[]): number {
  let hash = 0x811c9dc5
  for (const char of words.join('\n')) hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32
}

export function pick<const T extends readonly [unknown, ...unknown[]]>(
  from: T,
  ...words: (string | number)[]
): T[number] {
  return from[Math.floor(chance(...words) * from.length)] ?? from[0]
}

/** Picks by weight. */
export function weigh<T>(
  from: readonly (readonly [T, number])[],
  fallback: T,
  ...words: (string | number)[]
): T {
  let left = chance(...words) * from.reduce((sum, [, weight]) => sum + weight, 0)
  for (const [value, weight] of from) {
    left -= weight
    if (left < 0) return value
  }
  return fallback
}
