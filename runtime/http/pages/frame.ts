/** What every public page shares: the look, and headers that let it do nothing but show itself and post to itself. */
import { createHash } from 'node:crypto'
import type { Settings } from '../../../engine/model.ts'
import { paletteFor } from './colors.ts'
import { type Html, html } from './html.ts'
import type { Language } from './words.ts'

const cards = { light: '#ffffff', dark: '#1c2127' }

const layout = `
*{box-sizing:border-box;margin:0}
:root{color-scheme:light dark;--ground:#f3f4f6;--card:${cards.light};--text:#1d2329;--soft:#59636e;--line:#cdd3da;--edge:#7d8894;--bad:#b3261e}
@media(prefers-color-scheme:dark){:root{--ground:#12161a;--card:${cards.dark};--text:#e8ebee;--soft:#a3adb8;--line:#3a434d;--edge:#7f8b98;--bad:#ff9d94}}
html{-webkit-text-size-adjust:100%}
body{min-height:100vh;min-height:100dvh;display:flex;flex-direction:column;align-items:center;padding:clamp(1rem,6vh,5rem) 1rem 2rem;background:var(--ground);color:var(--text);font:1.0625rem/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
header{width:100%;max-width:35rem;padding:0 .25rem .9rem;font-weight:650;letter-spacing:.01em;overflow-wrap:anywhere}
header::before{content:"";display:inline-block;width:.7rem;height:.7rem;margin-right:.55rem;border-radius:50%;background:var(--fill)}
main{width:100%;max-width:35rem;padding:clamp(1.35rem,5vw,2.5rem);background:var(--card);border:1px solid var(--line);border-radius:1rem;box-shadow:0 1px 2px rgb(0 0 0/.05),0 8px 28px rgb(0 0 0/.06)}
footer{width:100%;max-width:35rem;padding:1rem .25rem 0;color:var(--soft);font-size:.875rem;overflow-wrap:anywhere}
h1{font-size:clamp(1.35rem,4.5vw,1.7rem);line-height:1.25;letter-spacing:-.012em;text-wrap:balance;overflow-wrap:anywhere}
h1+p{margin-top:.6rem}p+p{margin-top:.6rem}
p{overflow-wrap:anywhere}
.soft{color:var(--soft)}.label .soft{font-weight:400}
form{margin-top:1.5rem}
fieldset{border:0;padding:0;min-width:0}
legend,.label{display:block;padding:0;font-weight:600;margin-bottom:.6rem}
a{color:var(--ink);text-underline-offset:.18em}
button{font:inherit;font-weight:600;min-height:2.9rem;padding:.55rem 1.5rem;border:1px solid var(--fill);border-radius:.65rem;background:var(--fill);color:var(--on-fill);cursor:pointer}
button:hover{filter:brightness(1.08)}
button.quiet{background:transparent;color:var(--text);border-color:var(--edge)}
button.quiet:hover{filter:none;background:var(--ground)}
:focus-visible{outline:3px solid var(--ink);outline-offset:2px}
.note{margin-top:1.25rem;font-size:.9375rem}
.actions{display:flex;flex-wrap:wrap;gap:.75rem;margin-top:1.5rem}
.notice,.error{padding:.75rem 1rem;border-left:4px solid var(--ink);border-radius:.4rem;background:var(--ground);margin-bottom:1.25rem}
.error{border-color:var(--bad)}
.choices{display:grid;gap:.5rem;grid-template-columns:repeat(var(--columns),minmax(0,1fr))}
.choices div{position:relative}
.choices input{position:absolute;inset:0;width:100%;height:100%;margin:0;opacity:0;cursor:pointer}
.choices label{display:flex;flex-direction:column;align-items:center;justify-content:center;gap:.3rem;height:100%;min-height:3rem;padding:.6rem .15rem;border:1.5px solid var(--edge);border-radius:.75rem;text-align:center;font-weight:600;line-height:1.15}
.choices label span{font-size:.78rem;font-weight:500;color:var(--soft);hyphens:auto}
.choices svg{width:2rem;height:2rem;fill:none;stroke:currentColor;stroke-width:1.7;stroke-linecap:round}
.choices input:hover+label{background:var(--ground)}
.choices input:checked+label{background:var(--fill);border-color:var(--fill);color:var(--on-fill)}
.choices input:checked+label span{color:inherit}
.choices input:focus-visible+label{outline:3px solid var(--ink);outline-offset:2px}
.five{--columns:5}.seven{--columns:7}.eleven{--columns:11}
.ends{display:flex;justify-content:space-between;gap:1rem;margin-top:.45rem;font-size:.875rem;color:var(--soft)}
@media(max-width:30rem){main{padding-inline:1.05rem}.eleven{--columns:6}.choices{gap:.35rem}}
@media(max-width:26rem){.five{--columns:1}.five label{flex-direction:row;justify-content:flex-start;gap:.8rem;padding:.45rem .9rem}.five label span{font-size:1rem}.choices svg{width:1.8rem;height:1.8rem}}
@media(max-width:22.5rem){.seven{--columns:4}}
.comment{margin-top:1.5rem}
textarea{display:block;width:100%;min-height:6.5rem;padding:.7rem .8rem;font:inherit;color:inherit;background:transparent;border:1.5px solid var(--edge);border-radius:.65rem;resize:vertical}
.facts{margin-top:1.35rem;border-top:1px solid var(--line)}
.facts div{display:flex;gap:1rem;padding:.75rem .15rem;border-bottom:1px solid var(--line)}
.facts dt{flex:none;width:5.5rem;color:var(--soft)}
.facts dd{margin:0;min-width:0;overflow-wrap:anywhere;white-space:pre-line}
.facts s{color:var(--soft)}
.told{margin:1.25rem 0 0}.facts+.error{margin:1.25rem 0 0}
h2{font-size:1.15rem;line-height:1.3}
form p+fieldset{margin-top:1.1rem}
.main{margin-top:1.75rem}.main form{margin-top:.9rem}
.others{display:grid;gap:.75rem;margin-top:1.5rem}.others form{margin:0}.others>form .actions{margin:0}.others>form button{width:100%}
details{border:1px solid var(--line);border-radius:.65rem}
summary{display:flex;align-items:center;justify-content:space-between;gap:1rem;min-height:2.9rem;padding:.55rem 1rem;font-weight:600;cursor:pointer;list-style:none;border-radius:.65rem}
summary::-webkit-details-marker{display:none}
summary::after{content:"";flex:none;width:.55rem;height:.55rem;margin:-.25rem .2rem 0 0;border:solid var(--soft);border-width:0 2px 2px 0;transform:rotate(45deg)}
details[open] summary::after{transform:rotate(225deg);margin-top:.25rem}
summary:hover{background:var(--ground)}
details form{padding:.25rem 1rem 1.1rem}
.times{grid-template-columns:1fr}.times label{align-items:flex-start;min-height:2.9rem;padding:.55rem .9rem;text-align:left}
.hint{margin-top:.45rem;font-size:.9375rem}
.topics{list-style:none;padding:0;border-top:1px solid var(--line)}
.topics li{border-bottom:1px solid var(--line)}
.topics label{display:flex;align-items:center;justify-content:space-between;gap:1rem;padding:.95rem .15rem;cursor:pointer;overflow-wrap:anywhere}
.topics small{display:block;color:var(--soft);font-size:.875rem}
.topics input{appearance:none;flex:none;position:relative;width:2.9rem;height:1.65rem;margin:0;border:1.5px solid var(--edge);border-radius:1rem;background:transparent;cursor:pointer}
.topics input::after{content:"";position:absolute;top:50%;left:.2rem;width:1.05rem;height:1.05rem;border-radius:50%;background:var(--edge);transform:translateY(-50%)}
.topics input:checked{background:var(--fill);border-color:var(--fill)}
.topics input:checked::after{left:auto;right:.2rem;background:var(--on-fill)}
@media(prefers-reduced-motion:no-preference){.topics input,.topics input::after,button,.choices label{transition:background-color .12s,border-color .12s}}
@media(forced-colors:active){.choices input:checked+label{outline:3px solid Highlight}.topics input{appearance:auto;width:1.4rem;height:1.4rem}.topics input::after{content:none}}
`

