/** Goes through bytes that LevelDB wrote. */

/** It was promised more than is there. */
export class OutOfBytes extends Error {
  override readonly name = 'OutOfBytes'
}

export class Bytes {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  get left(): number {
    return this.#bytes.length - this.#at
  }

  take(count: number): Buffer {
    if (count > this.left) throw new OutOfBytes(`${count} bytes were expected, ${this.left} are left`)
    this.#at += count
    return this.#bytes.subarray(this.#at - count, this.#at)
  }

  /** Seven bits a byte, the lowest first; exact up to 2 ** 53. */
  varint(): number {
    let value = 0
    for (let factor = 1; factor <= 2 ** 63; factor *= 128) {
      const byte = this.take(1).readUInt8()
      value += (byte & 127) * factor
      if (byte < 128) return value
    }
    throw new OutOfBytes('a number that does not end')
  }

  /** With its length before it. */
  text(): Buffer {
    return this.take(this.varint())
  }
}
