// Which native binaries a package ships are those of this platform and of the version of Node that runs this.

const { platform, arch, versions } = process;
const LIBC = process.report.getReport().header.glibcVersionRuntime === undefined ? 'musl' : 'glibc';

/** `uws_linux_x64_137.node` */
const UWS = /^uws_([a-z0-9]+)_([a-z0-9]+)_(\d+)\.node$/;
/** `node.abi137.glibc.node`, `node.napi.musl.node`; they lie in a package of their platform. */
const PREBUILT = /^node\.(?:abi(\d+)|napi)(?:\.(glibc|musl))?\.node$/;

/** True for a file that this platform and Node can load, and for a name of which nothing is known. */
export function keptNativeBinary(file) {
  const uws = UWS.exec(file);
  if (uws !== null) return uws[1] === platform && uws[2] === arch && uws[3] === versions.modules;
  const prebuilt = PREBUILT.exec(file);
  if (prebuilt === null) return true;
  const [, abi = versions.modules, libc = LIBC] = prebuilt;
  return abi === versions.modules && (platform !== 'linux' || libc === LIBC);
}
