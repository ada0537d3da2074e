// <booking-buckets> opens the lists of bookings without leaving the page. Its
// links work by themselves: they are followed when anything is out of order.
//
// What it fetches is the page's own section, as the server renders it:
//   <booking-buckets>
//     <nav> links to buckets, one with aria-current </nav>
//     <section> a heading, <ul> of bookings, .more > a </section>
//     <p role="status"></p>
//     <template> what to show when fetching failed, with a link </template>
//   </booking-buckets>
class BookingBuckets extends HTMLElement {
  #latest = 0; // so that of two clicks the later one wins
  #shown = location.pathname + location.search;

  connectedCallback() {
    this.addEventListener('click', this);
    addEventListener('popstate', this);
  }

  disconnectedCallback() {
    removeEventListener('popstate', this);
  }

  handleEvent(event) {
    if (event.type === 'popstate') {
      // A jump within the page says so too.
      if (this.#shown !== location.pathname + location.search) this.#open(location.href);
      return;
    }
    const link = event.target.closest('nav a, .more a');
    if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    if (link.closest('nav')) this.#open(link.href);
    else this.#append(link.href);
  }

  // #open shows a bucket in place of the one shown, once it is there.
  async #open(href) {
    const section = await this.#fetch(href);
    if (!section) return;
    const {pathname, search} = new URL(href);
    if (search !== location.search) history.pushState(null, '', href);
    this.#shown = pathname + search;
    for (const link of this.querySelectorAll('nav a')) {
      if (link.search === search) link.setAttribute('aria-current', 'page');
      else link.removeAttribute('aria-current');
    }
    this.#section.replaceWith(section);
    this.#say(section.querySelector('h2').textContent);
  }

  // #append adds the bookings that follow, and goes on where they begin.
  async #append(href) {
    const section = await this.#fetch(href);
    if (!section) return;
    const first = section.querySelector('li');
    this.#section.querySelector('ul').append(...section.querySelectorAll('li'));
    this.#section.querySelector('.more').replaceWith(...section.querySelectorAll('.more'));
    first?.querySelector('a').focus();
    this.#say(section.dataset.status);
  }

  get #section() {
    return this.querySelector('section');
  }

  #say(text) {
    this.querySelector('[role=status]').textContent = text;
  }

  // #fetch returns the section at an address, or nothing when it came to
  // nothing or isn't wanted any more.
  async #fetch(href) {
    const mine = ++this.#latest;
    this.querySelector('[role=alert]')?.remove();
    this.#section.setAttribute('aria-busy', 'true');
    const url = new URL(href);
    url.searchParams.set('fragment', '1');
    try {
      const answer = await fetch(url, {headers: {Accept: 'text/html'}});
      if (answer.status === 401) { // signed out meanwhile: the page itself asks
        location.assign(href);
        return;
      }
      if (!answer.ok) throw new Error(answer.statusText);
      const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
      if (mine === this.#latest) return document.adoptNode(page.querySelector('section'));
    } catch {
      if (mine === this.#latest) this.#failed(href);
    } finally {
      if (mine === this.#latest) this.#section.removeAttribute('aria-busy');
    }
  }

  #failed(href) {
    const note = this.querySelector('template').content.cloneNode(true);
    note.querySelector('a').href = href;
    this.#section.before(note);
  }
}

customElements.define('booking-buckets', BookingBuckets);
