/** Puts the keyboard's focus on a card, once it is drawn. */

export function focusCard(id: string, tries = 10): void {
  requestAnimationFrame(() => {
    const card = document.querySelector<HTMLElement>(`.react-flow__node[data-id="${CSS.escape(id)}"]`);
    if (card) card.focus({ preventScroll: true });
    else if (tries > 0) focusCard(id, tries - 1);
  });
}

/** The card that holds the focus, if one does. */
export function focusedCard(): string | undefined {
  return document.activeElement?.closest<HTMLElement>(".react-flow__node")?.dataset.id;
}
