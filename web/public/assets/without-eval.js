// zod makes code from text where it may, and tries whether it may before it reads a setting of any module: the policy of the
// page refuses that, and the browser reports it. https://zod.dev/api#jitless
globalThis.__zod_globalConfig = { jitless: true }
