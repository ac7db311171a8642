import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { paint, render, table, unpainted, widthOf, wrapped } from '../../cli/terminal.ts'

/** Mostly the dangerous ones. */
const anyCharacter = fc.oneof(
  fc.nat(0x2100).map((code) => String.fromCodePoint(code)),
  fc.nat(0x10).map((code) => String.fromCodePoint(0xf_0000 + code)),
  fc.constantFrom('\n', '\u001B', '\u202E', '🎁'),
)

const esc = '\u001B'

describe('what reaches the terminal', () => {
  test('has our colors where there are colors, and none elsewhere', () => {
    const line = `${paint.red('error')} here`
    expect(render(line, true)).toBe(`${esc}[31merror${esc}[0m here${esc}[0m`)
    expect(render(line, false)).toBe('error here')
    expect(unpainted(line)).toBe('error here')
    expect(render('plain', true)).toBe('plain')
  })

  test('shows the escapes of data as pictures and numbers', () => {
    expect(render(`${esc}[2J${esc}]0;owned\u0007`, true)).toBe('␛[2J␛]0;owned␇')
    expect(render('\u009B31m\u202Egnp.exe\u007F', true)).toBe('\\u009b31m\\u202egnp.exe\\u007f')
    expect(render('a\r\nb\tc', false)).toBe('a␍\nb  c')
  })

  test('never holds a control character that is not ours, whatever the data', () => {
    fc.assert(
      fc.property(fc.string({ unit: anyCharacter }), fc.boolean(), (data, colors) => {
        const shown = render(paint.bold(data), colors)
        const ours = new RegExp(`${esc}\\[(?:0|1|2|31|32|33|36)m`, 'g')
        expect(shown.replace(ours, '').replaceAll('\n', '')).not.toMatch(
          /\p{Cc}|[\u202A-\u202E\u2066-\u2069]/u,
        )
        if (!colors) expect(shown).not.toContain(esc)
      }),
    )
  })

  test('survives as JSON: what was replaced by its number reads back as what it was', () => {
    const value = { name: `a${esc}\u009B\u202E\u007Fb` }
    expect(JSON.parse(render(JSON.stringify(value), false))).toEqual(value)
  })
})

describe('columns', () => {
  test('are counted as a terminal shows them', () => {
    expect(widthOf('abc')).toBe(3)
    expect(widthOf('東京')).toBe(4)
    expect(widthOf('e\u0301')).toBe(1)
    expect(widthOf('🎁')).toBe(2)
    expect(widthOf(paint.red('abc'))).toBe(3)
  })

  test('line up in tables, whatever the cells are painted with', () => {
    expect(
      render(
        table([
          [paint.red('a'), 'x'],
          ['東京', 'y'],
        ]),
        false,
      ),
    ).toBe('a     x\n東京  y')
  })

  test('bound wrapped lines, and no word is lost', () => {
    expect(wrapped('  1. one two three', 11, '     ')).toBe('  1. one\n     two\n     three')
    const word = fc.string({ unit: fc.constantFrom('a', 'b', '東'), minLength: 1, maxLength: 8 })
    fc.assert(
      fc.property(fc.array(word, { minLength: 1 }), fc.nat(3), fc.nat(3), (words, lead, indent) => {
        const text = ' '.repeat(lead) + words.join(' ')
        const lines = wrapped(text, 20, ' '.repeat(indent)).split('\n')
        for (const line of lines) expect(widthOf(line)).toBeLessThanOrEqual(20)
        expect(lines.join(' ').trim().split(/ +/)).toEqual(words)
      }),
    )
  })
})
