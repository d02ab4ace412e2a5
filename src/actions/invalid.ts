import { AppError } from '../domain/errors.ts'

/** The error for input that only the database shows to be wrong. `pointer` goes into `{ params, query, body }`. */
export function invalid(pointer: string, detail: string): AppError {
  return new AppError('invalid_request', `${pointer}: ${detail}`, { errors: [{ pointer, detail }] })
}
