/** Failures in a row after which a credential gets no calls for a model for a while. */
const FAILURES = 5
const OPEN_MS = 10_000
const LONGEST_REST_MS = 60_000
const MAX_CIRCUITS = 10_000

type Circuit = { failures: number; openUntilMs: number }

/**
 * One circuit per credential and model. It opens after failures in a row, or when the provider says how long to stay
 * away; after that time one call tries whether it works again, and the others wait for what it finds.
 */
export class Circuits {
  private readonly circuits = new Map<string, Circuit>()

  /** Until when this pair is not to be used: 0 when it may be. */
  openUntil(credentialId: string, model: string, nowMs: number): number {
    if (this.circuits.size === 0) return 0
    const circuit = this.circuits.get(`${credentialId} ${model}`)
    return circuit && circuit.openUntilMs > nowMs ? circuit.openUntilMs : 0
  }

  /** A call goes out. If the pair has just been away, the next ones wait for how this one ends. */
  started(credentialId: string, model: string, nowMs: number): void {
    if (this.circuits.size === 0) return
    const circuit = this.circuits.get(`${credentialId} ${model}`)
    if (circuit && circuit.failures >= FAILURES) circuit.openUntilMs = nowMs + OPEN_MS
  }

  succeeded(credentialId: string, model: string): void {
    if (this.circuits.size > 0) this.circuits.delete(`${credentialId} ${model}`)
  }

  failed(credentialId: string, model: string, nowMs: number): void {
    const circuit = this.circuit(credentialId, model)
    circuit.failures++
    if (circuit.failures >= FAILURES) circuit.openUntilMs = nowMs + OPEN_MS
  }

  /** The provider said how long to stay away. It is asked again after a minute, whatever it said. */
  rest(credentialId: string, model: string, nowMs: number, forMs: number): void {
    const circuit = this.circuit(credentialId, model)
    circuit.openUntilMs = Math.max(circuit.openUntilMs, nowMs + Math.min(forMs, LONGEST_REST_MS))
  }

  private circuit(credentialId: string, model: string): Circuit {
    const key = `${credentialId} ${model}`
    const known = this.circuits.get(key)
    if (known) return known
    if (this.circuits.size >= MAX_CIRCUITS) this.circuits.clear()
    const circuit = { failures: 0, openUntilMs: 0 }
    this.circuits.set(key, circuit)
    return circuit
  }
}
