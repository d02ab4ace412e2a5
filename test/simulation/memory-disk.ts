import { basename, dirname } from 'node:path'
import type { Disk } from '../../src/ledger/disk.ts'

/** Files in memory, which outlive the process that wrote them. While `full`, a write keeps one byte less than it was given. */
export type MemoryDisk = Disk & {
  full: boolean
  /** Whether some file has this text. */
  holds(text: string): boolean
  /** Loses all files. */
  erase(): void
}

type File = { bytes: Buffer; used: number }

export function memoryDisk(): MemoryDisk {
  const files = new Map<string, File>()
  const opened = new Map<number, File>()
  let lastNumber = 0

  function open(file: File): number {
    opened.set(++lastNumber, file)
    return lastNumber
  }

  function fileAt(path: string): File {
    const file = files.get(path)
    if (!file) throw fault('ENOENT', `no such file: ${path}`)
    return file
  }

  function fileOf(number: number): File {
    const file = opened.get(number)
    if (!file) throw fault('EBADF', 'the file is not open')
    return file
  }

  const disk: MemoryDisk = {
    full: false,
    holds: (text) =>
      [...files.values()].some(({ bytes, used }) => bytes.subarray(0, used).lastIndexOf(text) >= 0),
    erase: () => files.clear(),
    list: (directory) =>
      [...files.keys()].filter((path) => dirname(path) === directory).map((path) => basename(path)),
    openToAppend(path) {
      const file = files.get(path) ?? { bytes: Buffer.allocUnsafe(FIRST_BYTES), used: 0 }
      files.set(path, file)
      return open(file)
    },
    openToRead: (path) => open(fileAt(path)),
    write(number, bytes, from, count) {
      const file = fileOf(number)
      const fits = disk.full ? count - 1 : count
      if (file.used + fits > file.bytes.length) {
        const larger = Buffer.allocUnsafe(2 * (file.used + fits))
        file.bytes.copy(larger, 0, 0, file.used)
        file.bytes = larger
      }
      bytes.copy(file.bytes, file.used, from, from + fits)
      file.used += fits
      if (disk.full) throw fault('ENOSPC', 'the disk is full')
      return fits
    },
    read(number, into, position) {
      const file = fileOf(number)
      return position < file.used ? file.bytes.copy(into, 0, position, file.used) : 0
    },
    truncate(number, used) {
      fileOf(number).used = used
    },
    close(number) {
      opened.delete(number)
    },
    remove(path) {
      fileAt(path)
      files.delete(path)
    },
  }
  return disk
}

const FIRST_BYTES = 4_096

function fault(code: string, message: string): Error {
  return Object.assign(new Error(message), { code })
}

/** The disk as one life of a process has it: once that is over, what its timers still do reaches nothing. */
export function whileAlive(disk: MemoryDisk, isAlive: () => boolean): Disk {
  return {
    list: (directory) => (isAlive() ? disk.list(directory) : []),
    openToAppend: (path) => (isAlive() ? disk.openToAppend(path) : 0),
    openToRead: (path) => (isAlive() ? disk.openToRead(path) : 0),
    write: (file, bytes, from, count) => (isAlive() ? disk.write(file, bytes, from, count) : count),
    read: (file, into, position) => (isAlive() ? disk.read(file, into, position) : 0),
    truncate: (file, bytes) => {
      if (isAlive()) disk.truncate(file, bytes)
    },
    close: (file) => {
      if (isAlive()) disk.close(file)
    },
    remove: (path) => {
      if (isAlive()) disk.remove(path)
    },
  }
}
