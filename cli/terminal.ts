/**
 * What reaches the terminal. Styles travel as private characters and become escapes here, at the very end, after every
 * other control character has been made visible: no file and no answer of a deployment can move the cursor, hide text
 * or ring the bell. The worst that data can do is to forge a style.
 */

const styles = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, cyan: 36 } as const
type Style = keyof typeof styles

/** Plane 15 is private: nothing prints these. */
const firstMark = 0xf_0000
const names = Object.keys(styles) as Style[]
const endMark = String.fromCodePoint(firstMark + names.length)
const marks = /[\u{F0000}-\u{F0006}]/gu

/** Control characters, and the invisible ones that turn the direction of text around. */
const dangerous = /[\p{Cc}\u061C\u200E\u200F\u2028\u2029\u202A-\u202E\u2066-\u2069]/gu

const painter = (style: Style) => (text: string) =>
  `${String.fromCodePoint(firstMark + names.indexOf(style))}${text}${endMark}`

export const paint = {
  bold: painter('bold'),
  dim: painter('dim'),
  red: painter('red'),
  green: painter('green'),
  yellow: painter('yellow'),
  cyan: painter('cyan'),
}

/** A text of one or more lines as it may be written to a terminal (`colors`) or a pipe. */
export function render(text: string, colors: boolean): string {
  return text
    .split('\n')
    .map((line) => {
      const safe = line.replaceAll('\t', '  ').replace(dangerous, visible)
      if (!colors) return unpainted(safe)
      let styled = false
      const escaped = safe.replace(marks, (mark) => {
        const name = names[(mark.codePointAt(0) ?? 0) - firstMark]
        styled = true
        return `\u001B[${name === undefined ? 0 : styles[name]}m`
      })
      return styled && !escaped.endsWith('\u001B[0m') ? `${escaped}\u001B[0m` : escaped
    })
    .join('\n')
}

export const unpainted = (text: string): string => text.replace(marks, '')

/** A control character as the picture of itself (␛), the rest by number (which JSON reads back as what it was). */
function visible(character: string): string {
  const code = character.codePointAt(0) ?? 0
  return code < 0x20 ? String.fromCodePoint(0x2400 + code) : `\\u${code.toString(16).padStart(4, '0')}`
}

/** Columns that a text takes: marks none, East Asian letters and pictures two. */
export function widthOf(text: string): number {
  let width = 0
  for (const character of unpainted(text)) {
    if (/\p{Mn}|\p{Me}|\p{Cf}/u.test(character)) continue
    width +=
      /\p{Emoji_Presentation}|[\u1100-\u115F\u2E80-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60\uFFE0-\uFFE6]/u.test(
        character,
      )
        ? 2
        : 1
  }
  return width
}

export const padded = (text: string, width: number): string =>
  text + ' '.repeat(Math.max(0, width - widthOf(text)))

/** Breaks at spaces, so that no line is wider than `columns`, and indents the lines after the first. */
export function wrapped(text: string, columns: number, indent = ''): string {
  const lead = /^ */.exec(text)?.[0] ?? ''
  const lines: string[] = []
  let line = ''
  for (const word of text.slice(lead.length).split(' ')) {
    const start = lines.length === 0 ? lead : indent
    const longer = line === '' ? start + word : `${line} ${word}`
    if (line !== '' && widthOf(longer) > columns) {
      lines.push(line)
      line = indent + word
    } else line = longer
  }
  return [...lines, line].join('\n')
}

/** Rows under each other in columns as wide as their widest cell. */
export function table(rows: string[][], gap = 2): string {
  const widths: number[] = []
  for (const row of rows)
    for (const [index, cell] of row.entries()) widths[index] = Math.max(widths[index] ?? 0, widthOf(cell))
  return rows
    .map((row) =>
      row
        .map((cell, index) => (index === row.length - 1 ? cell : padded(cell, (widths[index] ?? 0) + gap)))
        .join(''),
    )
    .join('\n')
}

/** `1 workflow`, `2 workflows`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`
}
