/**
 * Cells that a spreadsheet would take for a formula. In a file that is written for people to mend, each gets an
 * apostrophe in front, and so does what looks as if it had one already; reading takes one away. So a spreadsheet
 * computes nothing, and every cell comes back as it was.
 */
const formula = /^'*(?:[\s\uFEFF]*[=+\-@\uFF1D\uFF0B\uFF0D\uFF20]|[\t\r\n\0])/

export const harmless = (cell: string): string => (formula.test(cell) ? `'${cell}` : cell)

export const unharmed = (cell: string): string =>
  cell.startsWith("'") && formula.test(cell) ? cell.slice(1) : cell
