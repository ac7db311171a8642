/** Which addresses a link may not have, in what an author writes and in what a value makes of it. */

const codePoint = (code: number): string => (code <= 0x10ffff ? String.fromCodePoint(code) : '')

const decodeEntities = (value: string): string =>
  value
    .replace(/&#x([0-9a-f]+);?/gi, (_, hex: string) => codePoint(Number.parseInt(hex, 16)))
    .replace(/&#(\d+);?/g, (_, decimal: string) => codePoint(Number(decimal)))
    .replace(/&colon;/gi, ':')
    .replace(/&(?:tab|newline);/gi, '')

/** An address that a browser would run or show as a page of its own; pictures may stand in a `data:` address. */
export function runsProgram(value: string): boolean {
  // Browsers skip control characters inside a scheme.
  const address = decodeEntities(value)
    .replace(/[\p{Cc}\s]/gu, '')
    .toLowerCase()
  return /^(?:javascript:|vbscript:|data:(?!image\/(?:png|gif|jpeg|webp)[;,]))/.test(address)
}
