package script

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// ParseLimit reads a time limit as sbatch does: minutes, minutes:seconds, hours:minutes:seconds, days-hours,
// days-hours:minutes or days-hours:minutes:seconds.
func ParseLimit(s string) (time.Duration, error) {
	bad := fmt.Errorf("%q is no time limit: write hours:minutes:seconds (8:00:00), days-hours (2-12) or minutes (90)", s)
	units := []time.Duration{time.Minute, time.Second}
	days, rest, hasDays := strings.Cut(s, "-")
	var sum time.Duration
	if hasDays {
		n, err := count(days)
		if err != nil {
			return 0, bad
		}
		sum = time.Duration(n) * 24 * time.Hour
		units = []time.Duration{time.Hour, time.Minute, time.Second}
	} else {
		rest = s
	}
	fields := strings.Split(rest, ":")
	if len(fields) == 3 {
		units = []time.Duration{time.Hour, time.Minute, time.Second}
	}
	if len(fields) > len(units) {
		return 0, bad
	}
	for i, f := range fields {
		n, err := count(f)
		if err != nil {
			return 0, bad
		}
		sum += time.Duration(n) * units[i]
	}
	if sum < time.Minute {
		return 0, fmt.Errorf("%q is less than a minute, the least that Slurm knows", s)
	}
	return sum, nil
}

// count reads digits, at most six of them.
func count(s string) (int, error) {
	if s == "" || len(s) > 6 || strings.Trim(s, "0123456789") != "" {
		return 0, fmt.Errorf("%q is no number", s)
	}
	return strconv.Atoi(s)
}

// words says a time limit in words, since 8:00 is eight minutes and not eight hours.
func words(d time.Duration) string {
	var parts []string
	for _, u := range []struct {
		unit time.Duration
		name string
	}{{24 * time.Hour, "day"}, {time.Hour, "hour"}, {time.Minute, "minute"}, {time.Second, "second"}} {
		if n := d / u.unit; n > 0 {
			name := u.name
			if n > 1 {
				name += "s"
			}
			parts = append(parts, fmt.Sprintf("%d %s", n, name))
			d -= n * u.unit
		}
	}
	return strings.Join(parts, " ")
}

var (
	memory = regexp.MustCompile(`^[0-9]{1,12}[KMGTkmgt]?$`)
	// name is what Slurm's own names consist of: partitions (several with commas), accounts, qualities of service.
	name = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.,@+-]*$`)
	// moduleName also has the version's slash: openmpi/4.1.5-gcc.
	moduleName = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.,@+/=:-]*$`)
	plain      = regexp.MustCompile(`^[A-Za-z0-9_@%+=:,./-]+$`)
)

// quote makes one word of the shell of any text.
func quote(s string) string {
	if plain.MatchString(s) {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// quoteAll is a list of words.
func quoteAll(words []string) string {
	out := make([]string, len(words))
	for i, w := range words {
		out[i] = quote(w)
	}
	return strings.Join(out, " ")
}

// JobName makes a name for a job: what Slurm's file name patterns or a shell would take apart is replaced.
func JobName(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < 128 && (r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || strings.ContainsRune("_.-", r)) {
			return r
		}
		return '_'
	}, s)
	s = strings.TrimLeft(s, "-.")
	if s == "" {
		return "netsim"
	}
	return s
}
