/** The words of the shared layout, in the language of the mail. They are Liquid, and HTML. */
import { languageOf } from './frame.ts'

export interface LayoutStrings {
  whyService: string
  whyConsent: string
  preferences: string
  unsubscribe: string
}

const en: LayoutStrings = {
  whyService:
    'You are receiving this because of something you did with {{ brand.name }}: an order, a question, an answer.',
  whyConsent:
    'You are receiving this because you chose to hear from {{ brand.name }} about “{{ topic.title }}”.',
  preferences: 'Choose what you receive',
  unsubscribe: 'Unsubscribe',
}

const it: LayoutStrings = {
  whyService:
    'Ricevi questa mail per qualcosa che hai fatto con {{ brand.name }}: un ordine, una domanda, una risposta.',
  whyConsent: 'Ricevi questa mail perché hai scelto di ricevere “{{ topic.title }}” da {{ brand.name }}.',
  preferences: 'Scegli cosa ricevere',
  unsubscribe: 'Annulla l’iscrizione',
}

const languages: { [language: string]: LayoutStrings } = { en, it }

/** Languages without words of their own get the English ones. */
export const layoutStrings = (locale: string): LayoutStrings => languages[languageOf(locale)] ?? en
