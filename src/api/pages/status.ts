import type { AppError } from '../../domain/errors.ts'

const SHOWN = [400, 401, 403, 404, 409, 429] as const

/** The status of a page that shows this error. What is no fault of the person's is not shown in a form. */
export function statusOf(error: AppError): (typeof SHOWN)[number] {
  const status = SHOWN.find((status) => status === error.status)
  if (status === undefined) throw error
  return status
}
