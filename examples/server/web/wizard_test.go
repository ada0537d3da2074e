package web_test

import (
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/petanque-life/venuekit/examples/server/account"
	"github.com/petanque-life/venuekit/examples/server/booking"
)

var (
	anyForm  = regexp.MustCompile(`(?s)<form[^>]*>.*?</form>`)
	anyInput = regexp.MustCompile(`<(?:input|button)[^>]*>`)
	anyAttr  = regexp.MustCompile(`([a-z]+)="([^"]*)"`)
)

// formOf returns the page's form at an action that has a word in it, filled as
// it is, and how it is sent. Buttons and what isn't checked are left out.
func formOf(t *testing.T, page, action, word string) (values url.Values, method string) {
	t.Helper()
	for _, form := range anyForm.FindAllString(page, -1) {
		if !strings.Contains(form, `action="`+action+`"`) || !strings.Contains(form, word) {
			continue
		}
		values = url.Values{}
		for _, input := range anyInput.FindAllString(form, -1) {
			a := attrs(input)
			if a["name"] == "" || strings.HasPrefix(input, "<button") || a["type"] == "radio" && !strings.Contains(input, " checked") {
				continue
			}
			values.Set(a["name"], html.UnescapeString(a["value"]))
		}
		return values, attrs(form[:strings.Index(form, ">")])["method"]
	}
	require.Fail(t, "no such form", "%s with %s in\n%s", action, word, page[strings.Index(page, "<main"):strings.Index(page, "</main")])
	return nil, ""
}

func attrs(tag string) map[string]string {
	a := map[string]string{}
	for _, m := range anyAttr.FindAllStringSubmatch(tag, -1) {
		a[m[1]] = m[2]
	}
	return a
}

// buttons are the values of the page's buttons of a name.
func buttons(page, name string) (values []string) {
	for _, tag := range anyInput.FindAllString(page, -1) {
		if a := attrs(tag); strings.HasPrefix(tag, "<button") && a["name"] == name {
			values = append(values, html.UnescapeString(a["value"]))
		}
	}
	return values
}

// confirmPage goes from the choice of a lane at norr at 19 to the last page, and
// returns its form.
func (v *visitor) confirmPage(food string) url.Values {
	t := v.w.t
	t.Helper()
	_, page := v.get("/book/lane?venue=norr&party=4&hours=2&date=" + v.w.at(0).Format(time.DateOnly))
	values, method := formOf(t, page, "/book/lane/package", "slot")
	require.Equal(t, "get", method)
	at := v.w.at(19).UTC().Format(time.RFC3339)
	require.Contains(t, buttons(page, "at"), at)
	values.Set("at", at)
	res, page := v.get("/book/lane/package?" + values.Encode())
	require.Equal(t, http.StatusOK, res.StatusCode)
	values, method = formOf(t, page, "/book/lane/confirm", "package")
	require.Equal(t, "get", method)
	require.Empty(t, values.Get("package"), "no food unless it is chosen")
	values.Set("package", food)
	res, page = v.get("/book/lane/confirm?" + values.Encode())
	require.Equal(t, http.StatusOK, res.StatusCode)
	values, method = formOf(t, page, "/book/lane/done", "key")
	require.Equal(t, "post", method)
	return values
}

func (v *visitor) send(path string, values url.Values) (*http.Response, string) {
	v.w.t.Helper()
	return v.do(http.MethodPost, path, values.Encode())
}

func TestAStrangerBooksByFormsAndLinksAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t, evening).furnish()
	v := w.visitor()
	_, page := v.get("/book/lane")
	require.Contains(t, page, "Choose a venue")
	require.Empty(t, buttons(page, "at"), "no times before a venue is chosen")

	order := v.confirmPage("plank")
	order.Set("name", "Åke & Öberg")
	order.Set("email", "ake@example.com")
	res, _ := v.send("/book/lane/done", order)
	require.Equal(t, http.StatusSeeOther, res.StatusCode)
	done := res.Header.Get("Location")
	require.Regexp(t, `^/book/done/[A-Za-z0-9_-]+$`, done)

	live := w.live("norr")
	require.Len(t, live, 1)
	b := live[0]
	require.Equal(t, booking.Confirmed, b.Status)
	require.Equal(t, booking.ChannelWeb, b.Channel)
	require.Equal(t, booking.Money{Amount: 2*36000 + 4*18500, Currency: "SEK"}, b.Price)
	require.True(t, w.at(19).Equal(b.StartsAt))
	c, err := w.accounts.CustomerByEmail(t.Context(), "klotet", "ake@example.com")
	require.NoError(t, err)
	require.Equal(t, []string{b.CustomerID, "Åke & Öberg", "en"}, []string{c.ID, c.Name, c.Language})
	require.Zero(t, c.VerifiedAt, "to book proves no address")

	res, page = v.get(done)
	require.Equal(t, http.StatusOK, res.StatusCode)
	require.Contains(t, page, b.Reference)
	require.Contains(t, page, "Charcuterie board")
	require.NotContains(t, page, "ake@example.com", "the address of the page may be passed on")
	require.NotContains(t, page, "berg")
}

