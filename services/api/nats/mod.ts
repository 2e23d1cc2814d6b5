export { NatsDoor, type EndedCall, type NatsDoorOptions } from './door.js';
