/**
 * The only module that loads MJML and the HTML-to-text converter, and only when it is called:
 * a process that sends mails never does.
 */
import type { MjmlError } from 'mjml-browser'

export async function compileMjml(source: string): Promise<{ html: string; errors: MjmlError[] }> {
  const { default: mjml2html } = await import('mjml-browser')
  return mjml2html(source, { validationLevel: 'soft', fonts: {}, ignoreIncludes: true, keepComments: false })
}

/** The text part, from HTML in which words stand for Liquid (see `placeholders.ts`). */
export async function htmlToText(html: string): Promise<string> {
  const { convert } = await import('html-to-text')
  return convert(html, {
    wordwrap: false,
    formatters: {
      // A table is either layout or a list; one row a line reads well as both.
      row: (element, walk, builder) => {
        builder.openBlock({ leadingLineBreaks: 1 })
        walk(element.children, builder)
        builder.closeBlock({ trailingLineBreaks: 1 })
      },
      cell: (element, walk, builder) => {
        walk(element.children, builder)
        builder.addInline(' ')
      },
      alt: (element, _walk, builder) => {
        const alt: unknown = element.attribs?.alt
        if (typeof alt === 'string' && alt !== '') builder.addInline(alt)
      },
    },
    selectors: [
      { selector: '*', format: 'inline' },
      { selector: 'tr', format: 'row' },
      { selector: 'td', format: 'cell' },
      { selector: 'th', format: 'cell' },
      // Answers stand side by side in HTML, below one another in text.
      { selector: 'td.answer', format: 'row' },
      { selector: 'img', format: 'alt' },
      { selector: 'a', options: { hideLinkHrefIfSameAsText: true, linkBrackets: ['<', '>'] } },
      ...['h1', 'h2', 'h3', 'h4'].map((selector) => ({ selector, options: { uppercase: false } })),
      { selector: '.only-html', format: 'skip' },
      { selector: 'div[style*="display:none"]', format: 'skip' },
    ],
  })
}