export interface Page {
  status?: number
  language: Language
  title: string
  body: Html
}

/** A page in the brand's looks. No scripts, nothing loaded from anywhere, nothing remembered or passed on. */
export function pageResponse(settings: Settings, { status = 200, language, title, body }: Page): Response {
  const { name, color } = settings.brand
  const style = `${layout}${variables(':root', color, cards.light)}@media(prefers-color-scheme:dark){${variables(':root', color, cards.dark)}}`
  const page = html`<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex, nofollow">
<title>${title} – ${name}</title>
`.text
  const rest = html`
<header>${name}</header>
<main>
${body}
</main>
<footer>${name}${settings.postalAddress === '' ? '' : ` · ${settings.postalAddress}`}</footer>
</body>
</html>
`.text
  return new Response(`${page}<style>${style}</style>\n</head>\n<body>${rest}`, {
    status,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'content-language': language,
      'content-security-policy': `default-src 'none'; style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`,
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'x-robots-tag': 'noindex, nofollow',
      'cache-control': 'no-store',
      'cross-origin-opener-policy': 'same-origin',
      'permissions-policy': 'camera=(), geolocation=(), microphone=()',
    },
  })
}

function variables(selector: string, brandColor: string, card: string): string {
  const { fill, onFill, ink } = paletteFor(brandColor, card)
  return `${selector}{--fill:${fill};--on-fill:${onFill};--ink:${ink}}`
}
