// What the generated validators need at run time.

/** Length as JSON Schema counts it. Validators ask only when `text.length`, which is never smaller, is too much. */
export function codePoints(text: string): number {
  let count = text.length;
  for (let at = 0; at < text.length; at++) {
    const isPair = (text.charCodeAt(at) & 0xfc00) === 0xd800 && (text.charCodeAt(at + 1) & 0xfc00) === 0xdc00;
    if (isPair) {
      count--;
      at++;
    }
  }
  return count;
}

const DAYS = [0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** The two digits at `at` as a number; -1 when they are none. */
export function twoDigits(text: string, at: number): number {
  const tens = text.charCodeAt(at) - 48;
  const ones = text.charCodeAt(at + 1) - 48;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : -1;
}

/**
 * RFC 3339 date-times, and what real stations write instead: no offset, an offset of `+02` or `+0200`, a small `t` or
 * `z`, a blank for the `T`. The calendar must be right, second 60 is a leap second.
 */
export function isDateTime(text: string): boolean {
  return isDate(text) && isTime(text) && isOffset(text, endOfTime(text));
}

function isDate(text: string): boolean {
  if (text.charCodeAt(4) !== 45 || text.charCodeAt(7) !== 45) return false;
  const century = twoDigits(text, 0);
  const year = twoDigits(text, 2);
  const month = twoDigits(text, 5);
  const day = twoDigits(text, 8);
  if (century < 0 || year < 0 || month < 1 || month > 12 || day < 1 || day > (DAYS[month] ?? 0)) return false;
  return month !== 2 || day < 29 || isLeap(century * 100 + year);
}

const isLeap = (year: number): boolean => year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);

function isTime(text: string): boolean {
  const separator = text.charCodeAt(10);
  if (separator !== 84 && separator !== 116 && separator !== 32) return false;
  if (text.charCodeAt(13) !== 58 || text.charCodeAt(16) !== 58) return false;
  const hour = twoDigits(text, 11);
  const minute = twoDigits(text, 14);
  const second = twoDigits(text, 17);
  return hour >= 0 && hour < 24 && minute >= 0 && minute < 60 && second >= 0 && second <= 60;
}

/** Where the offset of a date-time begins: after the seconds and their fraction. */
export function endOfTime(text: string): number {
  if (text.charCodeAt(19) !== 46) return 19;
  let at = 20;
  while (text.charCodeAt(at) >= 48 && text.charCodeAt(at) <= 57) at++;
  return at === 20 ? 19 : at;
}

function isOffset(text: string, at: number): boolean {
  const first = text.charCodeAt(at);
  const length = text.length - at;
  if (first === 90 || first === 122) return length === 1;
  if (length === 0) return true;
  if (first !== 43 && first !== 45) return false;
  const hours = twoDigits(text, at + 1);
  if (hours < 0 || hours > 23) return false;
  if (length === 3) return true;
  const hasColon = text.charCodeAt(at + 3) === 58;
  const minutes = twoDigits(text, at + (hasColon ? 4 : 3));
  return minutes >= 0 && minutes < 60 && length === (hasColon ? 6 : 5);
}

const URI = /^[A-Za-z][A-Za-z0-9+.-]*:[^\s"<>\\^`{|}]*$/;

/** A scheme, a colon, and no character that RFC 3986 forbids everywhere. */
export function isUri(text: string): boolean {
  return URI.test(text);
}
