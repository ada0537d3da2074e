package brand_test

import (
	"io/fs"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/petanque-life/venuekit/examples/server/brand"
)

const tenantsFile = `[
  {
    "id": "klotet", "name": "Klotet", "hosts": ["klotet.localhost"], "origin": "http://klotet.localhost:8080",
    "languages": ["sv", "en"], "currency": "SEK", "font": "humanist", "logo": "logos/klotet.png",
    "colours": {"accent": "#d9482b", "surface": "#fff8ef"},
    "links": {"terms": "https://klotet.example/villkor", "privacy": "https://klotet.example/integritet"},
    "contact": {"email": "hej@klotet.example", "phone": "+46 8 123 456 78"},
    "mail_sender": "Klotet <hej@klotet.example>"
  },
  {
    "id": "kulan", "name": "Kulan", "hosts": ["kulan.localhost"], "origin": "http://kulan.localhost:8080",
    "languages": ["en"], "currency": "EUR", "colours": {"accent": "#204060"}, "mail_sender": "hello@kulan.example"
  }
]`

func logos(t testing.TB) fs.FS {
	return fstest.MapFS{
		"logos/klotet.png": {Data: picture(t, 64, 32)},
		"logos/wide.png":   {Data: picture(t, 600, 32)},
		"logos/drawn.svg":  {Data: []byte("<svg/>")},
		"logos/heavy.png":  {Data: make([]byte, brand.MaxLogoBytes+1)},
	}
}

func TestATenantsFileIsReadWhole(t *testing.T) {
	t.Parallel()
	tenants, err := brand.ParseTenants(strings.NewReader(tenantsFile), logos(t))
	require.NoError(t, err)
	require.Len(t, tenants, 2)
	require.Equal(t, "+46 8 123 456 78", tenants[0].Contact.Phone)
	require.Equal(t, brand.FontHumanist, tenants[0].Font)
	require.Equal(t, 64, tenants[0].Logo.Width())
	require.Equal(t, "EUR", tenants[1].Currency)
	require.Nil(t, tenants[1].Logo)
	_, err = brand.NewRegistry(tenants...)
	require.NoError(t, err)
}

func TestAFileThatIsNoListOfTenantsIsRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ file, want string }{
		"an empty file":           {``, "EOF"},
		"an object":               {`{}`, "cannot unmarshal object"},
		"an empty list":           {`[]`, "at least one tenant"},
		"null":                    {`null`, "at least one tenant"},
		"an unknown member":       {strings.Replace(tenantsFile, `"font"`, `"css"`, 1), `unknown field "css"`},
		"an unknown inner member": {strings.Replace(tenantsFile, `"surface"`, `"background"`, 1), `unknown field "background"`},
		"a member twice":          {strings.Replace(tenantsFile, `"font"`, `"id": "x", "font"`, 1), `"id" is given twice`},
		"a member twice by case":  {strings.Replace(tenantsFile, `"font"`, `"ID": "x", "font"`, 1), `"ID" is given twice`},
		"an inner member twice":   {strings.Replace(tenantsFile, `"surface"`, `"accent"`, 1), `"accent" is given twice`},
		"a wrong type":            {strings.Replace(tenantsFile, `["en"]`, `"en"`, 1), "cannot unmarshal string"},
		"a second list behind":    {tenantsFile + `[]`, "something follows"},
		"more than it may hold":   {strings.Repeat(" ", 1<<20) + tenantsFile, "more than 1 MiB"},
		"a comment":               {"// tenants\n" + tenantsFile, "invalid character"},
	} {
		_, err := brand.ParseTenants(strings.NewReader(c.file), logos(t))
		require.ErrorContains(t, err, c.want, name)
		require.ErrorContains(t, err, "brand: ", name)
	}
}

func TestEveryFaultOfAFileIsToldAtOnce(t *testing.T) {
	t.Parallel()
	file := strings.NewReplacer(`"#204060"`, `"blue"`, `"kulan.localhost"`, `"klotet.localhost"`, "logos/klotet.png", "logos/none.png").Replace(tenantsFile)
	_, err := brand.ParseTenants(strings.NewReader(file), logos(t))
	var faults brand.Faults
	require.ErrorAs(t, err, &faults)
	var got []string
	for _, f := range faults {
		got = append(got, f.Field+" "+f.Code)
	}
	require.Equal(t, []string{"/1/colours/accent not_a_colour", "/1/origin origin_not_a_host", "/1/hosts/0 duplicate", "/0/logo logo_missing"}, got)
}

func TestALogoThatCannotBeUsedIsAFault(t *testing.T) {
	t.Parallel()
	for path, code := range map[string]string{
		"logos/none.png":    brand.CodeLogoMissing,
		"../../etc/passwd":  brand.CodeLogoMissing,
		"/logos/klotet.png": brand.CodeLogoMissing,
		"logos":             brand.CodeLogoMissing,
		"logos/drawn.svg":   brand.CodeLogoFormat,
		"logos/wide.png":    brand.CodeLogoSide,
		"logos/heavy.png":   brand.CodeLogoBytes,
	} {
		_, err := brand.ParseTenants(strings.NewReader(strings.Replace(tenantsFile, "logos/klotet.png", path, 1)), logos(t))
		var faults brand.Faults
		require.ErrorAs(t, err, &faults, path)
		require.Equal(t, []string{"/0/logo", code}, []string{faults[0].Field, faults[0].Code})
	}
	_, err := brand.ParseTenants(strings.NewReader(tenantsFile), nil)
	require.ErrorContains(t, err, brand.CodeLogoMissing)
}
