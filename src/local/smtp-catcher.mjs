/**
 * The process behind the local mail server: takes every mail and keeps it as an .eml file to look at; sends nothing on.
 * Plain JavaScript, run from the source folder by path, so that it is the same under jest and in dist/.
 * Arguments: port, folder. File names carry a time and a random part, never an address. Ends with the code 1 if the port is taken.
 */
import { randomBytes } from 'node:crypto';
import { createWriteStream, mkdirSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { SMTPServer } from 'smtp-server';

const [port, folder] = process.argv.slice(2);
mkdirSync(folder, { recursive: true, mode: 0o700 });

async function keep(stream) {
  const name = `${new Date().toISOString().replace(/[:.]/g, '-')}-${randomBytes(4).toString('hex')}.eml`;
  const temporary = join(folder, `.${name}.part`);
  try {
    await pipeline(stream, createWriteStream(temporary, { mode: 0o600 }));
    // The answer to DATA comes after this, so whoever was told "accepted" finds the file.
    await rename(temporary, join(folder, name));
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

const server = new SMTPServer({
  banner: 'Habeas local mail catcher',
  disabledCommands: ['AUTH', 'STARTTLS'],
  disableReverseLookup: true,
  size: 50 * 1024 * 1024,
  onData(stream, _session, done) {
    keep(stream).then(() => done(), done);
  },
});
server.on('error', (error) => {
  if (error.code === 'EADDRINUSE' || error.code === 'EACCES') process.exit(1);
});
server.listen(Number(port), '127.0.0.1');
for (const signal of ['SIGTERM', 'SIGINT']) {
  process.once(signal, () => {
    server.close(() => process.exit(0));
    setTimeout(() => process.exit(0), 1_000).unref();
  });
}
