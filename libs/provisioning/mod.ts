export { MAX_PASSWORDS, PASSWORD_ALPHABET, STATION_QUIRKS } from './rules.js';
export {
  wrongPassword,
  wrongPasswordBytes,
  wrongPasswordHex,
  wrongSerialNumber,
  wrongStationId,
} from './rules.js';
export { beginRotation, endRotation, takeBackPassword } from './rotation.js';
export { credentialFor, isStricter, opensToAnybody } from './records.js';
export { ShutOuts } from './shut-outs.js';
