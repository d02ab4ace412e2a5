import { z } from 'zod'

/** `value` without the fields that its schema marks as `.meta({ secret: true })`: what may be stored or shown again. */
export function withoutSecrets(schema: z.ZodType, value: unknown): unknown {
  if (schema instanceof z.ZodNullable || schema instanceof z.ZodOptional) {
    // zod types what it wraps by its core type; all of ours are of the classic API.
    return withoutSecrets(schema.unwrap() as z.ZodType, value)
  }
  if (schema instanceof z.ZodArray && Array.isArray(value)) {
    return value.map((item) => withoutSecrets(schema.element as z.ZodType, item))
  }
  if (!(schema instanceof z.ZodObject) || typeof value !== 'object' || value === null) return value
  const fields: Record<string, z.ZodType> = schema.shape
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, field]) => {
      const fieldSchema = fields[name]
      if (!fieldSchema || isSecret(fieldSchema)) return []
      return [[name, withoutSecrets(fieldSchema, field)]]
    }),
  )
}

export function isSecret(schema: z.ZodType): boolean {
  if (schema.meta()?.secret === true) return true
  const wrapped = schema instanceof z.ZodNullable || schema instanceof z.ZodOptional
  return wrapped && isSecret(schema.unwrap() as z.ZodType)
}