func TestTheDonePageIsForWhoHasItsAddress(t *testing.T) {
	t.Parallel()
	w := newWorld(t, evening).furnish()
	v := w.visitor()
	order := v.confirmPage("")
	order.Set("name", "Kim")
	order.Set("email", guest)
	res, _ := v.send("/book/lane/done", order)
	done := res.Header.Get("Location")
	b := w.live("norr")[0]
	status := func(v *visitor, path string) int {
		res, _ := v.get(path)
		return res.StatusCode
	}
	require.Equal(t, http.StatusOK, status(w.visitor(), done))
	require.Equal(t, http.StatusNotFound, status(v, "/book/done/"+b.ID), "a bare id")
	require.Equal(t, http.StatusNotFound, status(v, done[:len(done)-1]), "a token that was cut")
	elsewhere := w.visitor()
	elsewhere.host = "klot.localhost"
	require.Equal(t, http.StatusNotFound, status(elsewhere, done), "another tenant")
	_, err := w.engine.Cancel(t.Context(), b.Key(), "changed their mind")
	require.NoError(t, err)
	require.Equal(t, http.StatusNotFound, status(v, done), "what it says no longer holds")
}

func TestTheSameFormTwiceBooksOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, evening).furnish()
	order := w.visitor().confirmPage("")
	order.Set("name", "Kim")
	order.Set("email", guest)
	var mu sync.Mutex
	var locations []string
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			res, _ := w.visitor().send("/book/lane/done", order)
			mu.Lock()
			defer mu.Unlock()
			locations = append(locations, res.Header.Get("Location"))
		})
	}
	wg.Wait()
	require.Len(t, w.live("norr"), 1)
	require.NotEmpty(t, locations[0])
	for _, l := range locations {
		require.Equal(t, locations[0], l, "all are told of the same booking")
	}
	order.Set("email", "other@example.com")
	res, page := w.visitor().send("/book/lane/done", order)
	require.Equal(t, http.StatusConflict, res.StatusCode)
	require.Contains(t, page, "This page has made a booking already")
	require.Len(t, w.live("norr"), 1)
}

func TestATakenTimeLeadsToOthersAndKeepsWhatWasTyped(t *testing.T) {
	t.Parallel()
	w := newWorld(t, evening).furnish()
	v := w.visitor()
	order := v.confirmPage("plank")
	order.Set("name", "Åke")
	order.Set("email", "ake@example.com")
	w.order(19, nil)
	w.order(19, nil)
	res, page := v.send("/book/lane/done", order)
	require.Equal(t, http.StatusConflict, res.StatusCode)
	require.Contains(t, page, "Someone got there first")
	require.Len(t, w.live("norr"), 2)
	near, method := formOf(t, page, "/book/lane/confirm", "broad")
	require.Equal(t, "post", method, "a name doesn't belong into an address")
	require.Equal(t, "Åke", near.Get("name"))
	require.Equal(t, "plank", near.Get("package"))
	at := w.at(21).UTC().Format(time.RFC3339)
	require.Contains(t, buttons(page, "at"), at)
	require.NotContains(t, buttons(page, "at"), order.Get("at"))

	// Another day keeps it too.
	other, method := formOf(t, page, "/book/lane", "days")
	require.Equal(t, "post", method)
	other.Set("date", w.at(24).Format(time.DateOnly))
	_, page = v.send("/book/lane", other)
	times, _ := formOf(t, page, "/book/lane/confirm", "slot")
	require.Equal(t, "ake@example.com", times.Get("email"))

	near.Set("at", at)
	res, page = v.send("/book/lane/confirm", near)
	require.Equal(t, http.StatusOK, res.StatusCode)
	order, _ = formOf(t, page, "/book/lane/done", "key")
	require.Equal(t, []string{"Åke", "ake@example.com", "plank", at},
		[]string{order.Get("name"), order.Get("email"), order.Get("package"), order.Get("at")})
	res, _ = v.send("/book/lane/done", order)
	require.Equal(t, http.StatusSeeOther, res.StatusCode)
	require.Len(t, w.live("norr"), 3)
}

