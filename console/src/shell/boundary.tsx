// What catches the errors of a page, so that the shell around it stays.
import { Component, type ComponentChildren } from "preact";
import { inWords } from "../api";
import { shellWords } from "../words/shell";

export class Boundary extends Component<{ children: ComponentChildren }, { error: unknown }> {
  override state: { error: unknown } = { error: null };

  static override getDerivedStateFromError(error: unknown) {
    return { error };
  }

  override componentDidCatch(error: unknown) {
    console.error(error);
  }

  override render() {
    const { error } = this.state;
    if (error === null) return <>{this.props.children}</>;
    const t = shellWords();
    return (
      <section class="broken" role="alert">
        <h1>{t.broken}</h1>
        <p>{t.brokenHint} {inWords(error)}</p>
        <button type="button" onClick={() => this.setState({ error: null })}>{t.again}</button>
      </section>
    );
  }
}
