/** What a word of the language means, for the JSON Schema that editors show and for the reference. */

export interface Word {
  /** What it is and does, as the end of "KEY: …". */
  is: string
  /** What holds without it, in the words of the reference. */
  otherwise?: string
}

export interface Chapter {
  about: string
  words: { [key: string]: Word }
  /** YAML that stands in the reference, and compiles. */
  example?: string
}

export interface Book {
  [chapter: string]: Chapter
}

/** How the value of a key is called that holds a condition. */
export const condition = 'A condition in CEL'

/** Keys that every step may have. */
export const commonWords: Chapter['words'] = {
  id: {
    is: 'The name of the step, by which conditions and figures find it.',
    otherwise: 'its verb and name: `wait-1`, `await-purchase`',
  },
}
