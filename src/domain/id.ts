/** An id: its kind, and a ULID. */
export const ID = /^[a-z]+_[0-9A-HJKMNP-TV-Z]{26}$/