func TestWhatIsWrongIsSaidBesideItsField(t *testing.T) {
	t.Parallel()
	w := newWorld(t, evening).furnish()
	v := w.visitor()
	for name, c := range map[string]struct{ path, want string }{
		"an unknown venue":      {"/book/lane?venue=mars&party=4", "Choose a venue."},
		"no venue":              {"/book/lane?venue=&party=4", "Choose a venue."},
		"nobody":                {"/book/lane?venue=norr&party=0", "Choose between 1 and 12 people."},
		"more than fit":         {"/book/lane?venue=norr&party=13", "Choose between 1 and 12 people."},
		"no number":             {"/book/lane?venue=norr&party=four", "Choose between 1 and 12 people."},
		"a night's length":      {"/book/lane?venue=norr&hours=9", "Choose between 1 and 4 hours."},
		"no day":                {"/book/lane?venue=norr&date=friday", "Choose a date, such as"},
		"yesterday":             {"/book/lane?venue=norr&date=2026-11-19", "That time has passed."},
		"a step without a time": {"/book/lane/package?venue=norr&party=4", "Choose a time."},
		"a time that is none":   {"/book/lane/confirm?venue=norr&party=4&at=late", "Choose a time."},
		"a time that is over":   {"/book/lane/confirm?venue=norr&party=4&at=2026-11-20T10:00:00Z", "That time has passed."},
		"minutes between":       {"/book/lane/confirm?venue=norr&party=4&at=" + w.at(19).Add(7*time.Minute).UTC().Format(time.RFC3339), "Choose a time on the hour or half hour."},
		"seconds between":       {"/book/lane/confirm?venue=norr&party=4&at=" + w.at(19).Add(time.Second).UTC().Format(time.RFC3339), "Choose a time on the hour or half hour."},
		"an unknown package":    {"/book/lane/confirm?venue=norr&party=4&package=soup&at=" + w.at(19).UTC().Format(time.RFC3339), "That package can&#39;t be booked here."},
		"an event that is over": {"/book/event/confirm?venue=norr&event=gone", "That event can&#39;t be booked any more."},
		"more than an event":    {"/book/event?venue=norr&party=11", "Choose between 1 and 10 people."},
	} {
		t.Run(name, func(t *testing.T) {
			res, page := v.get(c.path)
			require.Equal(t, http.StatusUnprocessableEntity, res.StatusCode)
			require.Contains(t, page, c.want)
		})
	}
	res, _ := v.get("/book/lane/confirm?venue=norr&party=4&at=" + w.at(10).AddDate(0, 0, 1).UTC().Format(time.RFC3339))
	require.Equal(t, http.StatusConflict, res.StatusCode, "a time that isn't offered")
}

func TestWhoBooksMustBeReachable(t *testing.T) {
	t.Parallel()
	w := newWorld(t, evening).furnish()
	v := w.visitor()
	order := v.confirmPage("")
	order.Set("name", " ")
	order.Set("email", "kim at example")
	res, page := v.send("/book/lane/done", order)
	require.Equal(t, http.StatusUnprocessableEntity, res.StatusCode)
	require.Contains(t, page, "2 things need fixing")
	require.Contains(t, page, "Enter your name.")
	require.Contains(t, page, "look like an email address")
	again, _ := formOf(t, page, "/book/lane/done", "key")
	require.Equal(t, "kim at example", again.Get("email"), "what was typed stays")
	require.Equal(t, order.Get("key"), again.Get("key"))
	require.Empty(t, w.live("norr"))

	order.Del("key")
	res, _ = v.send("/book/lane/done", order)
	require.Equal(t, http.StatusBadRequest, res.StatusCode)
}

func TestACustomerRetypesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, evening).furnish()
	v := w.visitor().signIn(guest, account.KindCustomer)
	order := v.confirmPage("")
	require.NotContains(t, order, "email")
	order.Set("name", "Mallory")
	order.Set("email", "mallory@example.com")
	res, _ := v.send("/book/lane/done", order)
	require.Equal(t, http.StatusSeeOther, res.StatusCode)
	b := w.live("norr")[0]
	require.Equal(t, w.customer(guest).CustomerID, b.CustomerID, "whatever the form says")
	require.Equal(t, "/account/bookings/"+b.ID, res.Header.Get("Location"))
	res, page := v.get(res.Header.Get("Location"))
	require.Equal(t, http.StatusOK, res.StatusCode)
	require.Contains(t, page, b.Reference)
}

