import type { App, Visit } from '../app.ts'
import { type TotpFactorRow, useTotpStep } from '../db/totp-factors.ts'
import { checkTotp } from '../totp.ts'

/** What an authenticator app's secret is sealed for. */
export function totpSeal(factorId: string) {
  return { purpose: 'totp', table: 'totp_factors', column: 'sealed_secret', rowId: factorId, version: 1 }
}

export function totpSecretOf({ keyring }: App, factor: TotpFactorRow): string {
  return keyring.open(factor, totpSeal(factor.id))
}

/** Whether `code` is of this app, and no code of its time step was used before. Uses it up. */
export async function usesTotpCode(visit: Visit, factor: TotpFactorRow, code: string): Promise<boolean> {
  const right = checkTotp(totpSecretOf(visit, factor), code, visit.clock(), Number(factor.lastStep))
  return right !== null && (await useTotpStep(visit.db, factor.id, right.step))
}
