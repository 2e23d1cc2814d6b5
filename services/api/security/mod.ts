export { METHOD_ROLES, ROLES, type Role } from './roles.js';
export { checkSecurity, openSecurity, type Security, type SecurityParts } from './security.js';
export { SECURITY_OPTIONS, type SecuritySettings } from './settings.js';
export { tokenHash } from './clients-file.js';
export type { ApiCall } from '../../../libs/dispatch/mod.js';
