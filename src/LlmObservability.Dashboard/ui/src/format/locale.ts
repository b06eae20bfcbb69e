/** The reader's locale; everything shown is written by it. */
export const readerLocale: string =
  typeof navigator === 'undefined' ? 'en-US' : (navigator.languages?.[0] ?? navigator.language ?? 'en-US');

const formats = new Map<string, Intl.NumberFormat>();

/** A number format, made once: making one costs more than using it. */
export function numberFormat(locale: string, options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const key = locale + JSON.stringify(options);
  let format = formats.get(key);
  if (format === undefined) {
    format = new Intl.NumberFormat(locale, options);
    formats.set(key, format);
  }
  return format;
}

/** What stands where nothing is known; never a zero. */
export const unknown = '–';
