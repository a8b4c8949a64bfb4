/** Signatures of people, against the vectors of RFC 8032 and against forgeries. */
import { describe, expect, it } from '@jest/globals';
import { canonicalJson, commit } from './canonical.ts';
import { newPersonKey, publicKeyOf, sign, verify } from './signing.ts';

describe('a signature', () => {
  it('is that of RFC 8032, section 7.1, test 1', () => {
    const seed = '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60';
    const der = Buffer.from(`302e020100300506032b657004220420${seed}`, 'hex').toString('base64');
    const pem = `-----BEGIN PRIVATE KEY-----\n${der}\n-----END PRIVATE KEY-----\n`;
    expect(Buffer.from(publicKeyOf(pem), 'base64').toString('hex')).toBe(
      'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
    );
    expect(Buffer.from(sign('', pem), 'base64').toString('hex')).toBe(
      'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
    );
  });

  it('verifies for what was signed, by whom it was signed, and nothing else', () => {
    const [one, two] = [newPersonKey(), newPersonKey()];
    const signature = sign('statement', one.privateKeyPem);
    expect(verify('statement', signature, one.publicKey)).toBe(true);
    expect(verify('Statement', signature, one.publicKey)).toBe(false);
    expect(verify('statement', signature, two.publicKey)).toBe(false);
    expect(verify('statement', 'no signature', one.publicKey)).toBe(false);
    expect(verify('statement', signature, 'no key')).toBe(false);
    expect(one.publicKey).toMatch(/^[A-Za-z0-9+/]{43}=$/);
  });

  it('is refused with a code where the file holds no Ed25519 key', () => {
    expect(() => sign('x', 'not a key')).toThrow(expect.objectContaining({ code: 'person-key' }));
  });
});

describe('canonical JSON', () => {
  it('is that of RFC 8785: members sorted, numbers shortest, no spaces', () => {
    expect(canonicalJson({ b: [1e21, 0.1, true, null], a: 'õ"\n', c: undefined })).toBe(
      '{"a":"õ\\"\\n","b":[1e+21,0.1,true,null]}',
    );
  });

  it('commits to a text without telling it', () => {
    const { salt, hash } = commit('no');
    expect(commit('no', salt).hash).toBe(hash);
    expect(commit('no').hash).not.toBe(hash);
    expect(commit('yes', salt).hash).not.toBe(hash);
  });
});
