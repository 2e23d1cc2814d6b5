export { tapService, type TapServiceOptions } from './service.js';