func TestStaffBooksForOthers(t *testing.T) {
	t.Parallel()
	w := newWorld(t, evening).furnish()
	v := w.visitor().signIn(hostNorth, account.KindOperator)
	order := v.confirmPage("")
	require.Contains(t, order, "email")
}

func TestFullTimesAreShownAndCantBeChosen(t *testing.T) {
	t.Parallel()
	w := newWorld(t, evening).furnish()
	w.order(20, nil)
	w.order(20, nil)
	v := w.visitor()
	_, page := v.get("/book/lane?venue=norr&party=2&hours=1&date=2026-11-20")
	require.Regexp(t, `<li class="slot full"><strong>20:00</strong> <span>Full</span></li>`, page)
	require.NotContains(t, buttons(page, "at"), w.at(20).UTC().Format(time.RFC3339))
	require.Contains(t, buttons(page, "at"), w.at(25).UTC().Format(time.RFC3339), "one in the night is the service day's")
	require.Contains(t, page, "After midnight")
	require.NotContains(t, page, "<strong>14:00</strong>", "what is over isn't shown")
	_, page = v.get("/book/lane?venue=norr&party=12&hours=2&date=2026-11-21")
	require.Contains(t, page, "SEK\u00a01,440", "two lanes for twelve")
}

func TestAVenueWithNothingToEatAsksNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, evening).furnish()
	v := w.visitor()
	_, page := v.get("/book/lane?venue=soder&party=2&hours=1&date=2026-11-20")
	require.Contains(t, page, "Step 1 of 2")
	values, _ := formOf(t, page, "/book/lane/confirm", "slot")
	values.Set("at", w.at(19).UTC().Format(time.RFC3339))
	res, page := v.get("/book/lane/confirm?" + values.Encode())
	require.Equal(t, http.StatusOK, res.StatusCode)
	require.NotContains(t, page, "Package")
	res, _ = v.get("/book/lane/package?" + values.Encode())
	require.Equal(t, http.StatusSeeOther, res.StatusCode)
}

func TestATableMayBeFree(t *testing.T) {
	t.Parallel()
	w := newWorld(t, evening).furnish()
	_, page := w.visitor().get("/book/table?date=2026-11-20")
	require.NotContains(t, page, `name="venue" required`, "one venue has tables, and isn't asked for")
	require.Contains(t, page, "No charge")
}

func TestEventsAreListedWithWhatIsLeft(t *testing.T) {
	t.Parallel()
	w := newWorld(t, evening).furnish()
	v := w.visitor()
	_, page := v.get("/book/event?party=4")
	require.Equal(t, []string{"quiz"}, buttons(page, "event"), "the final has no room for four, and the other is over")
	require.Contains(t, page, "10 places left")
	require.Contains(t, page, "Too few for your party")
	require.NotContains(t, page, "Gårdagens")

	values, _ := formOf(t, page, "/book/event/package", "quiz")
	values.Set("event", "quiz")
	_, page = v.get("/book/event/package?" + values.Encode())
	values, _ = formOf(t, page, "/book/event/confirm", "package")
	_, page = v.get("/book/event/confirm?" + values.Encode())
	require.Contains(t, page, "SEK\u00a01,180")
	order, _ := formOf(t, page, "/book/event/done", "key")
	order.Set("name", "Kim")
	order.Set("email", guest)
	res, _ := v.send("/book/event/done", order)
	require.Equal(t, http.StatusSeeOther, res.StatusCode)
	require.Equal(t, "quiz", w.live("norr")[0].Resources[0])

	_, page = v.get("/book/event?party=7")
	require.Empty(t, buttons(page, "event"))
	require.Contains(t, page, "6 places left")
	_, page = v.get("/book/event?venue=soder")
	require.Contains(t, page, "Choose a venue.", "a venue without events")
}

func TestAPlanThatCantBeReadIsNoFault(t *testing.T) {
	t.Parallel()
	w := newWorld(t, evening).furnish()
	res, page := w.visitor().get("/book/lane?venue=norr&party=4&package=soup")
	require.Equal(t, http.StatusOK, res.StatusCode, "what is booked again may have been of old")
	require.NotContains(t, page, `name="package"`)
	other := w.visitor()
	other.host = "klot.localhost"
	res, page = other.get("/book/lane?venue=norr")
	require.Equal(t, http.StatusUnprocessableEntity, res.StatusCode, "another tenant's venue")
	require.Contains(t, page, "nothing to book here")
}
