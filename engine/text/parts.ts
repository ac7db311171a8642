/** How many parts an SMS is cut into, each of which is paid for: a pure function of the text. */

/** GSM 03.38: one unit a character. */
const basic = new Set(
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà',
)
/** Two units: an escape comes first. */
const extended = new Set('\f^{}\\[~]|€')

export interface SmsParts {
  encoding: 'GSM-7' | 'UCS-2'
  /** What one part holds when the whole message fits into it. */
  room: number
  units: number
  parts: number
  /** The first character that GSM-7 does not have. */
  foreign?: string
}

const rooms = { 'GSM-7': { one: 160, each: 153 }, 'UCS-2': { one: 70, each: 67 } }

export function smsParts(text: string): SmsParts {
  const characters = [...text]
  const foreign = characters.find((character) => !basic.has(character) && !extended.has(character))
  const encoding = foreign === undefined ? 'GSM-7' : 'UCS-2'
  const { one, each } = rooms[encoding]
  const sizes = characters.map((character) =>
    encoding === 'UCS-2' ? character.length : extended.has(character) ? 2 : 1,
  )
  const units = sizes.reduce((sum, size) => sum + size, 0)
  return {
    encoding,
    room: one,
    units,
    parts: units <= one ? 1 : cut(sizes, each),
    ...(foreign !== undefined && { foreign }),
  }
}

/** A character of two units is never cut in half: the part before it stays one short. */
function cut(sizes: number[], each: number): number {
  let parts = 1
  let left = each
  for (const size of sizes) {
    if (size > left) {
      parts++
      left = each
    }
    left -= size
  }
  return parts
}
