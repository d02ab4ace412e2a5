// The browser's part of a passkey, and the only script of these pages. A form with `data-passkey` is sent twice: first
// by this script, for what to ask the authenticator; then as any form, with what the authenticator answered.

const UNSUPPORTED = 'This browser has no passkeys. Use another one, or another way.'
const CANCELLED = 'Nothing came back from your passkey. Try again when you are ready.'
const KNOWN = 'This device has a passkey for your account already.'

for (const form of document.querySelectorAll('form[data-passkey]')) {
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    answer(form)
  })
}

async function answer(form) {
  const { passkey: ceremony, field } = form.dataset
  const button = form.querySelector('button')
  show(form, '')
  if (!window.PublicKeyCredential) return show(form, UNSUPPORTED)
  button.disabled = true
  try {
    const options = await begin(form, field)
    // What cannot begin is explained by the page that answers the form.
    if (options === null) return form.submit()
    const credential =
      ceremony === 'create'
        ? await navigator.credentials.create({ publicKey: creationOptions(options) })
        : await navigator.credentials.get({ publicKey: requestOptions(options) })
    form.elements[field].value = JSON.stringify(asJson(credential))
    form.submit()
  } catch (error) {
    show(form, error.name === 'InvalidStateError' ? KNOWN : CANCELLED)
  }
  button.disabled = false
}

async function begin(form, field) {
  const body = new URLSearchParams(new FormData(form))
  body.set(field, 'begin')
  const response = await fetch(form.action, { method: 'POST', body })
  const isJson = response.headers.get('content-type')?.startsWith('application/json')
  return response.ok && isJson ? response.json() : null
}

function show(form, text) {
  const problem = form.querySelector('[role="alert"]')
  problem.textContent = text
  problem.hidden = text === ''
}

function creationOptions(json) {
  if (PublicKeyCredential.parseCreationOptionsFromJSON) {
    return PublicKeyCredential.parseCreationOptionsFromJSON(json)
  }
  return {
    ...json,
    challenge: bytes(json.challenge),
    user: { ...json.user, id: bytes(json.user.id) },
    excludeCredentials: json.excludeCredentials.map(described),
  }
}

function requestOptions(json) {
  if (PublicKeyCredential.parseRequestOptionsFromJSON) {
    return PublicKeyCredential.parseRequestOptionsFromJSON(json)
  }
  return {
    ...json,
    challenge: bytes(json.challenge),
    allowCredentials: (json.allowCredentials ?? []).map(described),
  }
}

function described(credential) {
  return { ...credential, id: bytes(credential.id) }
}

// By hand, also where there is `toJSON`: password managers that stand in for the browser often lack it.
function asJson({ id, rawId, type, response }) {
  const { clientDataJSON, attestationObject, authenticatorData, signature, userHandle } = response
  const common = { id, rawId: text(rawId), type }
  if (attestationObject) {
    const transports = response.getTransports?.() ?? []
    return {
      ...common,
      response: {
        clientDataJSON: text(clientDataJSON),
        attestationObject: text(attestationObject),
        transports,
      },
    }
  }
  return {
    ...common,
    response: {
      clientDataJSON: text(clientDataJSON),
      authenticatorData: text(authenticatorData),
      signature: text(signature),
      userHandle: userHandle ? text(userHandle) : null,
    },
  }
}

function bytes(base64url) {
  const binary = atob(base64url.replaceAll('-', '+').replaceAll('_', '/'))
  return Uint8Array.from(binary, (character) => character.charCodeAt(0))
}

function text(buffer) {
  const binary = Array.from(new Uint8Array(buffer), (byte) => String.fromCharCode(byte)).join('')
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}
