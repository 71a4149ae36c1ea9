package simulation

import (
	"fmt"
	"io"
	"math"
	"os"
	"time"

	"github.com/rs/zerolog"
)

// Progress is how far a run has come.
type Progress struct {
	T, TStop float64 // ms
	Spikes   int64
	Elapsed  time.Duration // of the solve phase
}

// speed is simulated time over wall-clock time.
func (p Progress) speed() float64 { return p.T / 1000 / p.Elapsed.Seconds() }

// left is the time that the rest will take at the speed so far.
func (p Progress) left() time.Duration {
	if p.T <= 0 {
		return 0
	}
	return time.Duration(float64(p.Elapsed) * (p.TStop - p.T) / p.T).Round(time.Second)
}

// reporter shows progress: a line that is rewritten on a terminal, a log line now and then elsewhere.
type reporter struct {
	out      io.Writer
	log      zerolog.Logger
	terminal bool
	every    time.Duration
	last     time.Time
	shown    bool
}

func newReporter(out io.Writer, log zerolog.Logger, terminal bool) *reporter {
	r := &reporter{out: out, log: log, terminal: terminal, every: 15 * time.Second, last: time.Now()}
	if terminal {
		r.every = 200 * time.Millisecond
	}
	return r
}

// at is called at every exchange.
func (r *reporter) at(p Progress) {
	now := time.Now()
	if r == nil || now.Sub(r.last) < r.every {
		return
	}
	r.last = now
	if r.terminal {
		r.shown = true
		fmt.Fprintf(r.out, "\r\x1b[K  %s  %.0f of %g ms   %d spikes   %.3g × real time   %v left", bar(p.T/p.TStop), p.T, p.TStop, p.Spikes, p.speed(), p.left())
		return
	}
	r.log.Info().Float64("t_ms", math.Round(p.T*1e6)/1e6).Float64("tstop_ms", p.TStop).Int64("spikes", p.Spikes).
		Float64("times_real_time", math.Round(p.speed()*1e4)/1e4).Str("left", p.left().String()).Msg("running")
	// Long runs need fewer lines.
	r.every = min(r.every*3/2, 10*time.Minute)
}

// end clears the line.
func (r *reporter) end() {
	if r != nil && r.shown {
		fmt.Fprint(r.out, "\r\x1b[K")
	}
}

func bar(part float64) string {
	const width = 20
	full := int(part * width)
	b := make([]rune, width)
	for k := range b {
		b[k] = '·'
		if k < full {
			b[k] = '█'
		}
	}
	return string(b)
}

// IsTerminal reports whether a stream is one.
func IsTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	st, err := f.Stat()
	return err == nil && st.Mode()&os.ModeCharDevice != 0
}
