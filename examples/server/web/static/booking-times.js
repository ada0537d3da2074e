// <booking-times> shows the times anew when the party, the length, the day or
// the venue changes, without leaving the page. It holds the form that asks for
// them, the section #times and a status line. The form works by itself, and is
// sent when anything is out of order.
class BookingTimes extends HTMLElement {
  #latest = 0; // so that of two changes the later one wins

  connectedCallback() {
    const form = this.querySelector('form');
    // A page that carries what was typed sends forms by POST, and stays with that.
    if (form.method !== 'get' || !form.elements.date) return;
    form.addEventListener('change', () => form.checkValidity() && this.#show(form));
    form.addEventListener('submit', event => {
      event.preventDefault();
      this.#show(form);
    });
    this.addEventListener('submit', event => {
      if (event.submitter?.name !== 'date') return;
      event.preventDefault();
      form.elements.date.value = event.submitter.value;
      this.#show(form, event.submitter.parentElement.lastElementChild === event.submitter ? -1 : 0);
    });
  }

  // #show fetches the times; the day's button at index focus gets it back.
  async #show(form, focus) {
    const mine = ++this.#latest;
    const section = this.querySelector('#times');
    const url = new URL(form.action);
    url.search = new URLSearchParams(new FormData(form));
    const page = url.href;
    url.searchParams.set('fragment', '1');
    section.setAttribute('aria-busy', 'true');
    try {
      const answer = await fetch(url, {headers: {Accept: 'text/html'}});
      if (!answer.ok) throw new Error(answer.statusText);
      const text = await answer.text();
      if (mine !== this.#latest) return;
      const times = document.adoptNode(new DOMParser().parseFromString(text, 'text/html').querySelector('section'));
      section.replaceWith(times);
      history.replaceState(null, '', page);
      this.querySelector('[role=status]').textContent = times.querySelector('h2[id]').textContent;
      if (focus !== undefined) [...times.querySelectorAll('.days button')].at(focus).focus();
    } catch {
      if (mine === this.#latest) location.assign(page);
    }
  }
}

customElements.define('booking-times', BookingTimes);
