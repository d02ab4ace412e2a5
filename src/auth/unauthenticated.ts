import { AppError } from '../domain/errors.ts'

export function unauthenticated(message: string): AppError {
  return new AppError('unauthenticated', message)
}
