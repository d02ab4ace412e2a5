/** What the server allowed for style elements of this page (Content-Security-Policy). */
export const nonce = document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? ''

// The library that keeps the page from scrolling behind a dialog looks here, as bundlers once agreed.
Object.assign(globalThis, { __webpack_nonce__: nonce })
