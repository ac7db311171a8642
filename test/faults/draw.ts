/** Dice that follow from a seed and a name: leaving one fault out changes no other draw, so that a story can be made smaller. */

/** 32 well-mixed bits of a text. */
function mix(text: string): number {
  let h = 0x811c9dc5
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193)
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}

export class Draw {
  readonly #seed: string

  constructor(seed: string) {
    this.#seed = seed
  }

  /** From 0 up to, and without, 1. */
  share(name: string): number {
    return mix(`${this.#seed}|${name}`) / 2 ** 32
  }

  /** A whole number from `least` to `most`, both included. */
  whole(name: string, least: number, most: number): number {
    return least + Math.floor(this.share(name) * (most - least + 1))
  }

  chance(name: string, probability: number): boolean {
    return this.share(name) < probability
  }

  one<const T>(name: string, of: readonly [T, ...T[]]): T {
    return of[Math.floor(this.share(name) * of.length)] ?? of[0]
  }

  /** One of these, each as often as its weight says. */
  weighted<const T>(name: string, of: readonly [readonly [T, number], ...(readonly [T, number])[]]): T {
    let left = this.share(name) * of.reduce((sum, [, weight]) => sum + weight, 0)
    for (const [value, weight] of of) {
      left -= weight
      if (left < 0) return value
    }
    return of[0][0]
  }

  /** Dice of their own for a part. */
  part(name: string): Draw {
    return new Draw(`${this.#seed}|${name}`)
  }
}
