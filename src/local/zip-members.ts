/** Lists what a zip holds, for a person to read: names and uncompressed sizes, from its central directory. Reads no member. */
import { openPromise } from 'yauzl';

export interface ZipMember {
  readonly name: string;
  readonly sizeBytes: number;
}

export async function zipMembers(file: string): Promise<readonly ZipMember[]> {
  const zip = await openPromise(file);
  const members: ZipMember[] = [];
  try {
    for await (const entry of zip.eachEntry())
      members.push({ name: entry.fileName, sizeBytes: entry.uncompressedSize });
  } finally {
    zip.close();
  }
  return members;
}
