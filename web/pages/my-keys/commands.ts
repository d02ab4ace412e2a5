/** Where a key is to work. What somebody fills in themselves is in capital letters. */
const PLACE = '--environment TEAM/PROJECT/ENVIRONMENT --name my-laptop'

/** How somebody who may makes a key in a shell, and how who may not asks for one. */
export const CREATE_KEY = `claviger key create ${PLACE}`
export const REQUEST_KEY = `claviger access-request create --kind key ${PLACE} --reason "WHAT IT IS FOR"`
