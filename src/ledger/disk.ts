import {
  closeSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  unlinkSync,
  writeSync,
} from 'node:fs'

/** Where the journal is kept: the file system, or the simulation's, which fails when it is told to. All of it throws. */
export type Disk = {
  /** The names in a directory, which is made when it is not there. */
  list(directory: string): string[]
  openToAppend(path: string): DiskFile
  openToRead(path: string): DiskFile
  /** Appends some of `bytes`, and says how many. */
  write(file: DiskFile, bytes: Buffer, from: number, count: number): number
  /** Reads from `position` on, as much as there is room for, and says how many bytes; 0 at the end. */
  read(file: DiskFile, into: Buffer, position: number): number
  truncate(file: DiskFile, bytes: number): void
  close(file: DiskFile): void
  remove(path: string): void
}

/** An open file, by its number. */
export type DiskFile = number

export const fileSystem: Disk = {
  list(directory) {
    mkdirSync(directory, { recursive: true, mode: 0o700 })
    return readdirSync(directory)
  },
  openToAppend: (path) => openSync(path, 'a', 0o600),
  openToRead: (path) => openSync(path, 'r'),
  write: (file, bytes, from, count) => writeSync(file, bytes, from, count),
  read: (file, into, position) => readSync(file, into, 0, into.length, position),
  truncate: (file, bytes) => ftruncateSync(file, bytes),
  close: (file) => closeSync(file),
  remove: (path) => unlinkSync(path),
}
