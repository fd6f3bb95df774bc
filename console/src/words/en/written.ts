// The router writes English: what it wrote is shown as it is.
export const written = {
  action: (code: string): string => code,
  actor: (name: string): string => name,
  note: (text: string): string => text,
};

export type WrittenWords = typeof written;
