/**
 * What all signed documents have in common when somebody checks one with nothing but the file and public keys: one form of the file,
 * a signature, and a payload that is the document. Schemas are compiled when first asked: most commands never ask. Pure.
 */
import { Ajv, type ValidateFunction } from 'ajv';
import type { TSchema } from 'typebox';
import { type Jwks, type SignedKind, verifyJws } from '../security/receipt-keys.ts';

/** Whether a value has the form of a schema. */
export function isOf<T>(schema: TSchema): (value: unknown) => value is T {
  let compiled: ValidateFunction<T> | undefined;
  return (value): value is T => {
    compiled ??= new Ajv({ strict: false }).compile<T>(schema);
    return compiled(value);
  };
}

/** The document of a JSON text; undefined where it is none. */
export function documentIn<T>(is: (value: unknown) => value is T): (text: string | undefined) => T | undefined {
  return (text) => {
    try {
      const value: unknown = JSON.parse(text ?? '');
      return is(value) ? value : undefined;
    } catch {
      return undefined;
    }
  };
}

export type SignedFinding = 'not-signed' | 'key-unknown' | 'signature-wrong' | 'form-wrong';

/** `kid`: the key that it says it was signed with. */
export type Opened<T> =
  | { readonly document: T; readonly kid: string | null }
  | { readonly document: null; readonly kid: string | null; readonly finding: SignedFinding };

/** Opens a JWS of this kind; what is wrong with what it states is for whoever knows the document. */
export async function openSigned<T>(
  jws: string,
  keys: Jwks,
  { kind, within }: { readonly kind: SignedKind; readonly within: (payload: string) => T | undefined },
): Promise<Opened<T>> {
  const text = jws.trimEnd();
  // A file has one form: the JWS and at most one line end. Base 64 that decodes alike is not the same file.
  if (jws !== text && jws !== `${text}\n`) return { document: null, finding: 'not-signed', kid: null };
  const signed = await verifyJws(text, keys, kind);
  if (!signed.ok) return { document: null, finding: signed.finding, kid: signed.kid };
  const document = within(signed.payload);
  if (document === undefined) return { document: null, finding: 'form-wrong', kid: signed.kid };
  return { document, kid: signed.kid };
}
