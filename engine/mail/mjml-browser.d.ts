// The package ships no types; this is the part of it that is used.
declare module 'mjml-browser' {
  export interface MjmlError {
    line: number
    message: string
    tagName: string
  }
  export interface MjmlOptions {
    validationLevel: 'strict' | 'soft' | 'skip'
    /** Web fonts to load by name; none, so that opening a mail tells nobody. */
    fonts: { [name: string]: string }
    ignoreIncludes: boolean
    keepComments: boolean
  }
  export default function mjml2html(
    source: string,
    options: MjmlOptions,
  ): Promise<{ html: string; errors: MjmlError[] }>
}
