// What the browser keeps of a person's choices. Storage may be forbidden: then a choice lasts as long as the page.
export function kept(name: string): string | null {
  try {
    return localStorage.getItem(name);
  } catch {
    return null;
  }
}

export function keep(name: string, value: string): void {
  try {
    if (value) localStorage.setItem(name, value);
    else localStorage.removeItem(name);
  } catch {
    // it lasts as long as the page
  }
}
