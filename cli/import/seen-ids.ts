/** Which ids have been read: by a hash of 64 bits each, so that a million of them take 16 MB. */
import { createHash } from 'node:crypto'

/** Ids that are remembered: what comes after them is not compared any more. */
const MOST = 6_000_000

export class SeenIds {
  #slots = new BigUint64Array(1 << 12)
  #size = 0

  /** False: it was there before. */
  add(id: string): boolean {
    if (this.#size >= MOST) return true
    if (this.#size * 4 > this.#slots.length * 3) this.#grow()
    if (!put(this.#slots, hashOf(id))) return false
    this.#size++
    return true
  }

  get full(): boolean {
    return this.#size >= MOST
  }

  #grow(): void {
    const larger = new BigUint64Array(this.#slots.length * 2)
    for (const hash of this.#slots) if (hash !== 0n) put(larger, hash)
    this.#slots = larger
  }
}

function put(slots: BigUint64Array, hash: bigint): boolean {
  const mask = slots.length - 1
  for (let tried = 0, at = Number(hash & 0xffff_ffffn) & mask; tried <= mask; tried++, at = (at + 1) & mask) {
    if (slots[at] === hash) return false
    if (slots[at] !== 0n) continue
    slots[at] = hash
    return true
  }
  return true
}

/** Zero stands for nothing. */
const hashOf = (id: string): bigint => createHash('sha256').update(id).digest().readBigUInt64LE(0) || 1n
